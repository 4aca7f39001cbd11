# SPDX-License-Identifier: GPL-2.0-or-later
"""Scripts that are started again in one folder: with other runs than before, or killed in a loop of trials.

    again.py FOLDER WHAT '{"how": "plain", "simulate" or "every", ...}'
"""

import atexit
import json
import os
import sys
import time

import nest
import torpor_nest as en


def build(I_e=400.0, seed=1, n=10):
    nest.rng_seed = seed
    neurons = nest.Create("iaf_psc_alpha", n, {"I_e": I_e})
    noise = nest.Create("poisson_generator", params={"rate": 8000.0})
    recorder = nest.Create("spike_recorder")
    nest.Connect(noise, neurons, syn_spec={"weight": 20.0})
    nest.Connect(neurons, recorder)
    return neurons, recorder


def start(folder, how, every):
    """The function that simulates, with checkpoints every so many ms."""
    if how == "every":
        en.every(every, dir=folder)
    if how == "simulate":
        return lambda t_ms: en.simulate(t_ms, dir=folder, every=every)
    return nest.Simulate


def runs(folder, how, times, every=100.0, verbosity="ERROR", finish=False, changes=False, end=None,
         reads=True):  # fmt: skip
    """So many runs. `end`: how the script ends. `reads`: what the runs have left."""
    nest.verbosity = nest.VerbosityLevel[verbosity]
    atexit.register(print, "handler of the script", flush=True)
    en.install()
    neurons, recorder = build()
    simulate = start(folder, how, every)
    for t_ms in times:
        simulate(t_ms)
    if changes:
        neurons.I_e = 0.0
    if finish:
        en.finish()
    if end == "reset":
        nest.ResetKernel()
        en.install()
    if end is not None:
        sys.exit(end)
    return {"n_events": recorder.n_events if reads else None, "time": nest.biological_time}


def trials(folder, how, t_ms=500.0, every=100.0, die_in=None, n=3):
    """A network for each trial. Dies in trial `die_in`, behind its first run."""
    results = []
    for trial in range(n):
        nest.ResetKernel()
        nest.verbosity = nest.VerbosityLevel.WARNING
        if how != "plain":
            en.install()
        neurons, recorder = build(300.0 + 40.0 * trial, 100 + trial)
        simulate = start(folder, how, every)
        simulate(t_ms / 2)
        if trial == die_in:
            os._exit(9)
        neurons.I_e = 450.0 + 10.0 * trial
        simulate(t_ms / 2)
        results.append([neurons[0].I_e, nest.rng_seed, recorder.events["times"].tolist(), neurons.V_m])
    return {"trials": results}


def failing_trials(folder, how, die_in=None):
    """Trials in which NEST itself fails: an instability, and a file that is there already."""
    results = []
    for trial in range(4):
        nest.ResetKernel()
        nest.set(verbosity=nest.VerbosityLevel.ERROR, data_path=folder)
        if how != "plain":
            en.install()
        neurons = nest.Create("aeif_cond_alpha", 3, {"I_e": 1000.0})
        recorder = nest.Create("spike_recorder")
        nest.Connect(neurons, recorder)
        simulate = start(folder, how, 20.0)
        simulate(50.0)
        if trial == die_in:
            os._exit(9)
        if trial == 1:
            neurons[0].w = 9e5
        if trial == 2:
            recorder.set(record_to="ascii", label="taken")
            open(f"{folder}/taken-4-0.dat", "w").close()
        try:
            simulate(50.0)
        except nest.NESTError as error:
            results.append([type(error).__name__, str(error)])
        else:
            results.append([recorder.n_events])
    return {"trials": results}


def closed_loop(folder, how, die_in=None, read="n_events", every=30.0, verbosity="ERROR"):
    """The spikes of each run set the stimulus of the next one."""
    nest.verbosity = nest.VerbosityLevel[verbosity]
    if how != "plain":
        en.install()
    neurons, recorder = build(380.0, n=20)
    nest.Connect(neurons, neurons, {"rule": "fixed_indegree", "indegree": 3},
                 {"synapse_model": "stdp_synapse", "weight": 10.0})  # fmt: skip
    synapses = nest.GetConnections(neurons, neurons)
    once = en.once if how != "plain" else lambda function: function()
    count = {
        "n_events": lambda: recorder.n_events,
        "get": lambda: recorder.get("events", "times").size,
        "events": lambda: len(recorder.events["times"]),
        "status": lambda: nest.GetStatus(recorder, "n_events")[0],
        "all": lambda: recorder.get()["n_events"],
        "once": lambda: once(lambda: {"n": recorder.n_events, "mean": recorder.events["times"].mean()})["n"],
    }[read]
    simulate = start(folder, how, every)
    counts, seen, before = [], [], 0
    for run in range(6):
        simulate(100.0)
        counts.append(count() - before)
        before += counts[-1]
        if read != "once":
            weights = synapses.get("weight")
            some = synapses[3:5].get(["source", "weight", "delay"])
            seen.append([neurons.V_m, neurons[2].get(["V_m", "I_e"]), weights, some, synapses[0].weight])
            synapses[1].weight = 0.9 * max(weights)
        neurons.I_e = [neuron_I_e + 0.5 * (60 - counts[-1]) for neuron_I_e in neurons.I_e]
        if run == die_in:
            os._exit(9)
    return {"counts": counts, "seen": seen, "I_e": neurons.I_e, "n_events": recorder.n_events}


