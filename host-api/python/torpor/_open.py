"""Reading parts of a checkpoint: a mapping whose arrays stay in the file."""

from __future__ import annotations

import builtins
import mmap
import os
from collections.abc import Iterator, Mapping
from types import TracebackType
from typing import Any

import numpy as np

from . import _core, _walk  # noqa: F401  (_walk configures _core)
from ._errors import CoreError, invalid_checkpoint
from ._msg_checkpoint import explain_refusal, msgpack_load


class Leaf(np.ndarray[Any, Any]):
    """A read-only array in a file, with the unit of its numbers.

    Shape, dtype and unit are known without reading; the numbers are read from
    the disk when they are used. Results of computations are plain arrays
    without a unit.

    Attributes
    ----------
    unit : str or None
        'mV'; None for plain arrays.
    """

    unit: str | None

    def __array_finalize__(self, other: Any) -> None:
        self.unit = getattr(other, 'unit', None)

    def __array_wrap__(self, array: Any, context: Any = None, return_scalar: bool = False) -> Any:
        plain = np.asarray(array)
        return plain[()] if return_scalar or plain.ndim == 0 else plain


def _leaf(array: Any, unit: str | None) -> Leaf:
    leaf = np.asarray(array).view(Leaf)
    leaf.unit = unit
    leaf.flags.writeable = False
    return leaf


class _InFile:
    """An array that is still in the file."""

    __slots__ = ('dtype', 'shape', 'extents')

    def __init__(
        self, dtype: np.dtype[Any], shape: tuple[int, ...], extents: tuple[tuple[int, int], ...]
    ) -> None:
        self.dtype, self.shape, self.extents = dtype, shape, extents

    def read(self, memory: mmap.mmap) -> np.ndarray[Any, Any]:
        pieces = [
            np.frombuffer(memory, self.dtype, length // self.dtype.itemsize, place)
            for place, length in self.extents
        ]
        flat = pieces[0] if len(pieces) == 1 else np.concatenate(pieces)
        return flat.reshape(self.shape)


class _QuantityInFile:
    __slots__ = ('mantissa', 'unit')

    def __init__(self, mantissa: Any, unit: str, state: dict[str, Any]) -> None:
        self.mantissa, self.unit = mantissa, unit


class Branch(Mapping[str, Any]):
    """A map in an opened checkpoint.

    ``branch[key]`` gives a `Branch` for a map, a `Leaf` for an array or a
    quantity, and any other value as it is. A path with slashes works too.
    """

    def __init__(self, opened: Checkpoint, items: dict[str, Any]) -> None:
        self._opened = opened
        self._items = items

    def __getitem__(self, key: str) -> Any:
        if key in self._items or not isinstance(key, str) or '/' not in key:
            return self._opened._present(self._items[key])
        found: Any = self
        for part in key.split('/'):
            if not isinstance(found, Branch):
                raise KeyError(key)
            found = found[part.replace('~1', '/').replace('~2', '\0').replace('~0', '~')]
        return found

    def __iter__(self) -> Iterator[str]:
        return iter(self._items)

    def __len__(self) -> int:
        return len(self._items)

    def __repr__(self) -> str:
        return f'<torpor {type(self).__name__} with {list(self)[:8]}>'


class Checkpoint(Branch):
    """A file opened by `torpor.open`: its root map. A context manager."""

    def __init__(self, path: str, items: dict[str, Any], memory: mmap.mmap) -> None:
        super().__init__(self, items)
        self.path = path
        self._memory: mmap.mmap | None = memory

    def _present(self, value: Any) -> Any:
        if self._memory is None:
            raise ValueError(f'{self.path} is closed')
        if isinstance(value, dict):
            return Branch(self, value)
        if isinstance(value, _InFile):
            return _leaf(value.read(self._memory), None)
        if isinstance(value, _QuantityInFile):
            mantissa = value.mantissa
            if isinstance(mantissa, _InFile):
                mantissa = mantissa.read(self._memory)
            return _leaf(mantissa, value.unit)
        if isinstance(value, np.ndarray):
            return _leaf(value, None)
        if isinstance(value, list):
            return [self._present(item) for item in value]
        return value

    def load(self, target: Any = None, **options: Any) -> Any:
        """All of it, as `msgpack_load` gives it."""
        return msgpack_load(self.path, target, **options)

    def close(self) -> None:
        """Close the file. Arrays that were taken from it stay valid."""
        self._memory = None

    def __enter__(self) -> Checkpoint:
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc_value: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()


def _open_at_once(path: str, flags: int) -> int:
    """Without waiting for the writer of a named pipe, which is refused then."""
    return os.open(path, flags | os.O_NONBLOCK)


def open(path: str | os.PathLike[str]) -> Checkpoint:
    """Open a checkpoint and read only what is used of it.

    Small values are read at once; arrays are views on the mapped file, read
    from the disk when they are used, and unaligned where the file is. Nothing
    is verified: `torpor.verify` does that.

    A save over the file (of torpor or braintools) does not touch what is open,
    since both write another file and rename it. If another program truncates
    the file in place, the system kills the process (SIGBUS) that touches an
    array's missing part; `msgpack_load`, which reads, raises OSError instead.

    Parameters
    ----------
    path : str or os.PathLike
        A file of torpor or braintools whose root is a map.

    Returns
    -------
    Checkpoint
        A read-only mapping; see `Branch` for its values.

    Raises
    ------
    InvalidCheckpointPath
        The file is damaged, or its root is not a map.
    OSError
        The file cannot be read.
    """
    name = os.fspath(path)
    while True:
        with builtins.open(name, 'rb', opener=_open_at_once) as file:
            try:
                items = _core.outline(os.fsencode(name), _InFile, _QuantityInFile)
            except CoreError as error:
                items = explain_refusal(error, name)
            before, now = os.fstat(file.fileno()), os.stat(name)
            if not os.path.samestat(before, now):
                continue  # replaced meanwhile: the outline is of another file
            if not isinstance(items, dict):
                kind = 'an array' if isinstance(items, (_InFile, np.ndarray)) else type(items).__name__
                raise invalid_checkpoint(f'{name}: its root is {kind}, not a map; use msgpack_load')
            return Checkpoint(name, items, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ))

