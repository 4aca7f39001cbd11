# SPDX-License-Identifier: GPL-2.0-or-later
"""The functions of the module that NEST has loaded, called through ctypes. All of them release the GIL."""

import ctypes
import os
from pathlib import Path

VERSION = 3  # see torpor/error.h


class Error(RuntimeError):
    """An error that Torpor reports. `status` is its number (see torpor/error.h); the text says what to do next."""

    def __init__(self, status, text):
        super().__init__(text)
        self.status = status


class _Report(ctypes.Structure):
    _fields_ = [("struct_size", ctypes.c_uint32), ("status", ctypes.c_int32), ("message", ctypes.c_char * 1016)]


def find_module():
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


def has_interrupts(option):
    """Does this option "signals=..." name SIGINT?"""
    key, _, names = option.partition("=")
    return key == "signals" and any(name.strip().upper().removeprefix("SIG") == "INT" for name in names.split(","))


class Library:
    """Calls into the module; a status that is not 0 becomes an Error."""

    def __init__(self, path):
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
        self._c.torpor_nest_saved_reads.restype = ctypes.c_void_p
        self._c.torpor_nest_version.restype = ctypes.c_char_p
        self._c.torpor_nest_loaded_build.restype = ctypes.c_char_p
        self.built_for = self._c.torpor_nest_built_for().decode()
        self.version = self._c.torpor_nest_version().decode()

    def _call(self, function, *arguments):
        report = _Report(struct_size=ctypes.sizeof(_Report))
        status = function(*arguments, ctypes.byref(report))
        if status:
            raise Error(status, report.message.decode("utf-8", "replace"))

    def check_build(self):
        """Raises Error if the NEST that is loaded is not the build that the module was built against."""
        self._call(self._c.torpor_nest_check_build)

    def loaded_build(self):
        """Which build of NEST is loaded, by its build-id."""
        return self._c.torpor_nest_loaded_build().decode()

    def check(self):
        self._call(self._c.torpor_nest_check)

    def save(self, folder, path):
        self._call(self._c.torpor_nest_save, os.fsencode(folder), os.fsencode(path))

    def restore(self, folder, path):
        self._call(self._c.torpor_nest_restore, os.fsencode(folder), os.fsencode(path))

    def set_most_targets(self, n):
        """Save the targets of synapse models that have up to `n` synapses."""
        self._c.torpor_nest_set_most_targets(ctypes.c_uint64(n))

    def leave_out(self, text):
        """Tests only: restore without the columns whose path contains `text`."""
        self._c.torpor_nest_leave_out(os.fsencode(text))

    def begin(self, options, resumes, until_step, inside_prepare):
        """Start a session for a run up to `until_step`.

        Returns whether the run was resumed, and the step of the checkpoint if it belongs to a later run (then there is
        no session), else None."""
        texts = (ctypes.c_char_p * len(options))(*(os.fsencode(option) for option in options))
        resumed, ahead = ctypes.c_int32(), ctypes.c_int64()
        self._call(
            self._c.torpor_nest_begin, texts, ctypes.c_uint64(len(options)), int(resumes), ctypes.c_int64(until_step),
            int(inside_prepare), int(any(has_interrupts(option) for option in options)), ctypes.byref(resumed), ctypes.byref(ahead)
        )
        return bool(resumed.value), ahead.value if ahead.value >= 0 else None

    def pass_over(self, end_step):
        """Skip the run up to `end_step`: set time and generators as they were after it in an earlier process."""
        self._call(self._c.torpor_nest_pass_over, ctypes.c_int64(end_step))

    def pass_over_restore(self):
        self._call(self._c.torpor_nest_pass_over_restore)

    def append_reads(self, line):
        """What the script has read between its runs, as each later checkpoint contains it."""
        self._c.torpor_nest_append_reads(line, ctypes.c_uint64(len(line)))

    def saved_reads(self):
        """What it had read in an earlier process, of the checkpoint that begin() has found."""
        length = ctypes.c_uint64()
        return ctypes.string_at(self._c.torpor_nest_saved_reads(ctypes.byref(length)), length.value)

    def now(self):
        """Simulated time, in steps."""
        return self._c.torpor_nest_now()

    def run(self, until_step, inside_prepare):
        """Simulate. Returns whether a signal or the end of the time budget has stopped the run."""
        stopped = ctypes.c_int32()
        self._call(
            self._c.torpor_nest_run, ctypes.c_int64(until_step), int(inside_prepare), ctypes.byref(stopped)
        )
        return bool(stopped.value)

    def fail_at_exit(self):
        """Let the process end with status 1 instead of 0. Call it when the process ends; exit handlers still run."""
        self._c.torpor_nest_fail_at_exit()

    def finish(self):
        self._call(self._c.torpor_nest_finish)
