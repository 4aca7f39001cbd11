# SPDX-License-Identifier: GPL-2.0-or-later
"""The functions of the module that NEST has loaded, called through ctypes. All of them release the GIL."""

import ctypes
import os
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from nest import nestkernel_api

UNSUPPORTED = 2  # see torpor/error.h
VERSION = 3


class Error(RuntimeError):
    """An error that Torpor reports. `status` is its number (see torpor/error.h); the text says what to do next."""

    __module__ = "torpor_nest"  # where users find it

    def __init__(self, status: int, text: str) -> None:
        super().__init__(text)
        self.status = status


class _Report(ctypes.Structure):
    _fields_ = [("struct_size", ctypes.c_uint32), ("status", ctypes.c_int32), ("message", ctypes.c_char * 1016)]


def find_module() -> Path:
    """The module's file: TORPOR_NEST_MODULE, beside this package, or in the library folder of a build or prefix."""
    package = Path(__file__).resolve().parent
    named = os.environ.get("TORPOR_NEST_MODULE")
    places = [Path(named)] if named else [package / "torpormodule.so"]
    if not named:
        for root in (package.parents[1], package.parents[3] if len(package.parents) > 3 else package):
            places += [root / "lib" / "torpor" / "torpormodule.so", root / "torpor" / "torpormodule.so"]
    for place in places:
        if place.exists():
            return place.resolve()
    raise Error(4, "torpormodule.so was not found; searched " + ", ".join(map(str, places)))


def has_interrupts(option: str) -> bool:
    """Does this option "signals=..." name SIGINT?"""
    key, _, names = option.partition("=")
    return key == "signals" and any(name.strip().upper().removeprefix("SIG") == "INT" for name in names.split(","))


def _texts(options: Sequence[str]) -> ctypes.Array[ctypes.c_char_p]:
    return (ctypes.c_char_p * len(options))(*(os.fsencode(option) for option in options))


_OPTION = re.compile(r"\b(checkpoints|compress|fingerprint|incremental|mismatch|mode|origin|resume)=([\w<>]+)")


def _as_typed(text: str) -> str:
    """Options in a message as they are written in Python: ``origin="warn"``."""
    return _OPTION.sub(r'\1="\2"', text)


