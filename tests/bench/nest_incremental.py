#!/usr/bin/env python3
"""Periodic checkpoints inside one Simulate, incremental=yes, from the second on: tests/bench/run nest_incremental.

Prints one JSON row a line; the last argument is a scratch folder. --small: a hundredth of the synapses, to see that it runs.
Each series of checkpoints is of a process of its own, which reads what the core says of each save. Times are medians from the
second save of a series on: of all that is done until the file is durable in mode `sync`, of what the run waits in modes `async`
and `fork`.

By hand: nest_incremental.py --microcircuit [SCALE] FOLDER has the circuit of Potjans and Diesmann (2014). SCALE is the share of
its synapses, which are stronger accordingly; it has all neurons. At scale 1, with 0.3e9 synapses, it needs 16 GB of memory. It is
built once for each mode, and the whole save is the first of the series, for which an async one also has to take its memory.
"""
import json
import os
import pathlib
import re
import shutil
import statistics
import subprocess
import sys

sys.path[0] = str(pathlib.Path(__file__).parent / "lib")  # not this folder: `import nest` means NEST, not nest.py
from pairs import MIB, pair_row, raw_save, row, timed  # noqa: E402

N_SAVES = 9
EVERY = 3.0  # ms
STATIC_GOALS = {"bytes": 0.02, "time": 0.05}
STALL_GOAL = 0.030  # s, of the microcircuit
SAVED = re.compile(r"bytes in ([-+.e\d]+) s; the run waited for ([-+.e\d]+) s")


# ---- the parent: series, rows ----


def series(network, scratch, **options):
    """Of each save: bytes, seconds until it is durable, seconds that the run waits."""
    folder = os.path.join(scratch, "checkpoints")
    done = subprocess.run([sys.executable, __file__, "--child", json.dumps(network), json.dumps({**options, "dir": folder})],
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=True)
    sizes = [file.stat().st_size for file in sorted(pathlib.Path(folder).iterdir()) if file.name.startswith("ckpt-")]
    shutil.rmtree(folder)
    times = [(float(a), float(b)) for a, b in SAVED.findall(" ".join(done.stdout.split()))]
    assert len(sizes) == len(times) == N_SAVES, done.stdout[-2000:]
    return [(size, *both) for size, both in zip(sizes, times)]


def later(saves, what):
    return statistics.median(save[what] for save in saves[1:])


def of_raw_write(scratch, n_bytes):
    """Seconds of write() and fsync() of so many bytes: no file can be there sooner."""
    content = memoryview(os.urandom(n_bytes))
    return statistics.median(timed(lambda: raw_save(os.path.join(scratch, "raw"), content, True)) for _ in range(N_SAVES))


def report(size, network, scratch, goals):
    whole = series(network, scratch, mode="sync", incremental="no")
    saves = series(network, scratch, mode="sync", incremental="yes")
    for name, what, unit, goal in (("bytes", 0, "MiB", goals.get("bytes")), ("time", 1, "s", goals.get("time"))):
        scale = MIB if unit == "MiB" else 1
        ours, theirs = later(saves, what), later(whole, what)
        row(f"nest: {name} of an incremental save, {size} / whole", ours / scale, unit, "a whole save", theirs / scale,
            ours / theirs, goal)
    pair_row(f"nest: time of an incremental save, {size} / raw", "write() and fsync() of its bytes",
             [(later(saves, 1), of_raw_write(scratch, int(later(saves, 0))))])


def report_stall(mode, size, network, scratch):
    whole = later(series(network, scratch, mode=mode, incremental="no"), 2)
    ours = later(series(network, scratch, mode=mode, incremental="yes"), 2)
    row(f"nest: stall of an incremental save, mode={mode}, {size} / whole", ours, "s", "that of a whole save", whole,
        ours / whole)


def main(scratch, small):
    n, indegree = (1250, 125) if small else (12_500, 1250)
    for kind, goals in (("static", STATIC_GOALS), ("STDP", {}))[: 1 if small else 2]:
        size, network = f"{n * indegree / 1e6:.3g} M {kind} synapses", {"kind": kind, "n": n, "indegree": indegree}
        report(size, network, scratch, goals)
        for mode in ("async", "fork")[: 1 if small else 2]:
            report_stall(mode, size, network, scratch)


