# SPDX-License-Identifier: GPL-2.0-or-later
"""Shows how far a run is: on a terminal, and in Jupyter.

A thread looks at NEST's time now and then, while NEST simulates without it: nothing is called in a slice.
"""

import collections
import sys
import threading
import time
from collections.abc import Callable
from typing import Self, TextIO

from ._folders import newest_step

FIRST_SECONDS = 0.5  # shorter runs show nothing
SECONDS = 0.5  # between two looks
LINE_SECONDS = 10.0  # between two lines where a line cannot be written again
N_LOOKS = 60  # that the speed is taken from


def is_wanted(asked: bool | None) -> bool:
    """`asked`: what the user says; None: on a terminal and in Jupyter only."""
    return (_is_terminal(sys.stderr) or _is_notebook()) if asked is None else bool(asked)


def _is_terminal(stream: TextIO | None) -> bool:
    return stream is not None and not stream.closed and stream.isatty()


def _is_notebook() -> bool:
    return "ipykernel" in sys.modules


class Progress:
    """A context: the progress of one run, from `start` to `end` in steps; `now()` is the current one."""

    def __init__(self, now: Callable[[], int], start: int, end: int, resolution: float, folder: str) -> None:
        self._now, self._start, self._end, self._resolution, self._folder = now, start, end, resolution, folder
        self._looks = collections.deque([(time.monotonic(), now())], maxlen=N_LOOKS)
        self._begun = time.monotonic()
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._show, name="torpor_nest progress", daemon=True)
        # In Jupyter, what is written to stderr looks like an error.
        self._stream = sys.stdout if _is_notebook() else sys.stderr
        self._is_terminal = _is_terminal(self._stream)
        self._can_rewrite = self._is_terminal or _is_notebook()
        self._is_shown = False

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *exception: object) -> None:
        self._done.set()
        self._thread.join()
        if self._is_shown:
            self._write(self._text(), is_last=True)

    def _show(self) -> None:
        seconds = FIRST_SECONDS
        while not self._done.wait(seconds):
            self._write(self._text(), is_last=False)
            self._is_shown = True
            seconds = SECONDS if self._can_rewrite else LINE_SECONDS

    def _text(self) -> str:
        now = self._now()
        self._looks.append((time.monotonic(), now))
        ms, end_ms = now * self._resolution, self._end * self._resolution
        percent = 100 * (now - self._start) // max(self._end - self._start, 1)
        parts = [f"torpor: {ms:.10g} of {end_ms:.10g} ms ({percent} %)"]
        if now < self._end:
            parts.append(self._left(now))
        else:
            parts.append(f"{_clock(time.monotonic() - self._begun)} taken")
        saved = newest_step(self._folder)
        parts.append("no checkpoint yet" if saved is None else f"last checkpoint at {saved * self._resolution:.10g} ms")
        return ", ".join(parts)

    def _left(self, now: int) -> str:
        (begun, first), (last, _) = self._looks[0], self._looks[-1]
        if now <= first:
            return "time left not known yet"
        return f"{_clock((self._end - now) * (last - begun) / (now - first))} left"

    def _write(self, text: str, is_last: bool) -> None:
        line = f"\r\033[K{text}" if self._is_terminal else f"\r{text:<100}" if self._can_rewrite else text
        ends = is_last or not self._can_rewrite
        try:
            self._stream.write(line + "\n" * ends)
            self._stream.flush()
        except (AttributeError, OSError, ValueError):  # the terminal is gone: the run goes on
            self._done.set()


def _clock(seconds: float) -> str:
    minutes, left = divmod(round(seconds), 60)
    return f"{minutes // 60}:{minutes % 60:02}:{left:02}"
