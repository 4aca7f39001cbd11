"""The functions of the library that NEURON has loaded, called through ctypes."""

import ctypes
import os
import re
from pathlib import Path

INVALID, VERSION, NOT_FOUND = 1, 3, 4  # see torpor/error.h


class Error(RuntimeError):
    """An error that Torpor reports. `status` is its number (see torpor/error.h); the text says what to do next."""

    __module__ = "torpor_neuron"  # where users find it

    def __init__(self, status, text):
        super().__init__(text)
        self.status = status


class _Report(ctypes.Structure):
    _fields_ = [("struct_size", ctypes.c_uint32), ("status", ctypes.c_int32), ("message", ctypes.c_char * 1016)]


def find_library():
    """The library's file: TORPOR_NEURON_LIBRARY, beside this package, or in the library folder of a build or prefix."""
    package = Path(__file__).resolve().parent
    named = os.environ.get("TORPOR_NEURON_LIBRARY")
    places = [Path(named)] if named else [package / "torporneuron.so"]
    if not named:
        for root in (package.parents[1], package.parents[3] if len(package.parents) > 3 else package):
            places += [root / "lib" / "torpor" / "torporneuron.so", root / "torpor" / "torporneuron.so"]
    for place in places:
        if place.exists():
            return place.resolve()
    raise Error(NOT_FOUND, "torporneuron.so was not found; searched " + ", ".join(map(str, places)))


_OPTION = re.compile(r"\b(checkpoints|compress|fingerprint|incremental|mismatch|mode|origin|reads|resume)=([\w<>]+)")


def _as_typed(text):
    """Options in a message as they are written in Python: ``origin="warn"``."""
    return _OPTION.sub(r'\1="\2"', text)


class Library:
    """Calls into the library; a status that is not 0 becomes an Error. NEURON needs the GIL, so calls keep it."""

    def __init__(self, path):
        try:
            self._c = ctypes.PyDLL(str(path))
        except OSError as reason:
            raise Error(VERSION, f"{reason}; install the NEURON that this package was built for") from None
        self._c.torpor_neuron_version.restype = ctypes.c_char_p
        self._c.torpor_neuron_raise_on_stop.restype = None
        self._c.torpor_neuron_fail_at_exit.restype = None
        self._c.torpor_neuron_leave_others.restype = None
        self._c.torpor_neuron_keep_once.restype = None
        self.version = self._c.torpor_neuron_version().decode()

    def _call(self, function, *arguments):
        report = _Report(struct_size=ctypes.sizeof(_Report))
        status = function(*arguments, ctypes.byref(report))
        if status:
            raise Error(status, _as_typed(report.message.decode("utf-8", "replace")))

    def check(self):
        """Raises Error if the running NEURON is not the one that the library was built for."""
        self._call(self._c.torpor_neuron_check)

    def save(self, folder, path):
        self._call(self._c.torpor_neuron_save, os.fsencode(folder), os.fsencode(path))

    def restore(self, folder, path):
        self._call(self._c.torpor_neuron_restore, os.fsencode(folder), os.fsencode(path))

    def arm(self, folder, options):
        """Take checkpoints in the runs to come."""
        texts = (ctypes.c_char_p * len(options))(*(os.fsencode(option) for option in options))
        self._call(self._c.torpor_neuron_arm, os.fsencode(folder), texts, ctypes.c_uint64(len(options)))

    def finish(self):
        self._call(self._c.torpor_neuron_finish)

    def is_passing(self):
        """Have runs been passed over with reads="once", for a checkpoint that the script has not reached yet?"""
        return bool(self._c.torpor_neuron_is_passing())

    def find_once(self):
        """The text that keep_once() got at this place of the script in an earlier process; None: there was none."""
        text = ctypes.c_char_p()
        self._call(self._c.torpor_neuron_find_once, ctypes.byref(text))
        return None if text.value is None else text.value.decode()

    def keep_once(self, text):
        self._c.torpor_neuron_keep_once(text.encode())

    def raise_on_stop(self, exception):
        """Raise this in the script when the end of the time budget has stopped its run."""
        self._stop = exception
        self._c.torpor_neuron_raise_on_stop(ctypes.py_object(type(exception)), ctypes.py_object(exception))

    def leave_others(self):
        """This process ends by itself, and waits for no other rank any more."""
        self._c.torpor_neuron_leave_others()

    def fail_at_exit(self):
        """Let the process end with status 1 instead of 0. Call it when the process ends; exit handlers still run."""
        self._c.torpor_neuron_fail_at_exit()
