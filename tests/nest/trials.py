# SPDX-License-Identifier: GPL-2.0-or-later
"""A loop of trials, each with a network of its own, which dies at a certain place.

    trials.py FOLDER '{"how": "plain", "plain-run", "simulate", "every" or "run", "die": [trial, place], "change": ..., ...}'

Prints what the trials have read, and how many ms of each network this process has simulated itself.
"""

import json
import os
import signal
import sys
import time

import nest
import torpor_nest as en

PLACES = ("begin", "built", "between", "done", "reset")
MODELS = ("iaf_psc_alpha", "iaf_psc_exp", "iaf_cond_alpha", "aeif_psc_alpha")
simulated = []  # ms of each network


def count_simulated():
    """Add up what NEST simulates for the runs of torpor_nest."""
    run = en.Library.run

    def counting(library, until_step, inside_prepare):
        before = library.now()
        try:
            return run(library, until_step, inside_prepare)
        finally:
            simulated[-1] += (library.now() - before) * nest.resolution

    en.Library.run = counting


def build(trial):
    """Trials differ in all that a network can differ in."""
    nest.local_num_threads = 1 + trial % 2
    nest.resolution = (0.1, 0.05)[trial // 2 % 2]
    nest.rng_type = ("mt19937_64", "Philox_32", "Threefry_64")[trial % 3]
    nest.rng_seed = 100 + trial
    neurons = nest.Create(MODELS[trial % len(MODELS)], 8 + 3 * trial, {"I_e": 300.0 + 100.0 * trial})
    weight = 10.0 if MODELS[trial % len(MODELS)] == "iaf_cond_alpha" else 30.0
    noise = nest.Create("poisson_generator", params={"rate": 9000.0})
    nest.Connect(noise, neurons, syn_spec={"weight": weight})
    nest.Connect(neurons, neurons, {"rule": "fixed_indegree", "indegree": 3},
                 {"synapse_model": ("stdp_synapse", "static_synapse")[trial % 2], "weight": weight, "delay": 1.0 + 0.5 * trial})  # fmt: skip
    recorder = nest.Create("spike_recorder")
    nest.Connect(neurons, recorder)
    return neurons, recorder


def starter(folder, how, every, **more):
    """The function that simulates."""
    if how == "simulate":
        return lambda t_ms: en.simulate(t_ms, dir=folder, every=every, **more)
    if how in ("every", "run"):
        en.every(every, dir=folder, **more)
    return run_prepared if how in ("run", "plain-run") else nest.Simulate


def run_prepared(t_ms):
    with nest.RunManager():
        nest.Run(t_ms / 4)
        nest.Run(t_ms * 3 / 4)


def change_network(change, how, neurons, recorder):
    """What the script does after its last run."""
    if change == "set":
        neurons.I_e = 111.0
    if change == "create":
        nest.Connect(nest.Create("poisson_generator", params={"rate": 100.0}), neurons[:3])
    if change == "simulate" and how in ("plain", "simulate"):
        nest.Simulate(7.0)
    if change == "clear":
        recorder.n_events = 0
    if change == "draw":
        return [nest.random.uniform(0.0, 1.0).GetValue() for _ in range(3)]
    return None


def trials(folder, how, n=4, t_ms=100.0, every=30.0, die=None, change=None, more=False, longer=0.0, further=False, options={}):
    """`more`: read more after the last run; `longer`: ms added to it; `further`: another run follows."""

    def place(trial, name):
        if die == [trial, name]:
            os.kill(os.getpid(), signal.SIGKILL)

    results = []
    for trial in range(n):
        nest.ResetKernel()
        place(trial, "begin")
        nest.verbosity = nest.VerbosityLevel.WARNING
        simulated.append(0.0)
        is_plain = how.startswith("plain")
        if not is_plain:
            en.install()
        neurons, recorder = build(trial)
        simulate = starter(folder, how, every, **options)
        place(trial, "built")
        simulate(t_ms / 2)
        place(trial, "between")
        neurons.I_e = [I_e + recorder.n_events / 50 for I_e in neurons.I_e]
        simulate(t_ms / 2 + longer)
        place(trial, "done")
        result = {"counts": recorder.n_events, "times": recorder.events["times"].tolist(), "I_e": neurons.I_e}
        result["drawn"] = change_network(change, how, neurons, recorder)
        result["after"] = [recorder.n_events, neurons[0].I_e]
        if not is_plain and change != "simulate":
            result["clock"] = en.once(time.time)
        if more:
            result["more"] = [neurons.V_m, nest.GetConnections(neurons, neurons).weight, nest.local_spike_counter]
        if further:
            simulate(t_ms)
            result["further"] = [recorder.events["times"].tolist(), neurons.V_m]
        results.append(result)
        place(trial, "end")
    return {"trials": results, "simulated": [round(t, 3) for t in simulated]}


def main():
    count_simulated()
    folder, options = sys.argv[1], json.loads(sys.argv[2])
    print("\n" + json.dumps(trials(folder, **options)))


if __name__ == "__main__":
    main()
