#!/usr/bin/env python3
"""The Python package against braintools and its peers: tests/bench/run python.

Prints one JSON row a line; the last argument is a scratch folder. --small: a hundredth of the size,
to see that it runs. Both sides of a pair run in turn, in one process, with the same durability: a
file is fsynced and renamed by both, or by none. Ratios are medians over pairs, ours / theirs.
"""
import concurrent.futures
import functools
import gc
import json
import os
import pickle
import statistics
import sys
import tempfile
import time
import warnings

os.environ.setdefault("JAX_PLATFORMS", "cpu")
warnings.filterwarnings("ignore")

import braintools.file as braintools  # noqa: E402
import brainunit as u  # noqa: E402
import numpy as np  # noqa: E402

import torpor  # noqa: E402

MIB = 1 << 20
REST = 0 if "--small" in sys.argv else 0.3  # s


# ---- measuring ----


def timed(function):
    gc.collect()
    begin = time.perf_counter()
    kept = function()
    seconds = time.perf_counter() - begin
    del kept
    return seconds


def rested(function):
    """What a save leaves to do beside it, as freeing the file that it replaced, is no matter of the next one."""
    time.sleep(REST)
    return timed(function)


def paired(ours, theirs, pairs):
    """Median seconds of both, and the median of the ratios, after one warm-up each."""
    timed(ours), timed(theirs)
    times = []
    for i in range(pairs):
        if i % 2:
            b, a = rested(theirs), rested(ours)
        else:
            a, b = rested(ours), rested(theirs)
        times.append((a, b))
    return (
        statistics.median(a for a, _ in times),
        statistics.median(b for _, b in times),
        statistics.median(a / b for a, b in times),
    )


def row(name, value, unit, reference, reference_value, ratio, goal=None, judged=None):
    met = None if goal is None else (ratio if judged is None else judged) <= goal
    print(json.dumps({
        "name": name, "value": value, "unit": unit, "reference": reference,
        "reference_value": reference_value, "ratio": ratio, "goal": goal, "met": met,
    }), flush=True)


def pair_row(name, reference, ours, theirs, pairs, goal=None):
    value, reference_value, ratio = paired(ours, theirs, pairs)
    row(name, value, "s", reference, reference_value, ratio, goal)


def peak(function):
    """Bytes by which the resident memory peaked above what it was, and the result."""
    def status(key):
        with open("/proc/self/status") as file:
            return next(int(line.split()[1]) for line in file if line.startswith(key)) * 1024

    gc.collect()
    with open("/proc/self/clear_refs", "w") as file:
        file.write("5")  # forget the peak
    before = status("VmRSS")
    result = function()
    return status("VmHWM") - before, result


# ---- peers: save(path, value, fsync), load(path) ----


def commit(write):
    """What each peer's save does around its own writing: a temporary file, fsync, rename."""
    @functools.wraps(write)
    def save(path, value, fsync):
        write(path + ".tmp", value)
        if fsync:
            with open(path + ".tmp", "rb+") as file:
                os.fsync(file.fileno())
        os.replace(path + ".tmp", path)
        if fsync:
            folder = os.open(os.path.dirname(path), os.O_RDONLY)
            os.fsync(folder)
            os.close(folder)
    return save


@commit
def braintools_save(path, value):
    braintools.msgpack_save(path, value)


@commit
def pickle_save(path, value):
    with open(path, "wb") as file:
        pickle.dump(value, file, protocol=5)


def pickle_load(path):
    with open(path, "rb") as file:
        return pickle.load(file)


@commit
def safetensors_save(path, value):
    from safetensors.numpy import save_file
    save_file(value, path)


def safetensors_load(path):
    from safetensors.numpy import load_file
    return load_file(path)


@commit
def h5py_save(path, value):
    import h5py
    with h5py.File(path, "w") as file:
        for key, array in value.items():
            file[key] = array


