#!/usr/bin/env python3
"""The NEST adapter against raw writes, Connect and NEST's own example of storing: tests/bench/run nest.

Prints one JSON row a line; the last argument is a scratch folder. --small: a hundredth of the synapses,
to see that it runs. A Brunel network of 12,500 neurons with 1,250 synapses each, two threads, mode `sync`.
Each network is built in a process of its own, three times; both sides of a pair run in turn in that process,
with the same durability. Ratios are medians over all pairs, ours / theirs.
"""
import importlib.util
import os
import pathlib
import statistics
import sys
import time

sys.path[0] = str(pathlib.Path(__file__).parent / "lib")  # not this folder: `import nest` means NEST, not this file
from children import begin, rounds  # noqa: E402
from pairs import MIB, pair, pair_row, peak, raw_save, row, timed  # noqa: E402

KINDS = ("static", "STDP")


# ---- the parent: rounds, medians, rows ----


def report_brunel(kind, found):
    n = found["synapses"][0]
    size = f"{n / 1e6:.3g} M {kind} synapses"
    pair_row(f"nest: save {size} / raw", "write() and fsync() of the same bytes", found["save, fsync"], 1.5)
    pair_row(f"nest: save {size}, no fsync / raw", "write() of the same bytes", found["save"], 1.5)
    pair_row(f"nest: save {size}, no fsync / raw and a pass",
             "write() of the same bytes, and reading the synapses once", found["save, pass"])
    pair_row(f"nest: raw and a pass over {size} / raw", "write() of the same bytes",  # no save can be faster
             [(raw_and_pass, raw) for (_, raw_and_pass), (_, raw) in zip(found["save, pass"], found["save"])])
    pair_row(f"nest: CPU time of a save of {size}", "write() of the same bytes", found["save, CPU"])
    file_bytes = statistics.median(found["file bytes"])
    goal = 24 if kind == "static" else 80
    per_synapse = file_bytes / n
    row(f"nest: bytes per {kind} synapse", per_synapse, "B", "goal", goal, per_synapse / goal, goal, per_synapse)
    pair_row(f"nest: save {size}, compress=zstd:1 / none", "the same save without", found["zstd:1"])
    pair_row(f"nest: save {size}, compress=zstd:1 / raw", "write() and fsync() of its bytes", found["zstd:1, raw"])
    packed_bytes = statistics.median(found["zstd:1 bytes"])
    row(f"nest: bytes of {size}, compress=zstd:1 / none", packed_bytes / MIB, "MiB", "the file without", file_bytes / MIB,
        packed_bytes / file_bytes)
    pair_row(f"nest: restore {size} / Connect", "Connect of these synapses", found["restore"], 0.2)
    pair_row(f"nest: first restore of {size}, with NEST's prepare()", "Connect of these synapses",
             found["first restore"])
    live_bytes = found["live bytes"][0]
    for what in ("save", "restore"):
        peak = statistics.median(found[f"memory of {what}"])
        name = f"nest: memory of a {what} of {size}"
        row(name, peak / MIB, "MiB", "the synapses in memory", live_bytes / MIB, peak / live_bytes, 0.1)
        row(f"{name} / file", peak / MIB, "MiB", "the file", file_bytes / MIB, peak / file_bytes)


def report_origin(kind, found):
    size = f"{found['synapses'][0] / 1e6:.3g} M {kind} synapses"
    for what in ("the start", "a later run", "a resume"):
        pair_row(f"nest: origin of {size} at {what} / Connect", "Connect of these synapses", found[what])


def report_store_restore(found):
    n = found["synapses"][0]
    size = f"{n / 1e6:.3g} M synapses"
    pair_row(f"nest: save {size} / store_restore example", "its store()", found["save"])
    pair_row(f"nest: build and restore {size} / store_restore", "its restore()", found["restore"])
    pair_row(f"nest: memory of a save of {size} / store_restore", "its store()",
             [(a / MIB, b / MIB) for a, b in found["memory"]], unit="MiB")


def main(scratch, small):
    for kind in KINDS:
        report_brunel(kind, rounds(kind, scratch, small, 1 if small else 3))
        report_origin(kind, rounds(f"origin {kind}", scratch, small, 1 if small else 3))
    try:
        import pandas  # noqa: F401
    except ImportError:
        print("nest: pandas, which the store_restore example needs, is not installed; left out", file=sys.stderr)
        return
    report_store_restore(rounds("store_restore", scratch, small, 1))


# ---- children: one network each ----


def read_once(content):
    """Read as many bytes as the synapses have, on as many threads as NEST."""
    import numpy as np
    from concurrent.futures import ThreadPoolExecutor

    halves = np.array_split(content, 2)
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(np.bitwise_or.reduce, halves))


def child_brunel(kind, scratch, small):
    from brunel import build_brunel, start_nest

    nest, en = start_nest()
    n, indegree = (1250, 125) if small else (12_500, 1250)
    connect = build_brunel(kind, n, indegree)
    nest.Simulate(20.0 if small else 50.0)
    path, raw = os.path.join(scratch, "ours"), os.path.join(scratch, "raw")
    live = synapse_bytes(nest, kind, n * indegree)
    found = {"synapses": [n * indegree], "live bytes": [live], "memory of save": [peak(lambda: en.save(path))]}
    content = memoryview(pathlib.Path(path).read_bytes())
    found["file bytes"] = [len(content)]

    def save(fsync):
        os.environ["TORPOR_FSYNC"] = "yes" if fsync else "no"
        seconds = timed(lambda: en.save(path))
        del os.environ["TORPOR_FSYNC"]
        return seconds

    pairs = 1 if small else 5
    for fsync in (False, True):
        save(fsync), raw_save(raw, content, fsync)
        found["save, fsync" if fsync else "save"] = [
            pair(i, lambda: save(fsync), lambda: timed(lambda: raw_save(raw, content, fsync))) for i in range(pairs)]
    found.update(cpu_of_save(pairs, lambda: save(False), lambda: raw_save(raw, content, False)))
    found.update(save_and_pass(live, pairs, lambda: save(False), found["save"]))
    found.update(compressed(path, raw, pairs, save))
    del content
    # The first restore into a network asks NEST to prepare it; the state is the same each time.
    en.save(path)
    found["memory of restore"] = [peak(lambda: en.restore(path))]
    found["restore"] = [(timed(lambda: en.restore(path)), connect) for _ in range(pairs)]
    nest.ResetKernel()
    nest, en = start_nest()
    connect = build_brunel(kind, n, indegree)
    found["first restore"] = [(timed(lambda: en.restore(path)), connect)]
    return found


