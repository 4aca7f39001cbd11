# SPDX-License-Identifier: GPL-2.0-or-later
"""What a script has itself set while its runs are passed over: NEST has these values, whatever the runs have left.

They count from one run to the next, since a run may change them. Nodes that the script creates between two runs count too,
with all their values.
"""

from collections.abc import Collection, Sequence
from typing import Any

import numpy

Object = int | tuple[int, ...]
PLAIN = (bool, int, float, str, numpy.generic)


class Own:
    """Objects are nodes, by their numbers, or synapses, as tuples."""

    def __init__(self) -> None:
        self._objects: dict[str, set[Object]] = {}  # name of a value -> objects for which it was set
        self._n_nodes = 0  # that were there when the last run was passed over

    def begin(self, n_nodes: int) -> None:
        """A run was passed over."""
        self._objects.clear()
        self._n_nodes = n_nodes

    def note(self, objects: Sequence[Object], params: dict[str, Any] | Sequence[dict[str, Any]]) -> None:
        """Values were set: one dict for all objects, or one for each."""
        params = [params] if isinstance(params, dict) else params
        if len(params) == 1:
            params = list(params) * len(objects)
        for one, values in zip(objects, params, strict=True):
            for key, value in values.items():
                known = self._objects.setdefault(key, set())
                (known.add if _is_plain(value) else known.discard)(one)

    def has(self, objects: Sequence[Object], keys: Collection[str] | None) -> bool:
        """Has NEST these values? `keys` None: all values of the objects."""
        if all(isinstance(one, int) and one > self._n_nodes for one in objects):
            return True
        return keys is not None and all(self._objects.get(key, set()).issuperset(objects) for key in keys)


def _is_plain(value: object) -> bool:
    """Not a dict, which may be a part of what NEST shows under that name, and nothing random."""
    if isinstance(value, PLAIN):
        return True
    if isinstance(value, numpy.ndarray):
        return not bool(value.dtype.hasobject)
    return isinstance(value, (list, tuple)) and all(map(_is_plain, value))
