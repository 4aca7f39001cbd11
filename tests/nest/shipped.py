# SPDX-License-Identifier: GPL-2.0-or-later
"""Run a script that NEST ships, as it is, cut at a simulated time. Prints a digest of the network at its end.

    shipped.py measure SCRIPT            how long the script simulates: the time of each of its kernels, in ms
    shipped.py save SCRIPT CUT FILE      Simulate is split at CUT ms, and the state saved there
    shipped.py resume SCRIPT CUT FILE    nothing is simulated before CUT; there the state is restored

Only Simulate, Run and ResetKernel are replaced, and the script's own random generators get a seed. In the environment:
SCALE, the part of its time that each Simulate takes; RUNS, the number of them after which the script ends; THREADS, those
of each kernel.
"""

import json
import os
import random
import runpy
import sys
from contextlib import suppress
from functools import partial
from pathlib import Path

SCRIPT = Path(sys.argv[2])
for hidden in ("h5py", "pandas", "scipy"):  # by lean/
    if hidden in SCRIPT.read_text():
        sys.modules.pop(hidden, None)
if SCRIPT.parent.name != "scripts":  # ours draw nothing; for others NEST does, also if they do not name matplotlib
    import drawing  # noqa: F401

import nest  # noqa: E402
import numpy as np  # noqa: E402
import state  # noqa: E402
import torpor_nest as en  # noqa: E402


class Enough(BaseException):
    """The script has simulated as often as it was allowed to."""


class Cut:
    """Simulate, Run and ResetKernel, as the script sees them."""

    def __init__(self, mode, cut_ms, path):
        self.mode, self.cut_ms, self.path = mode, cut_ms, path
        self.reset = nest.ResetKernel
        self.times = []  # of each kernel
        self.scale = float(os.environ.get("SCALE", 1))
        self.runs_left = int(os.environ.get("RUNS", 0))
        self.digests = []
        self.done = mode == "measure"

    def reset_kernel(self):
        self.end_kernel()
        self.reset()
        nest.verbosity = nest.VerbosityLevel.ERROR
        nest.set(local_num_threads=int(os.environ.get("THREADS", 1)))
        en.install()

    def end_kernel(self):
        if self.times and self.times[-1] > 0 and self.done and self.mode != "measure":
            self.digests.append(state.digest())
        self.times.append(0.0)

    def run(self, t_ms, simulate):
        self.go_on(t_ms, simulate)
        self.runs_left -= 1
        if self.runs_left == 0:
            raise Enough

    def go_on(self, t_ms, simulate):
        if self.scale != 1:
            t_ms = max(1, round(t_ms * self.scale / nest.resolution)) * nest.resolution
        before = self.times[-1]
        self.times[-1] = after = before + t_ms
        if self.done or after < self.cut_ms or any(self.times[:-1]):
            if self.done or self.mode != "resume":
                simulate(t_ms)
            return
        first = round((self.cut_ms - before) / nest.resolution) * nest.resolution
        if self.mode == "save":
            simulate(first)
            en.save(self.path)
        else:
            en.restore(self.path)
        self.done = True
        if t_ms - first > nest.resolution / 2:
            simulate(t_ms - first)


def main():
    mode, script = sys.argv[1:3]
    cut_ms, path = (float(sys.argv[3]), Path(sys.argv[4])) if mode != "measure" else (0.0, None)
    cut = Cut(mode, cut_ms, path)
    nest.verbosity = nest.VerbosityLevel.ERROR
    cut.reset_kernel()
    vars(nest).update(  # the module guards its attributes
        Simulate=partial(cut.run, simulate=nest.Simulate),
        Run=partial(cut.run, simulate=nest.Run),
        ResetKernel=cut.reset_kernel,
    )
    np.random.seed(12)
    random.seed(34)
    sys.argv = [script]
    sys.path.insert(0, os.path.dirname(script))
    with suppress(Enough):
        runpy.run_path(script, run_name="__main__")
    result = {"kernels": cut.times}
    if mode != "measure":
        result.update(digest=cut.digests, end=state.digest(), cut=cut.done, network=int(nest.network_size))
    print("\n" + json.dumps(result))


if __name__ == "__main__":
    main()
