# SPDX-License-Identifier: GPL-2.0-or-later
"""What a script has read from NEST between its runs, and has computed in en.once().

A script that is started again reads it again while its earlier runs are passed over. NEST has not been simulated then: the
values are those that the earlier process has read at this place. They are kept in the checkpoint, in the order of the reads.
"""

import json
import warnings
from collections.abc import Callable
from typing import Any, Protocol

from . import _values
from ._library import Error, Library

INVALID, ORDER = 1, 15  # see torpor/error.h
ONCE = "en.once()"


class Position(Protocol):
    """Where the script is among its runs; see Runs."""

    n_runs: int
    is_running: bool
    is_at_end: bool

    @property
    def step(self) -> int: ...
    @property
    def is_ahead(self) -> bool: ...
    @property
    def is_passing(self) -> bool: ...
    def times(self) -> tuple[str, str]: ...


class Reads:
    """The reads of one network, in order."""

    def __init__(self, module: Library, runs: Position, most_bytes: int) -> None:
        self._module, self._runs, self._most_bytes = module, runs, most_bytes
        self._n_bytes = 0
        self._lines: list[bytes] = []  # that the module has not got yet
        self._saved: list[bytes] = []  # lines that an earlier process has recorded
        self._next = 0
        self._is_in_once = False
        self._unkept: str | None = None  # a read since the last run that checkpoints do not have
        self._has_warned = False

    def read(self, key: str, read: Callable[[], Any], is_own: Callable[[], bool] = lambda: False) -> Any:
        """`read()`, or what it returned in the earlier process. `is_own()`: has the script itself set this, since the last
        run?"""
        runs = self._runs
        if runs.n_runs == 0 or runs.is_running or self._is_in_once:
            return read()
        if runs.is_passing:
            is_kept = self._find() == (runs.step, key)
            return read() if not is_kept and is_own() else self._replay(key, read)
        value = read()
        self._record(key, value)
        return value

    def expect(self, saved: bytes) -> None:
        """The script goes on to a checkpoint that has these lines."""
        lines = saved.splitlines(keepends=True)
        if lines[: self._next] != self._saved[: self._next]:
            self._next = 0
        self._saved = lines

    @property
    def is_passing(self) -> bool:
        return self._runs.is_passing

    def once(self, function: Callable[[], Any]) -> Any:
        """See torpor_nest.once()."""
        if self._runs.is_ahead or (self._runs.is_at_end and self._go_to(ONCE)):
            return self._replay(ONCE)
        self._is_in_once = True
        try:
            text = _values.to_text(function())
        except _values.NotKept as kind:
            raise Error(INVALID, f"en.once() keeps numbers, texts, lists, dicts and numpy arrays, found {kind}") from None
        finally:
            self._is_in_once = False
        self._append(self._line(ONCE, text))
        return _values.from_text(text)

    def refuse(self, what: str) -> None:
        """Raise Error while runs are passed over: this is not recorded."""
        if self._runs.is_passing:
            raise self._error(what, "which is not recorded")
        if self._runs.n_runs and not self._runs.is_running and not self._is_in_once:
            self._unkept = self._unkept or f"{what}, which is not recorded"

    def begin_run(self) -> None:
        """Say once, while there is time, that a script that is started again will not get what it has read."""
        if self._unkept and not self._has_warned:
            self._has_warned = True
            warnings.warn(f"the script has read {self._unkept}: checkpoints from now on do not have it, and a script that is "
                          "started again stops there with an error; let a function read it and return what the script "
                          "needs, and call en.once(function) instead", RuntimeWarning, stacklevel=2)  # fmt: skip
        self._unkept = None

    def _line(self, key: str, text: str) -> bytes:
        return f"[{self._runs.n_runs},{self._runs.step},{json.dumps(key)},{text}]\n".encode()

    def _append(self, line: bytes) -> None:
        self._lines.append(line)

    def hand_over(self) -> None:
        """A checkpoint may follow. Not sooner: NEST starts its modules again when the number of threads is set."""
        self._module.append_reads(b"".join(self._lines))
        self._lines.clear()

    def _record(self, key: str, value: object) -> None:
        lost = None
        try:
            line = self._line(key, f"{{\"kept\":{_values.to_text(value)}}}")
            if self._n_bytes + len(line) > self._most_bytes:
                lost = f"the reads of this script take more than {self._most_bytes} bytes"
        except _values.NotKept as kind:
            lost = f"values of type {kind} are not kept"
        if lost is not None:
            line = self._line(key, json.dumps({"lost": lost}))
            self._unkept = self._unkept or f"{key}, but {lost}"
        self._n_bytes += len(line)
        self._append(line)

    def _replay(self, key: str, read: Callable[[], Any] | None = None) -> Any:
        """What the earlier process has read at this place."""
        found = self._find()
        if found is None or found != (self._runs.step, key):
            if read is not None:
                read()  # raises NEST's own error if there is nothing of that name
            if found is None:
                raise self._error(key, "where it read nothing more then")
            there = f"read {found[1]}" if found[0] == self._runs.step else "was at another time"
            raise self._error(key, f"where it {there} then")
        line = self._saved[self._next]
        self._next += 1
        self._append(line)
        self._n_bytes += len(line)
        content = json.loads(line)[3]
        if key == ONCE:
            return _values.decode(content)
        if "lost" in content:
            raise self._error(key, f"but {content['lost']}")
        return _values.decode(content["kept"])

    def _go_to(self, key: str) -> bool:
        """Skip reads of this place that come before the next one of `key`. Returns whether there is one."""
        for place in range(self._next, len(self._saved)):
            n_runs, step, found, _ = json.loads(self._saved[place])
            if (n_runs, step, found) == (self._runs.n_runs, self._runs.step, key):
                self._next = place
                return True
        return False

    def _find(self) -> tuple[int, str] | None:
        """Step and key of the next line, if it belongs to this place, between the runs; earlier ones may be read no more."""
        while self._next < len(self._saved):
            n_runs, step, key, _ = json.loads(self._saved[self._next])
            if n_runs >= self._runs.n_runs:
                return (step, key) if n_runs == self._runs.n_runs else None
            self._next += 1
        return None

    def _error(self, key: str, reason: str) -> Error:
        if self._runs.is_at_end:
            return Error(ORDER, f"the script reads {key} after run {self._runs.n_runs}, its last, which an earlier process has "
                                f"simulated, {reason}: the end of the network was saved before this read, by en.finish() or "
                                "nest.ResetKernel(), and is not restored, for the script changed the network after that "
                                "run; reads are kept only until then: call en.finish() after the last read, and use "
                                "another `dir`, or resume=\"never\" to start afresh")  # fmt: skip
        at, ahead = self._runs.times()
        return Error(ORDER, f"the script reads {key} after run {self._runs.n_runs}, which an earlier process has simulated, "
                            f"{reason}: NEST does not have its value at {at}, for runs are passed over until the "
                            f"newest checkpoint, of {ahead}; simulate until there as the script did that has saved it, "
                            "for one that ends sooner cannot be resumed; or "
                            "let a function read it and return what the script needs, and call en.once(function) "
                            "instead, which keeps the result in the checkpoint; "
                            "or use another `dir`, or resume=\"never\" to start afresh")  # fmt: skip
