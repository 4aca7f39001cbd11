"""What the benchmarks of adapters share: measuring in pairs, and rows that tests/bench/run reads."""
import ctypes
import json
import math
import os
import statistics
import sys
import time

MIB = 1 << 20
PIECE = MIB // 4  # the fastest here
REST = 0 if "--small" in sys.argv else 0.3  # s
FALLOC_FL_KEEP_SIZE = 1
libc = ctypes.CDLL(None)


def row(name, value, unit, reference, reference_value, ratio, goal=None, judged=None, between=None):
    """between: where the ratio may really be; if the goal is in there, it is not known whether it is met."""
    is_known = goal is not None and (between is None or not between[0] <= goal < between[1])
    met = (ratio if judged is None else judged) <= goal if is_known else None
    print(json.dumps({
        "name": name, "value": value, "unit": unit, "reference": reference,
        "reference_value": reference_value, "ratio": ratio, "goal": goal, "met": met,
    }), flush=True)


def pair_row(name, reference, pairs, goal=None, unit="s"):
    row(name, statistics.median(a for a, _ in pairs), unit, reference, statistics.median(b for _, b in pairs),
        statistics.median(a / b for a, b in pairs), goal)


def interval(values):
    """Where the median of many more of these numbers, none below 0, lies 19 times of 20; only their order counts."""
    n, k, below = len(values), 0, 0
    while below + math.comb(n, k) <= 0.025 * 2**n:
        below += math.comb(n, k)
        k += 1
    return (sorted(values)[k - 1], sorted(values)[n - k]) if k > 0 else (0.0, math.inf)


def timed(function):
    begin = time.perf_counter()
    function()
    return time.perf_counter() - begin


def peak(function):
    """Bytes by which the resident memory peaked above what it was, without what free() had kept for later."""
    def status(key):
        with open("/proc/self/status") as file:
            return next(int(line.split()[1]) for line in file if line.startswith(key)) * 1024

    libc.malloc_trim(0)
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
