"""Where a restore is: the path for messages, and what to undo if it fails."""

from __future__ import annotations

import threading
from typing import Any


class Context(threading.local):
    """One per thread. `path` is empty outside of a restore."""

    def __init__(self) -> None:
        self.path: list[str] = []
        self.strict = False
        # Lists of records (numbers, or empty in the template) take the file's length.
        self.lists_grow = False
        # States that were given a new value, with their old one.
        self.journal: list[tuple[Any, Any]] = []
        # Units are few: what to do with a quantity of this unit in that
        # template is found out once per restore.
        self.unit_plans: dict[Any, Any] = {}

    def begin(self) -> None:
        self.journal.clear()
        self.unit_plans.clear()

    def roll_back(self) -> None:
        """A failed restore leaves what it was given as it was."""
        while self.journal:
            state, value = self.journal.pop()
            state.value = value


context = Context()


def current_path() -> str:
    """The path of the value being restored, as braintools writes it."""
    return '/'.join(context.path)