def child_origin(kind, scratch, small):
    """What it costs to know whether a script has built the same network, beside all that a run and a resume do anyway."""
    from brunel import build_brunel, start_nest

    n, indegree = (1250, 125) if small else (12_500, 1250)

    def fresh():
        nest, en = start_nest()
        connect = build_brunel(kind, n, indegree)
        nest.Prepare()
        nest.Cleanup()
        return nest, en, connect

    nest, en, connect = fresh()
    options = [f"dir={scratch}/none", "resume=never"]
    begin_run = lambda: timed(lambda: en._library.pass_over(options, 0))  # all that this does is to begin a run of no time
    found = {"synapses": [n * indegree], "the start": [(begin_run(), connect)]}
    found["a later run"] = [(begin_run(), connect) for _ in range(3)]
    nest.ResetKernel()
    nest, en, _ = fresh()
    en.simulate(20.0, dir=f"{scratch}/origin", every=20.0, resume="never", fsync="no")
    path = max(pathlib.Path(scratch, "origin").glob("ckpt-*"))
    seconds = {}
    for policy in ("ignore", "error"):
        nest.ResetKernel()
        nest, en, connect = fresh()
        seconds[policy] = timed(lambda: en.simulate(20.0, dir=f"{scratch}/{policy}", resume=path, origin=policy))
    found["a resume"] = [(seconds["error"] - seconds["ignore"], connect)]
    nest.ResetKernel()
    return found


def compressed(path, raw, pairs, save):
    """Seconds of a save with compression, paired with those of one without, and of a raw write of its bytes; their number."""
    def packed():
        os.environ["TORPOR_COMPRESS"] = "zstd:1"
        seconds = save(True)
        del os.environ["TORPOR_COMPRESS"]
        return seconds

    without = [pair(i, packed, lambda: save(True)) for i in range(pairs)]
    packed()
    content = memoryview(pathlib.Path(path).read_bytes())
    bound = [pair(i, packed, lambda: timed(lambda: raw_save(raw, content, True))) for i in range(pairs)]
    return {"zstd:1": without, "zstd:1, raw": bound, "zstd:1 bytes": [len(content)]}


def cpu_of_save(pairs, ours, theirs):
    def cpu(function):
        begin = time.process_time()
        function()
        return time.process_time() - begin

    return {"save, CPU": [pair(i, lambda: cpu(ours), lambda: cpu(theirs)) for i in range(pairs)]}


def synapse_bytes(nest, kind, n):
    """Four fifths are excitatory, of the kind that is asked for; the others are static."""
    excitatory, inhibitory = (nest.GetDefaults(model, "sizeof") for model in (
        "stdp_synapse" if kind == "STDP" else "static_synapse", "static_synapse"))
    return n * 4 // 5 * excitatory + n // 5 * inhibitory


def save_and_pass(live, pairs, ours, written):
    import numpy as np

    synapses = np.ones(live // 8, dtype=np.uint64)
    raw = statistics.median(theirs for _, theirs in written)
    return {"save, pass": [pair(i, ours, lambda: raw + timed(lambda: read_once(synapses))) for i in range(pairs)]}


def example():
    """The example as the wheel ships it."""
    import nest

    path = pathlib.Path(nest.__file__).parent / "doc/examples/pynest/store_restore_network.py"
    spec = importlib.util.spec_from_file_location("store_restore_network", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def child_store_restore(scratch, small):
    from brunel import start_nest

    os.environ["MPLBACKEND"] = "Agg"
    nest, en = start_nest()

    def network():
        net = example().EINetwork()
        net.nI, net.indeg_e, net.indeg_i = (250, 20, 5) if small else (2500, 100, 25)
        net.nE = 4 * net.nI
        net.n = net.nE + net.nI
        return net

    net = network()
    net.build()
    nest.Simulate(20.0)
    path, theirs = os.path.join(scratch, "ours"), os.path.join(scratch, "theirs")
    found = {"synapses": [net.n * (net.indeg_e + net.indeg_i)], "save": [], "memory": [[0, 0]], "restore": []}

    def measured_peak(which, function):
        seconds = 0.0

        def run():
            nonlocal seconds
            seconds = timed(function)

        found["memory"][0][which] = peak(run)
        return seconds

    found["save"] = [(measured_peak(0, lambda: en.save(path)), measured_peak(1, lambda: net.store(theirs)))]

    def fresh(then):
        nest.ResetKernel()
        start_nest()
        again = network()
        return timed(lambda: then(again))

    found["restore"] = [(fresh(lambda again: (again.build(), en.restore(path))),
                         fresh(lambda again: again.restore(theirs)))]
    return found


def child(what, scratch, small):
    if what == "store_restore":
        return child_store_restore(scratch, small)
    if what.startswith("origin "):
        return child_origin(what.split()[1], scratch, small)
    return child_brunel(what, scratch, small)


if __name__ == "__main__":
    begin(main, child)
