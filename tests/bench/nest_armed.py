#!/usr/bin/env python3
"""What checkpoints cost a NEST network while none is due: tests/bench/run nest_armed.

Prints one JSON row a line; the last argument is a scratch folder. --small: one comparison, to see that it runs. The same network
runs in turn with checkpoints armed (none is due) and without, for CHUNK seconds each, in the order A B C C B A, so that what
other processes do meets all: A is armed, B and C are plain. The ratio is the median of A to the mean of B and C. Beside it stands
where 19 of 20 such medians would lie, and as a row of its own the same of C to B, which are alike: what that differs from 1 is
the noise. The goal is met, or missed, only if all of the interval says so. The size of the network gives the number of slices in
a second: 10,000 with delays of 0.1 ms, 667 with delays of 1.5 ms. Beside a busy process, and with more threads than cores, there
are fewer, since threads wait for one another in each; the chunks have as many slices as fit.
"""
import json
import os
import pathlib
import statistics
import subprocess
import sys

sys.path[0] = str(pathlib.Path(__file__).parent / "lib")  # not this folder: `import nest` means NEST, not nest.py
from pairs import interval, row, timed  # noqa: E402

RATES = {10_000: 0.1, 667: 1.5}  # slices in a second -> delay, ms
THREADS = (1, 2, 4)
CHUNK = 0.1  # s; short, so that what others do for a moment spoils few of them
N_ROUNDS = 28
SLICES_BEFORE = 3
RESOLUTION = 0.1  # ms
GOAL = 1.01


# ---- the parent ----


def measured(rate, n_threads, is_beside, small, scratch):
    arguments = [str(rate), str(n_threads), str(int(is_beside)), str(int(small)), scratch]
    done = subprocess.run([sys.executable, __file__, "--child", *arguments], stdout=subprocess.PIPE, text=True, check=True)
    return json.loads(done.stdout.splitlines()[-1])


def report(name, ours, theirs, goal=None):
    ratios = [a / b for a, b in zip(ours, theirs)]
    least, most = interval(ratios)
    row(name, statistics.median(ours), "s", f"plain; {least:.3f} to {most:.3f}", statistics.median(theirs),
        statistics.median(ratios), goal, between=(least, most))


def main(scratch, small):
    for is_beside in (False, True):
        for rate in RATES:
            for n_threads in THREADS:
                found = measured(rate, n_threads, is_beside, small, scratch)
                armed, plain, again = zip(*found)
                threads = f"{n_threads} thread{'s' if n_threads > 1 else ''}"
                what = f"{rate} slices/s, {threads}{', beside a busy process' * is_beside}"
                report(f"nest: armed, nothing due, {what}", armed, [(b + c) / 2 for b, c in zip(plain, again)], GOAL)
                report(f"nest: plain, {what}", again, plain)


# ---- children: one network each ----


def build(nest, delay_ms, n_threads, n_neurons):
    import torpor_nest as en

    nest.ResetKernel()
    nest.verbosity = nest.VerbosityLevel.ERROR
    en.install()
    nest.set(resolution=RESOLUTION, local_num_threads=n_threads)
    neurons = nest.Create("iaf_psc_alpha", n_neurons)
    nest.Connect(neurons[0], neurons[1], syn_spec={"delay": delay_ms})
    nest.Prepare()
    return en


def slices_in(nest, delay_ms, seconds):
    """How many the network makes in this time, as busy as the machine is."""
    n = 16
    while True:
        elapsed = timed(lambda: nest.Run(n * delay_ms))
        if elapsed > 0.2 * seconds:
            return max(1, round(n * seconds / elapsed))
        n *= 2


def sized(nest, rate, delay_ms, n_threads):
    """A network that makes about so many slices in a second."""
    n_neurons, t_ms = 500 * n_threads, 200 * delay_ms
    for _ in range(3):
        en = build(nest, delay_ms, n_threads, n_neurons)
        nest.Run(t_ms)
        seconds = min(timed(lambda: nest.Run(t_ms)) for _ in range(3))
        n_neurons = max(2, int(n_neurons * 200 / rate / seconds))
    return en


def rounds(nest, en, n, delay_ms, t_ms, scratch):
    """Seconds, each of two chunks: armed, plain, plain."""
    options = [f"dir={scratch}/armed", "resume=never", "every=1000000 h", "every_wall=1 h", "maxh=1000"]
    module = en._library

    # A run begins with the digests of the model, some ms once: the first slices are not timed.
    first_ms = SLICES_BEFORE * delay_ms

    def armed():
        begin = module.now() + round(first_ms / RESOLUTION)
        end = begin + round(t_ms / RESOLUTION)
        module.begin(options, False, end, True, False)
        module.run(begin, True)
        seconds = timed(lambda: module.run(end, True))
        module.finish()
        return seconds

    def plain():
        nest.Run(first_ms)
        return timed(lambda: nest.Run(t_ms))

    found = []
    for _ in range(n):
        a, b, c = armed(), plain(), plain()
        c += plain()
        b += plain()
        found.append((a + armed(), b, c))
    return found


def child(rate, n_threads, is_beside, small, scratch):
    import nest

    delay_ms = RATES[rate]
    en = sized(nest, rate, delay_ms, n_threads)
    busy = subprocess.Popen([sys.executable, "-c", "while True: pass"]) if is_beside else None
    try:
        n_slices = slices_in(nest, delay_ms, CHUNK / 10 if small else CHUNK)
        found = rounds(nest, en, 1 if small else N_ROUNDS, delay_ms, n_slices * delay_ms, scratch)
    finally:
        if busy is not None:
            busy.kill()
            busy.wait()
    print("\n" + json.dumps(found), flush=True)


if __name__ == "__main__":
    folder = os.path.abspath(sys.argv[-1])
    if sys.argv[1] == "--child":
        rate, n_threads, is_beside, small = map(int, sys.argv[2:6])
        child(rate, n_threads, bool(is_beside), bool(small), folder)
    else:
        main(folder, "--small" in sys.argv)
