# SPDX-License-Identifier: GPL-2.0-or-later
"""The runs of a script: which of them an earlier process has completed, and in which one to resume.

A run is one call of simulate(), nest.Simulate() or nest.Run(). A script that is started again makes its calls from the
start. Those that ended before the checkpoint are skipped; what the script changes between them takes place as before.
The network is restored in the run that the checkpoint was taken in.
"""

import warnings

import nest
from nest import nestkernel_api

from ._library import Error
from ._reads import Reads

NOT_FOUND, MISMATCH, ORDER = 4, 7, 15  # see torpor/error.h


class Runs:
    """The runs of one network, with checkpoints inside them."""

    def __init__(self, module, most_read_bytes):
        self._module = module
        self.n_runs = 0  # simulated or skipped
        self.is_running = False
        self.reads = Reads(module, self, most_read_bytes)
        self._has_begun = False  # resumed, or begun afresh
        self._ahead = None  # step of the checkpoint to resume from, until the script gets there
        self._looked_with = None  # options with which it was found
        self._has_passed = False  # has a run been skipped?
        self._target = self._seen = module.now()  # steps: where the script is; where NEST was then
        self._resolution = nest.resolution  # ms; after ResetKernel, NEST has another one

    def find(self, options):
        """Look for the checkpoint that these options resume from. Returns whether there is one."""
        if not self._has_begun:
            _, self._ahead = self._module.begin(options, True, -1, False)
            self._looked_with = options
            self._module.finish()
        return self._ahead is not None

    @property
    def is_ahead(self):
        """Is there nothing to do until the script gets to the checkpoint?"""
        return not self._has_begun and self._ahead is not None

    @property
    def is_passing(self):
        """Has the script skipped a run, and not reached the checkpoint yet? Then NEST's state is not what it was there."""
        return self.is_ahead and self._has_passed

    def times(self):
        """Where the script is, and the checkpoint that it has not reached."""
        return tuple(f"{steps * self._resolution:g} ms" for steps in (self._target, self._ahead))

    def check_reached(self):
        """Raises Error if runs were skipped for a checkpoint that the script has not reached. Call it at their end."""
        if self.is_passing:
            end, ahead = self.times()
            folder = next(option for option in self._looked_with if option.startswith("dir="))[4:]
            raise Error(ORDER, f"the script ends at {end}, before its newest checkpoint, which is of {ahead}: its runs "
                               "were passed over, but nothing was restored, so that its network was never simulated; "
                               f"simulate at least until {ahead} as the script did that has saved it, or "
                               f"use another `dir` than {folder}, or resume=\"never\" to start afresh")  # fmt: skip

    def run(self, steps, options, inside_prepare=False):
        """Simulate so many steps, or as many of them as are left. Returns whether the run was stopped."""
        now = self._module.now()
        self._resolution = nest.resolution
        target = self._target + now - self._seen + steps  # the script may have called nest.Simulate() in between
        ahead = self._ahead if self.is_ahead else None
        if ahead is None or ahead <= target or options != self._looked_with:
            ahead = self._begin(options, target, inside_prepare)
        self._target, self._seen, self._ahead, self._looked_with = target, now, ahead, options
        if ahead is not None:
            self._module.pass_over(target)
            self._seen, self._has_passed = target, True
            self.n_runs += 1
            return False
        self._has_begun = True
        is_stopped = False
        self.is_running = True
        try:
            is_stopped = self._module.run(target, inside_prepare)
        finally:
            self.is_running = False
            self.n_runs += 1
            self._target = self._seen = self._module.now()
            self._finish(is_stopped)
        return is_stopped

    def _finish(self, is_stopped):
        """End the session. A checkpoint that failed fails the run only if the run was stopped, to be resumed later."""
        try:
            self._module.finish()
        except Error as failure:
            if is_stopped:
                raise
            warnings.warn(f"a checkpoint failed: {failure}", RuntimeWarning, stacklevel=2)

    def _begin(self, options, target, inside_prepare):
        """Start a session. Returns the step of a checkpoint that is still ahead, or None."""
        expected = self._ahead if self.is_passing else None
        try:
            resumed, ahead = self._module.begin(options, not self._has_begun, target, inside_prepare)
        except Error as refusal:
            if refusal.status != MISMATCH:
                raise
            advice = "use another `dir`, or resume=\"never\" to start afresh"
            if expected is not None:
                advice = ("earlier runs of this script were skipped: what it creates and connects after them must not "
                          "depend on their results, such as spikes; or " + advice)  # fmt: skip
            raise Error(MISMATCH, f"{refusal}; {advice}") from None
        is_other = options == self._looked_with and self._module.now() != expected
        if expected is not None and ahead is None and (is_other or not resumed):
            self._module.finish()
            raise Error(NOT_FOUND, f"the checkpoint at step {expected}, for which earlier runs were skipped, is gone "
                                   "or damaged now; start the script again")  # fmt: skip
        return ahead


class Armed:
    """Puts checkpoints into nest.Simulate, nest.Prepare, nest.Run and nest.Cleanup by replacing what they call."""

    NAMES = ("llapi_simulate", "llapi_prepare", "llapi_run", "llapi_cleanup")

    def __init__(self, run, runs, has_module):
        self._run, self._runs, self._has_module = run, runs, has_module
        self._original = {name: getattr(nestkernel_api, name) for name in self.NAMES}
        self._is_prepared = False
        for name in self.NAMES:
            setattr(nestkernel_api, name, getattr(self, name[6:]))

    def disarm(self):
        for name, function in self._original.items():
            setattr(nestkernel_api, name, function)

    def _is_over(self):
        """Has ResetKernel unloaded the module? Then put NEST's own functions back."""
        if not self._has_module():
            self.disarm()
        return not self._has_module()

    def simulate(self, t_ms):
        if self._is_over():
            return self._original["llapi_simulate"](t_ms)
        self._run(t_ms, inside_prepare=False)

    def prepare(self):
        if self._runs.is_ahead and not self._is_over():
            return  # files of recordings must stay as they are until the restore, which prepares NEST
        self._original["llapi_prepare"]()
        self._is_prepared = True

    def run(self, t_ms):
        if self._is_over():
            return self._original["llapi_run"](t_ms)
        self._run(t_ms, inside_prepare=True)
        self._is_prepared = not self._runs.is_ahead

    def cleanup(self):
        if self._is_prepared or self._is_over():
            self._is_prepared = False
            self._original["llapi_cleanup"]()