def h5py_load(path):
    import h5py
    with h5py.File(path, "r") as file:
        return {key: file[key][()] for key in file}


@commit
def flax_save(path, value):
    from flax import serialization
    with open(path, "wb") as file:
        file.write(serialization.to_bytes(value))


def flax_load(path):
    from flax import serialization
    with open(path, "rb") as file:
        return serialization.msgpack_restore(file.read())


def orbax_save(path, value, fsync):
    import orbax.checkpoint as orbax
    with orbax.PyTreeCheckpointer() as checkpointer:
        checkpointer.save(path, value, force=True)
    if fsync:
        os.sync()


def orbax_load(path):
    import orbax.checkpoint as orbax
    with orbax.PyTreeCheckpointer() as checkpointer:
        return checkpointer.restore(path)


PEERS = {
    "braintools": (braintools_save, braintools.msgpack_load),
    "safetensors": (safetensors_save, safetensors_load),
    "h5py": (h5py_save, h5py_load),
    "pickle": (pickle_save, pickle_load),
    "flax": (flax_save, flax_load),
    "orbax": (orbax_save, orbax_load),
}
MODULES = {"orbax": "orbax.checkpoint"}


def available():
    """Peers that are installed. The others are said, not passed over."""
    found = []
    for peer in PEERS:
        try:
            __import__(MODULES.get(peer, peer))
            found.append(peer)
        except ImportError:
            print(f"python: {peer} is not installed, left out", file=sys.stderr)
    return found


# ---- bounds: the bytes of the arrays, and nothing else ----


def in_threads(n_threads, task, items):
    with concurrent.futures.ThreadPoolExecutor(n_threads) as pool:
        list(pool.map(task, items))


def pieces(value, length):
    """(place in the file, bytes) of all arrays, one after the other."""
    place = 0
    for array in value.values():
        memory = memoryview(array.view(np.uint8))
        for begin in range(0, array.nbytes, length):
            yield place + begin, memory[begin:begin + length]
        place += array.nbytes


def raw_save(n_threads, path, value, fsync):
    @commit
    def write(path, value):
        with open(path, "wb", buffering=0) as file:
            in_threads(n_threads, lambda piece: os.pwrite(file.fileno(), piece[1], piece[0]),
                       pieces(value, 256 << 10))
    write(path, value, fsync)


def raw_load(n_threads, path, value):
    loaded = {key: np.empty_like(array) for key, array in value.items()}
    with open(path, "rb", buffering=0) as file:
        in_threads(n_threads, lambda piece: os.preadv(file.fileno(), [piece[1]], piece[0]),
                   pieces(loaded, 4 * MIB))
    return loaded


def bound_row(name, what, ours, raw, pairs):
    """Against raw(number of threads), with as many as are the fastest."""
    rows = [(*paired(ours, functools.partial(raw, n_threads), pairs), n_threads) for n_threads in (1, 2)]
    value, bound, ratio, n_threads = min(rows, key=lambda found: found[1])
    row(name, value, "s", f"{what} of the same bytes in {n_threads} thread{'s' * (n_threads - 1)}",
        bound, ratio, 1.1)


# ---- arrays: 1 GiB ----


