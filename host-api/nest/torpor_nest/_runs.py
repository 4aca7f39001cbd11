# SPDX-License-Identifier: GPL-2.0-or-later
"""The runs of a script: which of them an earlier process has completed, and in which one to resume.

A run is one call of simulate(), nest.Simulate() or nest.Run(). A script that is started again makes its calls from the
start. Those that ended before the checkpoint are skipped; what the script changes between them takes place as before.
The network is restored in the run that the checkpoint was taken in.
"""

import contextlib
import os
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Protocol

import nest
from nest import nestkernel_api

from ._library import Error, Library
from ._network_end import NetworkEnd
from ._own import Own
from ._progress import Progress, is_wanted
from ._reads import Reads

NOT_FOUND, MISMATCH, ORDER = 4, 7, 15  # see torpor/error.h


class Runs:
    """The runs of one network, with checkpoints inside them."""

    def __init__(self, module: Library, most_read_bytes: int) -> None:
        self._module = module
        self.n_runs = 0  # simulated or skipped
        self.is_running = False
        self.is_passed_over = False  # was the last run skipped?
        self.is_at_end = False  # has the script made all runs of a network that has come to its end?
        self.is_changed = False  # has the script changed the network since the last run?
        self.reads = Reads(module, self, most_read_bytes)
        self.own = Own()
        self._has_begun = False  # resumed, or begun afresh
        self._options: Sequence[str] = ()  # of the last run, or with which the checkpoint was looked for
        self._once_options: Sequence[str] = ()  # with which once() has looked for it before the first run
        self._ahead: int | None = None  # step of that checkpoint, until the script gets there
        self._end: NetworkEnd | None = None  # NetworkEnd of that checkpoint
        self._has_record = False  # has the module read its record of the runs before it?
        self._was_set_back = False  # see NetworkEnd
        self._end_is_due = False  # is the network's end to be saved?
        self._target = self._seen = module.now()  # steps: where the script is; where NEST was then
        self._resolution = nest.resolution  # ms; after ResetKernel, NEST has another one

    def look(self, options: Sequence[str], is_built: bool = True) -> bool:
        """Look for the checkpoint that these options resume from. Returns whether there is one ahead."""
        self._check_once(options)
        if not self._has_begun and options != self._options:
            ahead, saved_reads, end = self._module.look(options, is_built)
            if self.is_passing and ahead is None:
                raise self._gone(None)
            self._ahead, self._end, self._has_record = ahead, NetworkEnd.from_text(end), False
            self.reads.expect(saved_reads)
        self._options = options
        return self.is_ahead

    def look_for_once(self, options: Sequence[str]) -> None:
        """en.once() comes before a run, and perhaps before the network is built."""
        if not self._options:
            self.look(options, is_built=False)
            self._once_options = options

    def _check_once(self, options: Sequence[str]) -> None:
        """Results of en.once() have come from the checkpoint that other options found, or from none."""
        if not self._once_options or self.n_runs > 0:
            return
        for key in ("dir", "resume"):
            looked, found = (_value_of(key, of) for of in (self._once_options, options))
            if looked != found:
                raise Error(ORDER, f"en.once() has looked for a checkpoint with {key}={looked}, and this run has {key}={found}: "
                                   f"name the same in en.once(function, {key}=...), or call en.every() before it")  # fmt: skip

    @property
    def step(self) -> int:
        """Where the script is."""
        return self._module.now()

    @property
    def is_ahead(self) -> bool:
        """Is there nothing to do until the script gets to the checkpoint?"""
        return not self._has_begun and self._ahead is not None

    @property
    def is_passing(self) -> bool:
        """Has the script skipped a run, and not reached the checkpoint yet? Then NEST's state is not what it was there."""
        return self.is_ahead and self.n_runs > 0

    def times(self) -> tuple[str, str]:
        """Where the script is, and the checkpoint that it has not reached."""
        return self._ms(self._target), self._ms(self._ahead or 0)

    def _ms(self, steps: int) -> str:
        return f"{steps * self._resolution:g} ms"

    def check_reached(self) -> None:
        """Raises Error if runs were skipped for a checkpoint that the script has not reached. Call it at their end."""
        if self.is_passing and not self.is_at_end:
            end, ahead = self.times()
            raise Error(ORDER, f"the script ends at {end}, before its newest checkpoint, which is of {ahead}: its runs "
                               "were passed over, but nothing was restored, so that its network was never simulated. "
                               f"If another job is simulating in the same folder, {self._folder()}, wait for it or use another "
                               f"`dir`; else simulate at least until {ahead} as the script did that has saved it, or say "
                               "resume=\"never\" to start afresh")  # fmt: skip

    def run(
        self, steps: int, options: Sequence[str], inside_prepare: bool = False, progress: bool | None = None
    ) -> bool:
        """Simulate so many steps, or as many of them as are left. Returns whether the run was stopped."""
        now = self._module.now()
        self._resolution = nest.resolution
        self._was_set_back |= now < self._seen
        target = self._target + now - self._seen + steps  # the script may have called nest.Simulate() in between
        if self.look(options) and self._must_pass_over(target):
            self.is_passed_over = self._has_record or self._begin(-1)
        else:
            self.is_passed_over = self._begin(target, inside_prepare)
        self._target, self._seen = target, now
        if self.is_passed_over:
            self._pass_over()
            return False
        return self._simulate(target - steps, inside_prepare, progress)

    def save_end(self) -> None:
        """Save the network's end, if the last run has come to its end. Call it when the script has made all runs."""
        if not self._end_is_due:
            return
        self._end_is_due = False
        self.reads.hand_over()
        is_changed = self.is_changed or self._module.now() != self._seen
        end = NetworkEnd(self.n_runs, self._target, is_changed, self._was_set_back)
        try:
            self._module.save_end(self._options, end.to_text())
        except Error as failure:
            warnings.warn(f"the end of the network was not saved, so that its last part is simulated again when the script "
                          f"is started again: {failure}", RuntimeWarning, stacklevel=2)  # fmt: skip

    def _must_pass_over(self, target: int) -> bool:
        """Does the next run, up to this step, end before the checkpoint?"""
        if self._end is None:
            return self._ahead is not None and self._ahead > target
        if self._end.passes_over(self.n_runs, target):
            return True
        if self._end.is_changed and not self.is_at_end:
            raise Error(ORDER, f"this run ends at {self._ms(target)}, and in the saved run the script changed its "
                               f"network at {self._ms(self._end.step)}, after the last of {self._end.n_runs} runs: "
                               "the checkpoint includes these changes; make the same runs as that script did, or resume from an "
                               f"earlier checkpoint in {self._folder()} (resume=\"<path>\"), or use another `dir`, or "
                               "resume=\"never\" to start afresh")  # fmt: skip
        return False

    def _pass_over(self) -> None:
        self._module.pass_over(self._options, self._target)
        self._seen = self._target
        self.n_runs += 1
        self.is_changed = False
        self.own.begin(nest.network_size)
        if self._end is None or not self._end.is_at(self.n_runs, self._target):
            return
        self.is_at_end = True
        if self._end.is_changed:
            if self._module.rank() == 0:
                _tell(f"passed over all runs of this network, {self.n_runs} until {self.times()[0]}, which an earlier process has "
                      f"completed; see {self._folder()}")  # fmt: skip
        elif not self._begin(self._target, is_at_end=True):
            self._module.finish()
            self._has_begun = True
            self._target = self._seen = self._module.now()

    def _simulate(self, start: int, inside_prepare: bool, progress: bool | None) -> bool:
        self._has_begun = True
        self.is_at_end = self._end_is_due = False
        self.is_running = True
        is_stopped = True
        self.reads.begin_run()
        self.reads.hand_over()
        try:
            with self._progress(start) if is_wanted(progress) and self._module.rank() == 0 else contextlib.nullcontext():
                is_stopped = self._module.run(self._target, inside_prepare)
        finally:
            self.is_running = self.is_changed = False
            self.n_runs += 1
            self._target = self._seen = self._module.now()
            self._finish(is_stopped)
        self._end_is_due = not is_stopped
        return is_stopped

    def _progress(self, start: int) -> Progress:
        folder = os.environ.get("TORPOR_DIR") or self._folder()
        return Progress(self._module.now, start, self._target, self._resolution, folder)

    def _finish(self, is_stopped: bool) -> None:
        """End the session. A checkpoint that failed fails the run only if the run was stopped, to be resumed later."""
        try:
            self._module.finish()
        except Error as failure:
            if is_stopped:
                raise
            warnings.warn(f"a checkpoint failed: {failure}", RuntimeWarning, stacklevel=2)
        except KeyboardInterrupt as interrupt:
            if interrupt.args:  # a handler of the script's own
                raise
            raise KeyboardInterrupt(self._stopped()) from None

    def _stopped(self) -> str:
        at = self._ms(self._target)
        saved = Path(os.environ.get("TORPOR_DIR") or self._folder(), f"ckpt-{self._target:016}.msgpack")
        if not saved.exists():
            return f"the run was stopped at {at}"
        return f"the run was stopped at {at} and saved as {saved}; the same script, started again, goes on from there"

    def _begin(self, until: int, inside_prepare: bool = False, is_at_end: bool = False) -> bool:
        """Start a session, unless the checkpoint is still ahead. Returns whether it is."""
        expected = self._ahead if self.is_ahead else None
        try:
            resumed, ahead = self._module.begin(
                self._options, not self._has_begun, until, inside_prepare, is_at_end
            )
        except Error as refusal:
            if refusal.status != MISMATCH:
                raise
            advice = "use another `dir`, or resume=\"never\" to start afresh"
            if self.is_passing:
                advice = ("earlier runs of this script were skipped: what it creates and connects after them must not "
                          "depend on their results, such as spikes; or " + advice)  # fmt: skip
            raise Error(MISMATCH, f"{refusal}; {advice}") from None
        found = self._module.now() if resumed else ahead
        if found != expected:
            self._module.finish()
            raise self._gone(found)
        self._has_record = True
        return ahead is not None

    def _gone(self, found: int | None) -> Error:
        return Error(NOT_FOUND, f"the newest checkpoint in {self._folder()} was at step {self._ahead}, and is now at {found}: it "
                                "is gone, or damaged, or another process writes there; start the script again")  # fmt: skip

    def _folder(self) -> str:
        return _value_of("dir", self._options) or ""


