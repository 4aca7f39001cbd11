# SPDX-License-Identifier: GPL-2.0-or-later
"""Calls of simulate() in one process: the time after each call, and the errors of refused ones. Also what install()
prints."""

import json
import os
import resource
import sys
import warnings

import nest
import torpor_nest as en

nest.verbosity = nest.VerbosityLevel.FATAL


def outcome(call, *arguments, **options):
    try:
        call(*arguments, **options)
        error = ""
    except (en.Error, ValueError) as refusal:
        error = str(refusal)
    return {"error": error, "time": nest.biological_time}


def build():
    nest.ResetKernel()
    en.install()
    neurons = nest.Create("iaf_psc_alpha", 4, {"I_e": 500.0})
    nest.Connect(neurons, neurons, syn_spec={"delay": 1.0})


def grown(folder):
    """Neurons and connections that are created between runs."""
    build()
    neurons = nest.NodeCollection(range(1, 5)) + nest.Create("iaf_psc_alpha", 30)
    recorder = nest.Create("spike_recorder")
    noise = nest.Create("poisson_generator", params={"rate": 9000.0})
    three = {"rule": "fixed_indegree", "indegree": 3}
    nest.Connect(noise, neurons, syn_spec={"weight": 60.0})
    nest.Connect(neurons, neurons, three, {"synapse_model": "stdp_synapse", "weight": 50.0})
    nest.Connect(neurons, recorder)
    for t_ms in (20.0, 30.0):
        en.simulate(t_ms, dir=folder, every=20.0)
        more = nest.Create("iaf_psc_exp", 10)
        nest.Connect(noise, more, syn_spec={"weight": 60.0})
        nest.Connect(more, neurons, "all_to_all", {"synapse_model": "stdp_synapse", "weight": 10.0})
    en.simulate(50.0, dir=folder, every=20.0)
    return sorted(zip(recorder.events["times"].tolist(), recorder.events["senders"].tolist()))


def repeats(folder, die_in):
    """Several runs from one state that was saved by hand, so that the same simulated times occur several times."""
    build()
    neurons = nest.NodeCollection(range(1, 5))
    noise = nest.Create("poisson_generator", params={"rate": 9000.0})
    recorder = nest.Create("spike_recorder")
    nest.Connect(noise, neurons, syn_spec={"weight": 60.0})
    nest.Connect(neurons, recorder)
    results = []
    en.simulate(33.3, dir=folder, every=10.0)
    en.save(f"{folder}/base.msgpack")
    for repeat, rate in enumerate((12000.0, 8000.0, 15000.0)):
        noise.rate = rate
        en.simulate(20.0, dir=folder, every=10.0)
        if repeat == die_in:
            os._exit(9)
        results.append([nest.biological_time, recorder.events["times"].tolist(), neurons.V_m])
        en.restore(f"{folder}/base.msgpack")
    en.simulate(40.0, dir=folder, every=10.0)
    return results + [[nest.biological_time, recorder.events["times"].tolist(), neurons.V_m]]


def full_disk(folder):
    """No file may grow beyond 1,000 bytes, for a while."""
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, limits[1]))
    outcomes = []
    for _ in range(2):
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            outcomes.append(outcome(en.simulate, 10.0, dir=folder, every=5.0))
        outcomes[-1]["warned"] = [str(warning.message) for warning in caught]
    resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    return outcomes + [outcome(en.simulate, 10.0, dir=folder, every=5.0)]


def main():
    folder, what = sys.argv[1:3]
    build()
    if what == "versions":
        nest.verbosity = nest.VerbosityLevel.INFO
        build()
        return en.versions()
    if what == "grown":
        return grown(folder)
    if what == "repeats":
        return repeats(folder, int(sys.argv[3]))
    if what == "refused":
        times = [-5.0, float("nan"), float("inf"), "10", 0.05]
        outcomes = [outcome(en.simulate, t, dir=folder) for t in times]
        outcomes.append(outcome(en.simulate, 10.0, dir=folder, every=0.0))
        return outcomes + [outcome(en.simulate, 10.0, dir=folder)]
    if what == "between":
        outcomes = [outcome(en.simulate, 10.0, dir=folder, every="5 ms"), outcome(nest.Simulate, 5.0)]
        return outcomes + [outcome(en.simulate, 10.0, dir=folder)]
    if what == "short":  # runs of one slice each
        return [outcome(en.simulate, 1.0, dir=folder, every=5.0) for _ in range(12)]
    if what == "never":
        found = en.every(10.0, dir=folder)
        en.finish()
        return [found, outcome(en.simulate, 10.0, dir=folder, every=10.0, resume="never")]
    if what == "off":
        outcomes = [outcome(en.simulate, 10.0, dir=folder, every=5.0, checkpoints="no")]
        nest.ResetKernel()
        return outcomes
    if what == "disk":
        return full_disk(folder)
    if what == "prepared":
        with nest.RunManager():
            nest.Run(10.0)
            return [outcome(en.simulate, 10.0, dir=folder)]
    if what == "restored":
        outcomes = [outcome(en.simulate, 10.0, dir=folder), outcome(en.save, f"{folder}/at-10.msgpack")]
        outcomes += [outcome(en.simulate, 10.0, dir=folder), outcome(en.restore, f"{folder}/at-10.msgpack")]
        return outcomes + [outcome(en.simulate, 5.0, dir=folder)]
    return [outcome(en.simulate, 10.0, dir=folder, every=10.0) for _ in range(int(sys.argv[3]))]


if __name__ == "__main__":
    print("\n" + json.dumps({"outcomes": main()}))