def bench_arrays(folder, small):
    n = 8
    total = (16 if small else 1024) * MIB
    rng = np.random.default_rng(1)
    value = {f"array{i}": rng.integers(0, 1 << 62, total // n // 8).view(np.float64) for i in range(n)}
    size = "16 MiB" if small else "1 GiB"
    pairs = 1 if small else 5
    path = os.path.join(folder, "arrays")

    def save(fsync, name=path + ".torpor", **options):
        return lambda: torpor.msgpack_save(name, value, fsync=fsync, **options)

    goals = {
        ("braintools", False): 1 / 20, ("safetensors", True): 1.0,
    }
    for peer in available():
        theirs = f"{path}.{peer}"
        peer_save, peer_load = PEERS[peer]
        for fsync in (False, True):
            pair_row(
                f"python: save {size}{', fsync' if fsync else ''} / {peer}", f"{peer} save",
                save(fsync), functools.partial(peer_save, theirs, value, fsync), pairs,
                goals.get((peer, fsync)),
            )
        pair_row(
            f"python: load {size} / {peer}", f"{peer} load",
            lambda: torpor.msgpack_load(path + ".torpor"), functools.partial(peer_load, theirs), pairs,
            1 / 10 if peer == "braintools" else None,
        )
        if peer != "braintools":
            os.system(f"rm -rf '{theirs}'")
    raw = path + ".raw"
    for fsync in (False, True):
        bound_row(f"python: save {size}{', fsync' if fsync else ''} / raw write",
                  "pwrite() and fsync()" if fsync else "pwrite()", save(fsync),
                  lambda n_threads: raw_save(n_threads, raw, value, fsync), pairs)
    bound_row(f"python: load {size} / raw read", "preadv()", lambda: torpor.msgpack_load(path + ".torpor"),
              lambda n_threads: raw_load(n_threads, raw, value), pairs)
    os.remove(raw)
    pair_row(
        f"python: load {size} with target / braintools", "braintools load with target",
        lambda: torpor.msgpack_load(path + ".torpor", value),
        lambda: braintools.msgpack_load(path + ".braintools", value), pairs, 1 / 10,
    )
    save(False, path + ".index", index=True)()
    seconds = [timed(lambda: torpor.open(path + ".torpor")["array3"].shape) for _ in range(7)]
    row(f"python: open {size}, up to the first leaf", statistics.median(seconds), "s", "goal", 0.005,
        statistics.median(seconds) / 0.005, 0.005, statistics.median(seconds))
    pair_row(
        f"python: load {size} with an index, verified / without", "without an index",
        lambda: torpor.msgpack_load(path + ".index"), lambda: torpor.msgpack_load(path + ".torpor"), pairs,
    )
    bench_memory(path, value, total, size)
    bench_stall(path, value, size, pairs)


def bench_memory(path, value, total, size):
    limit = 64 * MIB
    ours, _ = peak(lambda: torpor.msgpack_save(path + ".torpor", value, fsync=False))
    theirs, _ = peak(lambda: braintools.msgpack_save(path + ".braintools", value))
    row(f"python: memory of a save of {size}", ours / MIB, "MiB", "braintools", theirs / MIB,
        ours / max(theirs, 1), 64, ours / MIB)
    ours, loaded = peak(lambda: torpor.msgpack_load(path + ".torpor"))
    del loaded
    theirs, loaded = peak(lambda: braintools.msgpack_load(path + ".braintools"))
    del loaded
    row(f"python: memory of a load of {size} beyond its arrays", (ours - total) / MIB, "MiB", "braintools",
        (theirs - total) / MIB, (ours - total) / max(theirs - total, 1), limit / MIB, (ours - total) / MIB)


def bench_stall(path, value, size, pairs):
    """What the caller waits for in an asynchronous save, from the second one on."""
    copies = {key: np.empty_like(array) for key, array in value.items()}

    def copy():
        for key, array in value.items():
            np.copyto(copies[key], array)

    with torpor.AsyncManager() as ours, braintools.AsyncManager() as theirs:
        def stall(module, manager, name):
            manager.wait_previous_save()
            begin = time.perf_counter()
            options = {"fsync": False} if module is torpor else {}
            module.msgpack_save(name, value, async_manager=manager, **options)
            seconds = time.perf_counter() - begin
            manager.wait_previous_save()
            return seconds

        first = stall(torpor, ours, path + ".torpor")
        copy()
        stalls, copied, stalls_theirs = [], [], []
        for i in range(pairs + 2):
            if i % 2:
                copied.append(timed(copy))
            stalls.append(stall(torpor, ours, path + ".torpor"))
            if not i % 2:
                copied.append(timed(copy))
        for _ in range(pairs):
            stalls_theirs.append(stall(braintools, theirs, path + ".braintools"))
    ratio = statistics.median(a / b for a, b in zip(stalls, copied))
    row(f"python: stall of an async save of {size}", statistics.median(stalls), "s", "one memcpy",
        statistics.median(copied), ratio, 1.25)
    row(f"python: stall of the first async save of {size}", first, "s", "one memcpy",
        statistics.median(copied), first / statistics.median(copied))
    row(f"python: stall of an async save of {size} / braintools", statistics.median(stalls), "s",
        "braintools", statistics.median(stalls_theirs),
        statistics.median(stalls) / statistics.median(stalls_theirs))


# ---- nested dicts of quantities ----


def bench_quantities(folder, small):
    n = 300 if small else 10_000
    units = {"V": u.mV, "t": u.ms, "C": u.pF, "g": u.nS, "I": u.pA, "R": u.Mohm}
    value = {f"n{i}": {name: float(i) * unit for name, unit in units.items()} for i in range(n)}
    path = os.path.join(folder, "quantities")
    pairs = 2 if small else 5
    name = f"{n} neurons x 6 quantities"
    ours, theirs = path + ".torpor", path + ".braintools"
    pair_row(f"python: save {name}", "braintools", lambda: torpor.msgpack_save(ours, value, fsync=False),
             lambda: braintools.msgpack_save(theirs, value), pairs, 1 / 10)
    pair_row(f"python: load {name}", "braintools", lambda: torpor.msgpack_load(ours),
             lambda: braintools.msgpack_load(theirs), pairs, 1 / 4)
    pair_row(f"python: load {name} with target", "braintools", lambda: torpor.msgpack_load(ours, value),
             lambda: braintools.msgpack_load(theirs, value), pairs, 1 / 10)
    pair_row(f"python: save {name} / pickle", "pickle", lambda: torpor.msgpack_save(ours, value, fsync=False),
             lambda: pickle_save(path + ".pickle", value, False), pairs)
    pair_row(f"python: load {name} with target / pickle", "pickle", lambda: torpor.msgpack_load(ours, value),
             lambda: pickle_load(path + ".pickle"), pairs)


# ---- the tutorial's checkpoint: 3 KB ----


def bench_small(folder, small):
    rng = np.random.default_rng(2)
    value = {
        "weights": rng.normal(size=(16, 16)).astype(np.float32), "bias": np.zeros(16),
        "config": {"learning_rate": 0.001, "batch_size": 32, "activation": "relu"},
        "optimizer": {"momentum": [np.zeros((8, 16), np.float32)] * 2, "step": 1000},
        "time_constant": 10.0 * u.ms, "threshold": -50.0 * u.mV,
    }
    path = os.path.join(folder, "small")
    ours, theirs = path + ".torpor", path + ".braintools"
    repeats, pairs = (10, 2) if small else (300, 9)

    def repeated(function, *arguments, **options):
        def run():
            for _ in range(repeats):
                function(*arguments, **options)
        return run

    pair_row(f"python: save 3 KB {repeats} times", "braintools",
             repeated(torpor.msgpack_save, ours, value, fsync=False),
             repeated(braintools.msgpack_save, theirs, value), pairs, 1.0)
    pair_row(f"python: load 3 KB {repeats} times", "braintools", repeated(torpor.msgpack_load, ours),
             repeated(braintools.msgpack_load, theirs), pairs, 1.0)
    pair_row(f"python: load 3 KB {repeats} times with target", "braintools",
             repeated(torpor.msgpack_load, ours, value),
             repeated(braintools.msgpack_load, theirs, value), pairs, 1.0)


def main(arguments):
    small = "--small" in arguments
    with tempfile.TemporaryDirectory(dir=arguments[-1]) as folder:
        bench_small(folder, small)
        bench_quantities(folder, small)
        bench_arrays(folder, small)


if __name__ == "__main__":
    main(sys.argv[1:])