def _value_of(key: str, options: Sequence[str]) -> str | None:
    return next((option[len(key) + 1 :] for option in options if option.startswith(f"{key}=")), None)


def _tell(text: str) -> None:
    """A message of NEST that is seen at every verbosity below errors."""
    nestkernel_api.llapi_message(nest.VerbosityLevel.WARNING, "torpor", text, __file__, 0)


class Run(Protocol):
    """Simulate so many ms."""

    def __call__(self, t_ms: float, inside_prepare: bool) -> None: ...


class Armed:
    """Puts checkpoints into nest.Simulate, nest.Prepare, nest.Run and nest.Cleanup by replacing what they call."""

    NAMES = ("llapi_simulate", "llapi_prepare", "llapi_run", "llapi_cleanup")

    def __init__(self, run: Run, runs: Runs) -> None:
        self._run, self._runs = run, runs
        self._original: dict[str, Any] = {name: getattr(nestkernel_api, name) for name in self.NAMES}
        self._is_prepared = False
        for name in self.NAMES:
            setattr(nestkernel_api, name, getattr(self, name[6:]))

    def disarm(self) -> None:
        for name, function in self._original.items():
            setattr(nestkernel_api, name, function)

    def simulate(self, t_ms: float) -> None:
        self._run(t_ms, inside_prepare=False)

    def prepare(self) -> None:
        if self._runs.is_ahead:
            return  # files of recordings must stay as they are until the restore, which prepares NEST
        self._original["llapi_prepare"]()
        self._is_prepared = True

    def run(self, t_ms: float) -> None:
        self._run(t_ms, inside_prepare=True)
        self._is_prepared = not self._runs.is_passed_over

    def cleanup(self) -> None:
        if self._is_prepared:
            self._is_prepared = False
            self._original["llapi_cleanup"]()
