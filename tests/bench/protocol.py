"""What a checkpoint of several ranks takes, counted and projected to 1,000 ranks: [--small|--long] SCRATCH

Threads as ranks run the plugin's own code (protocol.c). Counted are the calls of the collective, the bytes that each rank
brings to them, and the calls of the system of all ranks together: at a step at which nothing is due, at a checkpoint, and
at a restart on the same and on another number of ranks. The parabola through the counts at 2, 4 and 8 ranks projects them;
it stands beside what is counted at 64 ranks (--small: 32; --long: 1,000, where a thousand threads do not take minutes), so
that the projection is checked and not trusted.

On standard error there is a table of all counts. A number of 1,000 ranks with a ~ is projected. Messages are those of the usual algorithms of MPI for these calls:
ceil(log2 N) from each rank for an allgather, N - 1 in all for a broadcast."""
import collections
import json
import math
import os
import pathlib
import shutil
import subprocess
import sys

BUILD = pathlib.Path(__file__).resolve().parent.parent.parent / "build"
PROGRAM = BUILD / "bin" / "protocol-ranks"
SHIM = BUILD / "tests" / "fault" / "libfault_shim.so"
SMALL = "--small" in sys.argv
SIZES = (1, 2, 4, 8, 32) if SMALL else (1, 2, 4, 8, 64, 1000) if "--long" in sys.argv else (1, 2, 4, 8, 64)
FITTED = (2, 4, 8)
MANY = 1000
MOST = 64  # for what is left out at more
WRITERS = 2  # of the second part
CALLS = {"create": "files", "fsync": "fsyncs", "rename": "renames", "open": "opens"}


def run(n_ranks, folder, *options):
    """{phase: {what: how many}} of a run to its first checkpoint, which resumes if the folder has one."""
    log = folder.with_name("log")
    log.unlink(missing_ok=True)
    done = subprocess.run([PROGRAM, str(n_ranks), folder, *options], capture_output=True, text=True, timeout=1200,
                          env=dict(os.environ, LD_PRELOAD=str(SHIM), TORPOR_FAULTS_LOG=str(log)))
    if done.returncode != 0:
        sys.exit(done.stderr)
    counts = collections.defaultdict(collections.Counter)
    for line in done.stdout.splitlines():
        phase, what, number = line.split()
        counts[phase][what] = int(number)
    phase = None
    for line in log.read_text().splitlines():
        call, _, path = line.partition(" ")
        if path.startswith("phase-"):
            phase = path.removeprefix("phase-")
        elif call in CALLS and path.startswith(str(folder)):
            counts[phase][CALLS[call]] += 1
    rounds = math.ceil(math.log2(n_ranks))
    for one in counts.values():
        one["bytes of a rank"] = one["allgather-bytes"] + one["broadcast-bytes"]
        one["messages"] += one["allgathers"] * rounds * n_ranks + one["broadcasts"] * (n_ranks - 1)
    return counts


def count(n_ranks, scratch):
    """{moment: {what: how many}} for this number of ranks."""
    found = {}
    folder = scratch / "checkpoints"
    for name, options in (("", ()), (f", {WRITERS} writers", (f"writers={WRITERS}",))):
        shutil.rmtree(folder, ignore_errors=True)
        first = run(n_ranks, folder, *options)
        if not name:
            found["a quiet meeting"] = first["step"]
        found[f"a checkpoint{name}"] = first["checkpoint"]
        if not name:
            again = scratch / "again"
            shutil.copytree(folder, again)
            found["a restart"] = run(n_ranks, again)["begin"]
            shutil.rmtree(again)
        if n_ranks > MOST:
            break
        found[f"a restart on N + 1 ranks{name}"] = run(n_ranks + 1, folder, *options)["begin"]
    shutil.rmtree(folder)
    return found


def project(counts, n):
    """By the parabola through the counts at three numbers of ranks, unless they are the same but for the digits of some
    number in a text."""
    if max(counts.values()) - min(counts.values()) <= 0.01 * max(counts.values()):
        return max(counts.values())
    total = 0.0
    for i in FITTED:
        term = float(counts[i])
        for k in FITTED:
            term *= (n - k) / (i - k) if k != i else 1
        total += term
    return total


def at(found, moment, what, n):
    """As text: counted, or projected."""
    if n in found and moment in found[n]:
        return format(found[n][moment][what], ",")
    return f"~{round(project({i: found[i][moment][what] for i in FITTED}, n)):,}"


def show(found):
    sizes = [n for n in (*SIZES, *(() if MANY in SIZES else (MANY,)))]
    for moment in found[FITTED[0]]:
        print(f"\n{moment:36}" + "".join(f"{n:>11,}" for n in sizes), file=sys.stderr)
        for what in ("allgathers", "broadcasts", "bytes of a rank", "messages", "files", "fsyncs", "renames", "opens"):
            if not any(found[n].get(moment, {}).get(what) for n in SIZES):
                continue
            cells = ["" if what == "messages" and moment not in found.get(n, {}) else at(found, moment, what, n)
                     for n in sizes]  # messages have a logarithm
            print(f"  {what:34}" + "".join(f"{cell:>11}" for cell in cells), file=sys.stderr)


def main():
    scratch = pathlib.Path(sys.argv[-1])
    if not PROGRAM.exists() or not SHIM.exists():
        return
    found = {n: count(n, scratch) for n in SIZES}
    show(found)
    for moment in found[FITTED[0]]:
        last = max(n for n in SIZES if moment in found[n])
        for what in ("allgathers", "bytes of a rank", "files", "fsyncs", "opens"):
            counted = found[last][moment][what]
            expected = project({n: found[n][moment][what] for n in FITTED}, last)
            if counted == 0 or expected <= 0:
                continue
            ratio = counted / expected
            print(json.dumps({"name": f"{what}, {moment}, {last:,} ranks", "value": counted, "unit": "",
                              "reference": "projected from 2, 4 and 8 ranks", "reference_value": round(expected, 3),
                              "ratio": ratio, "goal": 1.1, "met": ratio <= 1.1}), flush=True)


if __name__ == "__main__":
    main()