def microcircuit(scratch, scale):
    for mode in ("async", "fork"):
        saves = series({"scale": scale}, scratch, mode=mode, incremental="yes")
        ours, whole = later(saves, 2), saves[0][2]
        row(f"nest: stall of an incremental save, mode={mode}, microcircuit, scale {scale:g} / whole", ours, "s",
            f"that of a whole save, {saves[0][0] / MIB:.0f} MiB", whole, ours / whole, STALL_GOAL, ours)
        ours = later(saves, 0)
        row(f"nest: bytes of an incremental save, mode={mode}, microcircuit, scale {scale:g} / whole", ours / MIB, "MiB",
            "a whole save", saves[0][0] / MIB, ours / saves[0][0], STATIC_GOALS["bytes"])


# ---- children: one network and one series each ----


def build_microcircuit(nest, scale):
    """Potjans and Diesmann (2014): 77,169 neurons; 0.3e9 synapses at scale 1."""
    n = [20683, 5834, 21915, 5479, 4850, 1065, 14395, 2948]  # 2/3E 2/3I 4E 4I 5E 5I 6E 6I
    p = [[0.1009, 0.1689, 0.0437, 0.0818, 0.0323, 0.0, 0.0076, 0.0],
         [0.1346, 0.1371, 0.0316, 0.0515, 0.0755, 0.0, 0.0042, 0.0],
         [0.0077, 0.0059, 0.0497, 0.135, 0.0067, 0.0003, 0.0453, 0.0],
         [0.0691, 0.0029, 0.0794, 0.1597, 0.0033, 0.0, 0.1057, 0.0],
         [0.1004, 0.0622, 0.0505, 0.0057, 0.0831, 0.3726, 0.0204, 0.0],
         [0.0548, 0.0269, 0.0257, 0.0022, 0.06, 0.3158, 0.0086, 0.0],
         [0.0156, 0.0066, 0.0211, 0.0166, 0.0572, 0.0197, 0.0396, 0.2252],
         [0.0364, 0.001, 0.0034, 0.0005, 0.0277, 0.008, 0.0658, 0.1443]]
    inputs = [1600, 1500, 2100, 1900, 2000, 1900, 2900, 2100]
    import math

    neuron = {"C_m": 250.0, "tau_m": 10.0, "t_ref": 2.0, "E_L": -65.0, "V_reset": -65.0, "V_th": -50.0,
              "tau_syn_ex": 0.5, "tau_syn_in": 0.5}
    weight = 87.8
    populations = [nest.Create("iaf_psc_exp", count, params=neuron) for count in n]
    for name in ("excitatory", "inhibitory"):  # NEST has room for 134,217,726 synapses of one model on a thread
        nest.CopyModel("static_synapse", name)
    for target, (nodes, k) in enumerate(zip(populations, inputs)):
        nodes.V_m = nest.random.normal(-58.0, 10.0)
        noise = nest.Create("poisson_generator", params={"rate": 8.0 * k})
        nest.Connect(noise, nodes, syn_spec={"weight": weight, "delay": 1.5})
        for source, pre in enumerate(populations):
            chance = p[target][source]
            total = round(scale * math.log(1 - chance) / math.log(1 - 1 / (n[source] * n[target]))) if chance else 0
            if total == 0:
                continue
            mean = weight / scale * (2 if (target, source) == (0, 2) else 1) * (-4 if source % 2 else 1)
            delay = 0.75 if source % 2 else 1.5
            nest.Connect(pre, nodes, {"rule": "fixed_total_number", "N": total}, {
                "synapse_model": "inhibitory" if source % 2 else "excitatory",
                "weight": nest.math.redraw(nest.random.normal(mean, 0.1 * abs(mean)), *sorted((0.0, 10 * mean))),
                "delay": nest.math.redraw(nest.random.normal(delay, delay / 2), 0.1, 10 * delay)})


def child(network, options):
    from brunel import build_brunel, start_nest

    nest, en = start_nest()
    if "scale" in network:
        build_microcircuit(nest, network["scale"])
    else:
        build_brunel(network["kind"], network["n"], network["indegree"])
    nest.Simulate(4 * EVERY)
    nest.verbosity = nest.VerbosityLevel.INFO
    en.simulate(EVERY * N_SAVES, every=EVERY, keep=99, full_every=1000, origin="ignore", **options)


if __name__ == "__main__":
    arguments = sys.argv[1:]
    if "--child" in arguments:
        child(*map(json.loads, arguments[1:]))
    elif "--microcircuit" in arguments:
        microcircuit(os.path.abspath(arguments[-1]), float(arguments[-2]) if len(arguments) > 2 else 1.0)
    else:
        main(os.path.abspath(arguments[-1]), "--small" in arguments)
