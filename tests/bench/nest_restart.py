#!/usr/bin/env python3
"""A NEST script that is started again: from the start of its process to its first new step: tests/bench/run nest_restart.

Prints one JSON row a line; the last argument is a scratch folder. --small: a hundredth of the synapses, to see that it runs.
The time is split into importing, building (the script's own Create and Connect) and restoring. The last includes NEST's own
prepare(), which each run of a network that was just built begins with; beside it stands the time of that alone.
"""
import json
import os
import pathlib
import statistics
import subprocess
import sys
import time

sys.path[0] = str(pathlib.Path(__file__).parent / "lib")  # not this folder: `import nest` means NEST, not nest.py
from pairs import row, timed  # noqa: E402

SLICE = 1.5  # ms
SAVED_AT = 20 * SLICE


# ---- the parent: rounds, medians, rows ----


def started(what, kind, scratch, small):
    """Seconds since the process was started: imported, built, prepared or restored, at the end of the next slice."""
    begin = time.time()
    done = subprocess.run([sys.executable, __file__, "--child", what, kind, str(int(small)), scratch], stdout=subprocess.PIPE,
                          text=True, check=True)
    found = json.loads(done.stdout.splitlines()[-1])
    return {name: at - begin for name, at in found["at"].items()}, found


def main(scratch, small):
    for kind in ("static",) if small else ("static", "STDP"):
        _, saved = started("save", kind, scratch, small)
        size = f"{saved['synapses'] / 1e6:.3g} M {kind} synapses"
        n = 1 if small else 3
        fresh = [started("fresh", kind, scratch, small) for _ in range(n)]
        again = [started("resume", kind, scratch, small) for _ in range(n)]
        median = lambda rounds, of: statistics.median(of(at, found) for at, found in rounds)
        whole = lambda at, _: at["stepped"]
        total, plain = median(again, whole), median(fresh, whole)
        row(f"nest: restart, {size}: to the first new step", total, "s", "a fresh start, to its first step", plain, total / plain)
        for name, first, last in (("import", None, "imported"), ("build", "imported", "built"),
                                  ("restore, with prepare()", "built", "stepped")):
            part = lambda at, _: at[last] - (at[first] if first else 0.0)
            seconds = median(again, part)
            row(f"nest: restart, {size}: of it {name}", seconds, "s", "of a fresh start", median(fresh, part), seconds / total)
        prepare = median(fresh, lambda at, _: at["prepared"] - at["built"])
        read = median(again, lambda _, found: found["read"])
        restore = median(again, lambda at, _: at["stepped"] - at["built"])
        row(f"nest: restart, {size}: restore / prepare() and read", restore, "s", "NEST's prepare(), and reading the file",
            prepare + read, restore / (prepare + read))


# ---- children ----


def child(what, kind, small, scratch):
    from brunel import build_brunel, start_nest

    nest, en = start_nest()
    at = {"imported": time.time()}
    n, indegree = (1250, 125) if small else (12_500, 1250)
    build_brunel(kind, n, indegree)
    at["built"] = time.time()
    options = {"dir": f"{scratch}/{kind}", "every": SLICE if what == "save" else None, "keep": 1, "fsync": "no"}
    found = {"synapses": n * indegree, "at": at}
    if what == "save":
        en.simulate(SAVED_AT, **options)
    elif what == "resume":
        en.simulate(SAVED_AT + SLICE, **options)
        at["stepped"] = time.time()
        file = max(pathlib.Path(scratch, kind).glob("ckpt-*"))
        found["read"] = timed(file.read_bytes)
    else:
        nest.Prepare()
        at["prepared"] = time.time()
        nest.Run(SLICE)
        at["stepped"] = time.time()
    print("\n" + json.dumps(found), flush=True)
    os._exit(0)  # what comes behind is not of interest


if __name__ == "__main__":
    if sys.argv[1] == "--child":
        child(sys.argv[2], sys.argv[3], bool(int(sys.argv[4])), sys.argv[5])
    else:
        main(os.path.abspath(sys.argv[-1]), "--small" in sys.argv)
