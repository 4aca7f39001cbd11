"""Checkpoints of several ranks under Open MPI: against every rank writing and reading a file of its own, and what it
costs to agree. [--small] SCRATCH"""
import json
import os
import pathlib
import shutil
import statistics
import subprocess
import sys

BUILD = pathlib.Path(__file__).resolve().parent.parent.parent / "build"
PROGRAM = BUILD / "bin" / "ranks-mpi"
ENVIRONMENT = dict(os.environ, OMPI_ALLOW_RUN_AS_ROOT="1", OMPI_ALLOW_RUN_AS_ROOT_CONFIRM="1")
SMALL = "--small" in sys.argv
N_ROUNDS = 1 if SMALL else 5


def measure(what, n_ranks, mib, scratch):
    """Seconds, four times."""
    done = subprocess.run(["mpirun.openmpi", "--oversubscribe", "-n", str(n_ranks), str(PROGRAM), what, scratch, str(mib)],
                          capture_output=True, text=True, env=ENVIRONMENT, timeout=600)
    shutil.rmtree(pathlib.Path(scratch) / "checkpoints", ignore_errors=True)
    if done.returncode != 0:
        sys.exit(done.stderr)
    return [float(word) for word in done.stdout.split()]


def row(name, value, unit, reference=None, reference_value=None, goal=None, compared=None):
    ratio = None if reference_value is None else value / reference_value
    met = None if goal is None else bool((ratio if compared is None else compared) <= goal)
    print(json.dumps({"name": name, "value": value, "unit": unit, "reference": reference,
                      "reference_value": reference_value, "ratio": ratio, "goal": goal, "met": met}), flush=True)


def main():
    scratch = sys.argv[-1]
    if not PROGRAM.exists() or shutil.which("mpirun.openmpi") is None:
        return
    mib = 4 if SMALL else 256
    pairs = [(measure("raw", 4, mib, scratch), measure("large", 4, mib, scratch)) for _ in range(N_ROUNDS)]
    # The keys, four bytes to each value of eight, are saved too.
    share = 1.5
    size = f"{mib * 6 // 1024 or mib * 6} {'GiB' if mib * 6 >= 1024 else 'MiB'} on 4 ranks"
    for i, (what, against) in enumerate(((f"save {size}", "each rank writes a file, fsync"),
                                         (f"load {size}", "each rank reads its file"),
                                         (f"load {size}, not in memory", "each rank reads its file"))):
        raw = statistics.median(pair[0][i] for pair in pairs) * share
        ours = statistics.median(pair[1][i] for pair in pairs)
        row(what, ours, "s", against, raw, 1.25)
    # None may write before all bytes are known to be intact: they are hashed first, and the values then read again.
    bound = statistics.median(share * hashed + read for (_, read, _, hashed), _ in pairs)
    loaded = statistics.median(ours[1] for _, ours in pairs)
    row(f"load {size} / both passes", loaded, "s", "each rank hashes its file, then reads it", bound)
    alone = statistics.median(measure("small", 1, 0, scratch)[0] for _ in range(N_ROUNDS))
    together = statistics.median(measure("small", 8, 0, scratch)[0] for _ in range(N_ROUNDS))
    row("a small checkpoint on 8 ranks, 2 cores", 1e3 * together, "ms", "the same on 1 rank", 1e3 * alone)


if __name__ == "__main__":
    main()