def reads(folder, more, most_read_bytes=1 << 20):
    """Two runs; what is read between them may differ from one process to the other."""
    nest.verbosity = nest.VerbosityLevel.ERROR
    en.install(most_read_bytes=most_read_bytes)
    neurons, recorder = build()
    en.simulate(150.0, dir=folder, every=100.0)
    read = {"I_e": neurons.I_e, "thread": neurons.thread, "resolution": nest.resolution, "n_nodes": len(nest.GetNodes())}
    if more == "V_m":
        read["V_m"] = neurons.V_m
    if more == "spikes":
        read["spikes"] = nest.local_spike_counter
    if more == "once":
        read["once"] = en.once(lambda: recorder.n_events)
    if more == "absent":
        try:
            neurons.get("nothing")
        except Exception as error:
            read["absent"] = type(error).__name__
    en.simulate(150.0, dir=folder, every=100.0)
    return {**read, "n_events": recorder.n_events}


def own_values(folder, how, more=None, die=False):
    """`more`: what is read between two runs, of what the script itself has set there, or not."""
    nest.verbosity = nest.VerbosityLevel.ERROR
    if how != "plain":
        en.install()
    neurons, recorder = build(380.0, n=20)
    nest.Connect(neurons, neurons[:5], "all_to_all", {"synapse_model": "stdp_synapse", "weight": 10.0})
    synapses = nest.GetConnections(neurons, neurons)
    simulate = start(folder, how, 60.0)
    read = {}
    for run in range(3):
        simulate(100.0)
        counts = recorder.n_events
        neurons[:4].set(I_e=[401.5, 402.5, 403.5, 404.5 + run])
        neurons[2:6].V_m = -61.25
        neurons[3].E_L = -69.5
        synapses[:3].weight = [11.5, 12.5, 13.5]
        new = nest.Create("iaf_psc_exp", 3, {"I_e": 100.0 + counts, "tau_m": [10.0, 11.0, 12.5]})
        nest.Connect(neurons[:3], new, "one_to_one")
        if more and run == 1:
            read["value"] = {
                "set": lambda: [neurons[1:3].I_e, neurons[3].V_m, neurons[2].get(["V_m", "I_e"]), neurons.thread],
                "one-of-many": lambda: nest.GetStatus(neurons[:2], "I_e"),
                "synapses": lambda: [synapses[1:3].weight, synapses[0].get(["weight", "source"])],
                "created": lambda: [new.tau_m, new[1].get(["V_m", "I_e"]), sorted(new[2].get())],
                "not-set": lambda: neurons[4:7].I_e,
                "other": lambda: neurons[3].C_m,
                "synapse-not-set": lambda: synapses[2:4].weight,
                "all": lambda: neurons[3].get(),
            }[more]()
        read[run] = [counts, recorder.n_events, neurons.V_m]
    if die:
        os._exit(9)
    simulate(50.0)
    return {"read": read, "n_events": recorder.n_events, "V_m": neurons.V_m}


def threads(folder, how, die=False, other=False):
    """What happens to each weight, from two reads of one collection, for which NEST has asked four threads. `other`: the script
    then reads other synapses."""
    nest.verbosity = nest.VerbosityLevel.ERROR
    nest.local_num_threads = 4
    if how != "plain":
        en.install()
    neurons, recorder = build(380.0, n=12)
    for model in ("stdp_synapse", "static_synapse"):
        nest.Connect(neurons, neurons, "all_to_all", {"synapse_model": model, "weight": nest.random.uniform(5.0, 15.0)})
    simulate = start(folder, how, 60.0)
    simulate(50.0)
    orders = {str(nest.GetConnections(neurons, neurons).get(["source", "target"])) for _ in range(20)}
    synapses = nest.GetConnections(neurons, neurons)[5 if other else 0 :][:250]
    names = list(zip(synapses.get("synapse_model"), synapses.get("source"), synapses.get("target")))
    before = synapses.weight
    simulate(100.0)
    if die:
        os._exit(9)
    after = synapses.weight
    changes = {str(name): [b, a] for name, b, a in zip(names, before, after)}
    return {"orders": len(orders), "changes": changes, "n_events": recorder.n_events}


def before_the_first_run(folder, how="simulate", dir=None, resume="auto", die=False):
    """en.once() draws the network's size and stimulus from the clock."""
    nest.verbosity = nest.VerbosityLevel.ERROR
    en.install()
    clock = en.once(lambda: time.time_ns(), **({} if dir is None else {"dir": dir, "resume": resume}))
    nest.local_num_threads = 2
    neurons, recorder = build(300.0 + clock % 100, 1 + clock % 1000, 5 + clock % 7)
    again = en.once(lambda: {"n": len(neurons), "clock": time.time_ns()})
    simulate = start(folder, how, 40.0)
    simulate(100.0)
    later = en.once(time.time_ns)
    if die:
        os._exit(9)
    simulate(50.0)
    return {"clock": clock, "again": again, "later": later, "n": len(neurons), "V_m": neurons.V_m, "n_events": recorder.n_events}


def interrupted(folder, t_ms, catches=False, slow=False, how="simulate"):
    """One long run. Slow: a slice takes minutes."""
    nest.verbosity = nest.VerbosityLevel.ERROR
    en.install()
    neurons, recorder = build()
    if slow:
        nest.ResetKernel()
        en.install()
        neurons = nest.Create("hh_psc_alpha", 200, {"I_e": 700.0})
        nest.Connect(neurons, neurons, "one_to_one", {"delay": 10_000.0})
    simulate = start(folder, how, 100.0)
    print("start", flush=True)
    try:
        simulate(t_ms)
    except KeyboardInterrupt:
        if not catches:
            raise
        at = nest.biological_time
        simulate(10.0)
        return {"caught": at, "time": nest.biological_time}
    return {"n_events": recorder.n_events, "times": recorder.events["times"].tolist()}


def main():
    folder, what, options = sys.argv[1], sys.argv[2], json.loads(sys.argv[3])
    print("\n" + json.dumps(globals()[what](folder, **options)))


if __name__ == "__main__":
    main()
