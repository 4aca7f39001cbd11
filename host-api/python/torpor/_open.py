"""Reading parts of a checkpoint: a mapping whose arrays stay in the file."""

from __future__ import annotations

import mmap
import os
from collections.abc import Iterator, Mapping
from types import TracebackType
from typing import Any

import numpy as np

from . import _core, _walk  # noqa: F401  (_walk configures _core)
from ._containers import keys_of
from ._errors import CoreError, invalid_checkpoint
from ._leaf import leaf_of_file
from ._msg_checkpoint import explain_refusal, msgpack_load


class _Unmapped:
    """A file whose bytes are compressed or in other files: read, not mapped."""

    def __init__(self, file: Any) -> None:
        self.file = file

    def read(self, number: int) -> bytes:
        try:
            return _core.read(self.file, number)
        except CoreError as error:
            raise invalid_checkpoint(error.message) from error


class _InFile:
    """An array that is still in the file."""

    __slots__ = ('dtype', 'shape', 'where')

    def __init__(self, dtype: np.dtype[Any], shape: tuple[int, ...], where: Any) -> None:
        self.dtype, self.shape, self.where = dtype, shape, where

    def read(self, memory: mmap.mmap | _Unmapped | bytes) -> np.ndarray[Any, Any]:
        if isinstance(memory, _Unmapped):
            return np.frombuffer(memory.read(self.where), self.dtype).reshape(self.shape)
        pieces = [
            np.frombuffer(memory, self.dtype, length // self.dtype.itemsize, place)
            for place, length in self.where
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
        if key in self._items:
            return self._opened._present(self._items[key])
        if not isinstance(key, str):
            raise KeyError(f'expected a text, found {key!r}')
        found: Any = self
        for part in key.split('/'):
            if not isinstance(found, Branch):
                raise KeyError(f'{key}: there is no {part!r}; what comes before it has no keys')
            name = part.replace('~1', '/').replace('~2', '\0').replace('~0', '~')
            if name not in found._items:
                raise KeyError(f'{key}: there is no {part!r}{keys_of(found._items)}')
            found = self._opened._present(found._items[name])
        return found

    def __iter__(self) -> Iterator[str]:
        return iter(self._items)

    def __len__(self) -> int:
        return len(self._items)

    def __repr__(self) -> str:
        return f'<torpor {type(self).__name__} with {list(self)[:8]}>'


class Checkpoint(Branch):
    """A file opened by `torpor.open`: its root map. A context manager."""

    def __init__(
        self, path: str, items: dict[str, Any], memory: mmap.mmap | _Unmapped | bytes
    ) -> None:
        super().__init__(self, items)
        self.path = path
        self._memory: mmap.mmap | _Unmapped | bytes | None = memory

    def _present(self, value: Any) -> Any:
        if self._memory is None:
            raise ValueError(f'{self.path} is closed')
        if isinstance(value, dict):
            return Branch(self, value)
        if isinstance(value, _InFile):
            return leaf_of_file(value.read(self._memory), None)
        if isinstance(value, _QuantityInFile):
            mantissa = value.mantissa
            if isinstance(mantissa, _InFile):
                mantissa = mantissa.read(self._memory)
            return leaf_of_file(mantissa, value.unit)
        if isinstance(value, np.ndarray):
            return leaf_of_file(value, None)
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
        A file of torpor or braintools whose root is a map; the manifest of a
        checkpoint of several ranks is all of the checkpoint.

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
    file = None
    try:
        file = _core.open(os.fsencode(name))
        items = _core.outline(file, _InFile, _QuantityInFile)
    except CoreError as error:
        items = explain_refusal(error, name)
    if not isinstance(items, dict):
        kind = 'an array' if isinstance(items, (_InFile, np.ndarray)) else type(items).__name__
        raise invalid_checkpoint(f'{name}: its root is {kind}, not a map; use msgpack_load')
    if file is None:  # what braintools makes of a file that is refused: all of it
        return Checkpoint(name, items, b'')
    if not _core.is_plain(file):
        return Checkpoint(name, items, _Unmapped(file))
    return Checkpoint(name, items, mmap.mmap(_core.file_number(file), 0, access=mmap.ACCESS_READ))