class Library:
    """Calls into the module; a status that is not 0 becomes an Error."""

    def __init__(self, path: Path) -> None:
        try:
            self._c = ctypes.CDLL(str(path))
        except OSError as reason:
            raise Error(VERSION, f"{reason}; build the adapter again, for the NEST of this environment") from None
        self._c.torpor_nest_built_for.restype = ctypes.c_char_p
        self._c.torpor_nest_now.restype = ctypes.c_int64
        self._c.torpor_nest_fail_at_exit.restype = None
        self._c.torpor_nest_leave_out.restype = None
        self._c.torpor_nest_set_most_targets.restype = None
        self._c.torpor_nest_append_reads.restype = None
        self._c.torpor_nest_version.restype = ctypes.c_char_p
        self._c.torpor_nest_n_ranks.restype = self._c.torpor_nest_rank.restype = ctypes.c_uint32
        self._c.torpor_nest_loaded_build.restype = ctypes.c_char_p
        self.built_for: str = self._c.torpor_nest_built_for().decode()
        self.version: str = self._c.torpor_nest_version().decode()

    def _call(self, function: Any, *arguments: Any) -> None:
        report = _Report(struct_size=ctypes.sizeof(_Report))
        status = function(*arguments, ctypes.byref(report))
        if status:
            raise Error(status, _as_typed(report.message.decode("utf-8", "replace")))

    def check_build(self) -> None:
        """Raises Error if the NEST that is loaded is not the build that the module was built against."""
        self._call(self._c.torpor_nest_check_build)

    def loaded_build(self) -> str:
        """Which build of NEST is loaded, by its build-id."""
        return str(self._c.torpor_nest_loaded_build().decode())

    def check(self) -> None:
        self._call(self._c.torpor_nest_check)

    def save(self, folder: Path, path: Path) -> None:
        self._call(self._c.torpor_nest_save, os.fsencode(folder), os.fsencode(path))

    def restore(self, folder: Path, path: Path) -> None:
        self._call(self._c.torpor_nest_restore, os.fsencode(folder), os.fsencode(path))

    def n_ranks(self) -> int:
        """The number of processes that NEST runs on, as far as this module can deal with them."""
        return int(self._c.torpor_nest_n_ranks())

    def rank(self) -> int:
        """Of this process. Rank 0 speaks for all."""
        return int(self._c.torpor_nest_rank())

    def set_most_targets(self, n: int) -> None:
        """Save the targets of synapse models that have up to `n` synapses."""
        self._c.torpor_nest_set_most_targets(ctypes.c_uint64(n))

    def leave_out(self, text: str) -> None:
        """Tests only: restore without the columns whose path contains `text`."""
        self._c.torpor_nest_leave_out(os.fsencode(text))

    def begin(
        self, options: Sequence[str], resumes: bool, until_step: int, inside_prepare: bool, is_at_end: bool
    ) -> tuple[bool, int | None]:
        """Start a session for a run up to `until_step`, or to restore the end of the network behind all runs.

        Returns whether the run was resumed, and the step of the checkpoint if it belongs to a later run (then there is
        no session), else None."""
        resumed, ahead = ctypes.c_int32(), ctypes.c_int64()
        self._call(
            self._c.torpor_nest_begin, _texts(options), ctypes.c_uint64(len(options)), int(resumes), ctypes.c_int64(until_step),
            int(inside_prepare), int(any(has_interrupts(option) for option in options)), int(is_at_end), ctypes.byref(resumed),
            ctypes.byref(ahead)
        )
        return bool(resumed.value), ahead.value if ahead.value >= 0 else None

    def pass_over(self, options: Sequence[str], end_step: int) -> None:
        """Skip the run up to `end_step`: set time and generators as they were after it in an earlier process.

        Raises Error if the script has set something else before it than in that process."""
        self._call(
            self._c.torpor_nest_pass_over, _texts(options), ctypes.c_uint64(len(options)), ctypes.c_int64(end_step)
        )

    def pass_over_restore(self) -> None:
        self._call(self._c.torpor_nest_pass_over_restore)

    def append_reads(self, line: bytes) -> None:
        """What the script has read between its runs, as each later checkpoint contains it."""
        self._c.torpor_nest_append_reads(line, ctypes.c_uint64(len(line)))

    def look(self, options: Sequence[str], is_built: bool) -> tuple[int | None, bytes, str]:
        """Look at the checkpoint that these options resume from. If the network is built, refuse what cannot be saved of it.

        Returns the checkpoint's step, None if there is none; what the script had read, as append_reads() got it; and the text
        that save_end() got, "" if it is not of a network's end."""
        step, n_reads = ctypes.c_int64(), ctypes.c_uint64()
        reads, network_end = ctypes.c_void_p(), ctypes.c_char_p()
        self._call(
            self._c.torpor_nest_look, _texts(options), ctypes.c_uint64(len(options)), int(is_built), ctypes.byref(step),
            ctypes.byref(reads), ctypes.byref(n_reads), ctypes.byref(network_end)
        )  # fmt: skip
        if step.value < 0:
            return None, b"", ""
        return step.value, ctypes.string_at(reads, n_reads.value), (network_end.value or b"").decode()

    def save_end(self, options: Sequence[str], text: str) -> None:
        """Save the network's end into the folder of these options, with a text about it."""
        self._call(self._c.torpor_nest_save_end, _texts(options), ctypes.c_uint64(len(options)), text.encode())

    def now(self) -> int:
        """Simulated time, in steps."""
        return int(self._c.torpor_nest_now())

    def run(self, until_step: int, inside_prepare: bool) -> bool:
        """Simulate. Returns whether a signal or the end of the time budget has stopped the run.

        Where NEST itself fails, its own exception is raised, as by nest.Simulate()."""
        stopped, failure = ctypes.c_int32(), ctypes.c_char_p()
        try:
            self._call(
                self._c.torpor_nest_run, ctypes.c_int64(until_step), int(inside_prepare), ctypes.byref(stopped),
                ctypes.byref(failure)
            )  # fmt: skip
        except Error as error:
            if failure.value is None:
                raise
            raise getattr(nestkernel_api.NESTErrors, failure.value.decode())(str(error)) from None
        return bool(stopped.value)

    def fail_at_exit(self) -> None:
        """Let the process end with status 1 instead of 0. Call it when the process ends; exit handlers still run."""
        self._c.torpor_nest_fail_at_exit()

    def finish(self) -> None:
        self._call(self._c.torpor_nest_finish)
