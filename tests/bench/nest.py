#!/usr/bin/env python3
"""The NEST adapter against raw writes, Connect and NEST's own example of storing: tests/bench/run nest.

Prints one JSON row a line; the last argument is a scratch folder. --small: a hundredth of the synapses,
to see that it runs. A Brunel network of 12,500 neurons with 1,250 synapses each, two threads, mode `sync`.
Each network is built in a process of its own, three times; both sides of a pair run in turn in that process,
with the same durability. Ratios are medians over all pairs, ours / theirs.
"""
import ctypes
import importlib.util
import json
import os
import pathlib
import statistics
import subprocess
import sys
import time

sys.path.pop(0)  # this folder: `import nest` means NEST, not this file

MIB = 1 << 20
PIECE = MIB // 4  # the fastest here
REST = 0 if "--small" in sys.argv else 0.3  # s
FALLOC_FL_KEEP_SIZE = 1
KINDS = ("static", "STDP")
libc = ctypes.CDLL(None)


# ---- the parent: rounds, medians, rows ----


def row(name, value, unit, reference, reference_value, ratio, goal=None, judged=None):
    met = None if goal is None else (ratio if judged is None else judged) <= goal
    print(json.dumps({
        "name": name, "value": value, "unit": unit, "reference": reference,
        "reference_value": reference_value, "ratio": ratio, "goal": goal, "met": met,
    }), flush=True)


def measured(what, scratch, small):
    """What a process of its own measured: name -> list of numbers, or of pairs."""
    options = ["--small"] if small else []
    done = subprocess.run([sys.executable, __file__, "--child", what, *options, scratch],
                          stdout=subprocess.PIPE, text=True, check=True)
    return json.loads(done.stdout.splitlines()[-1])


def rounds(what, scratch, small, n):
    together = {}
    for _ in range(n):
        for key, values in measured(what, scratch, small).items():
            together.setdefault(key, []).extend(values)
    return together


def pair_row(name, reference, pairs, goal=None, unit="s"):
    row(name, statistics.median(a for a, _ in pairs), unit, reference, statistics.median(b for _, b in pairs),
        statistics.median(a / b for a, b in pairs), goal)


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
    pair_row(f"nest: restore {size} / Connect", "Connect of these synapses", found["restore"], 0.2)
    pair_row(f"nest: first restore of {size}, with NEST's prepare()", "Connect of these synapses",
             found["first restore"])
    live_bytes = found["live bytes"][0]
    for what in ("save", "restore"):
        peak = statistics.median(found[f"memory of {what}"])
        name = f"nest: memory of a {what} of {size}"
        row(name, peak / MIB, "MiB", "the synapses in memory", live_bytes / MIB, peak / live_bytes, 0.1)
        row(f"{name} / file", peak / MIB, "MiB", "the file", file_bytes / MIB, peak / file_bytes)


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
    try:
        import pandas  # noqa: F401
    except ImportError:
        print("nest: pandas, which the store_restore example needs, is not installed; left out", file=sys.stderr)
        return
    report_store_restore(rounds("store_restore", scratch, small, 1))


# ---- children: one network each ----


def timed(function):
    begin = time.perf_counter()
    function()
    return time.perf_counter() - begin


def peak(function):
    """Bytes by which the resident memory peaked above what it was."""
    def status(key):
        with open("/proc/self/status") as file:
            return next(int(line.split()[1]) for line in file if line.startswith(key)) * 1024

    with open("/proc/self/clear_refs", "w") as file:
        file.write("5")  # forget the peak
    before = status("VmRSS")
    function()
    return status("VmHWM") - before


def raw_save(path, content, fsync):
    """What a save does around its writing: a temporary file, room for it at once, fsync, rename."""
    with open(path + ".tmp", "wb", buffering=0) as file:
        libc.fallocate(file.fileno(), FALLOC_FL_KEEP_SIZE, ctypes.c_long(0), ctypes.c_long(len(content)))
        for begin in range(0, len(content), PIECE):
            file.write(content[begin:begin + PIECE])
        if fsync:
            os.fsync(file.fileno())
    os.replace(path + ".tmp", path)
    if fsync:
        folder = os.open(os.path.dirname(path), os.O_RDONLY)
        os.fsync(folder)
        os.close(folder)


def pair(i, ours, theirs):
    def rested(side):
        # What a save leaves to do beside it, as freeing the file that it replaced, is no matter of the next one.
        time.sleep(REST)
        return side()

    if i % 2:
        b, a = rested(theirs), rested(ours)
    else:
        a, b = rested(ours), rested(theirs)
    return a, b


def start_nest(n_threads=2):
    import nest
    import torpor_nest

    nest.verbosity = nest.VerbosityLevel.ERROR
    torpor_nest.install()
    nest.set(resolution=0.1, local_num_threads=n_threads, rng_seed=2024)
    return nest, torpor_nest


def build_brunel(nest, kind, n, indegree):
    """Brunel's network (2000), inhibition-dominated. Returns the seconds of Connect."""
    delay, weight = 1.5, 0.1 * 1250 / indegree
    neuron = {"C_m": 1.0, "tau_m": 20.0, "t_ref": 2.0, "E_L": 0.0, "V_reset": 0.0, "V_m": 0.0, "V_th": 20.0}
    excitatory = nest.Create("iaf_psc_delta", n * 4 // 5, params=neuron)
    inhibitory = nest.Create("iaf_psc_delta", n // 5, params=neuron)
    nodes = excitatory + inhibitory
    noise = nest.Create("poisson_generator", params={"rate": 2.0 * 20.0 / (weight * 20.0) * 1000.0})
    nest.Connect(noise, nodes, syn_spec={"weight": weight, "delay": delay})
    model = {"synapse_model": "stdp_synapse", "Wmax": 3 * weight} if kind == "STDP" else {}
    rule = {"rule": "fixed_indegree"}
    of_excitatory = {"weight": weight, "delay": delay, **model}
    of_inhibitory = {"weight": -5 * weight, "delay": delay}
    return timed(lambda: (
        nest.Connect(excitatory, nodes, dict(rule, indegree=indegree * 4 // 5), of_excitatory),
        nest.Connect(inhibitory, nodes, dict(rule, indegree=indegree // 5), of_inhibitory),
    ))


def read_once(content):
    """Read as many bytes as the synapses have, on as many threads as NEST."""
    import numpy as np
    from concurrent.futures import ThreadPoolExecutor

    halves = np.array_split(content, 2)
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(np.bitwise_or.reduce, halves))


def child_brunel(kind, scratch, small):
    nest, en = start_nest()
    n, indegree = (1250, 125) if small else (12_500, 1250)
    connect = build_brunel(nest, kind, n, indegree)
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
    del content
    # The first restore into a network asks NEST to prepare it; the state is the same each time.
    en.save(path)
    found["memory of restore"] = [peak(lambda: en.restore(path))]
    found["restore"] = [(timed(lambda: en.restore(path)), connect) for _ in range(pairs)]
    nest.ResetKernel()
    nest, en = start_nest()
    connect = build_brunel(nest, kind, n, indegree)
    found["first restore"] = [(timed(lambda: en.restore(path)), connect)]
    return found


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
    found = child_store_restore(scratch, small) if what == "store_restore" else child_brunel(what, scratch, small)
    print("\n" + json.dumps(found), flush=True)


if __name__ == "__main__":
    arguments = sys.argv[1:]
    folder = os.path.abspath(arguments[-1])
    is_small = "--small" in arguments
    if "--child" in arguments:
        child(arguments[arguments.index("--child") + 1], folder, is_small)
    else:
        main(folder, is_small)
