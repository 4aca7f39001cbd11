"""What the compiled walk over Python objects asks of Python."""

from __future__ import annotations

import sys
from typing import Any

import numpy as np

from . import (
    _arrays,
    _compat,
    _containers,
    _core,
    _dtypes,
    _quantities,
    _registry,
    _states,
    _types,  # noqa: F401  (registers them)
)
from ._errors import CoreError
from ._packages import known

# How a type is walked; the numbers of src/hooks.h.
LEAF, DICT, FLATTED, SEQUENCE, QUANTITY, STATE = range(6)

# type -> how it is walked; None: through its registered function.
_handlers: dict[type, int | None] = {}
_registry.caches.append(_handlers)

_BUILTIN = {
    _containers.dict_to_state: DICT,
    _containers.list_to_state: SEQUENCE,
    _arrays.array_to_state: LEAF,
    _states.state_to_state: STATE,
}


def _kind(ty: type) -> int | None:
    functions = _registry.resolve(ty)
    if functions is None:
        return LEAF
    to_state = functions[0]
    if to_state is _containers.dict_to_state:
        flatted = known('flatted')
        return FLATTED if flatted is not None and issubclass(ty, flatted) else DICT
    if to_state is _quantities.quantity_to_state:
        # A subclass may have its own idea of mantissa and unit.
        plain = ty is known('quantity') and _quantities.has_slots(ty)
        return QUANTITY if plain else None
    return _BUILTIN.get(to_state)


def _resolve(ty: type) -> int | None:
    kind = _handlers[ty] = _kind(ty)
    return kind


def _type_name(ty: type) -> str:
    """As msgpack names it: with its module for types of C code only."""
    is_heap_type = ty.__flags__ & (1 << 9)
    if is_heap_type or ty.__module__ == 'builtins':
        return ty.__name__
    return f'{ty.__module__}.{ty.__name__}'


# The extension of integers that no integer of msgpack can be: two's complement,
# little-endian. The states of random generators have them.
_WIDE_INT = 84


def _leaf(x: Any) -> Any:
    """An object that is neither builtin nor numpy's: an array, a dict, or (code, bytes)."""
    array = known('array')
    if array is not None and isinstance(x, array):
        is_key = _arrays.is_key(x) and not _compat.enabled()
        return _arrays.key_to_state(x) if is_key else np.asarray(x)
    if type(x) is int:
        return _WIDE_INT, x.to_bytes(x.bit_length() // 8 + 1, 'little', signed=True)
    msgpack = sys.modules.get('msgpack')
    if msgpack is not None:
        if type(x) is getattr(msgpack, 'Timestamp', None):
            return -1, x.to_bytes()
        if type(x) is getattr(msgpack, 'ExtType', None):
            if x.code == _WIDE_INT and not _compat.enabled():
                raise ValueError(f'Extension {_WIDE_INT} is an integer of more than 64 bits; use another code.')
            return x.code, x.data
    raise TypeError(f"can not serialize '{_type_name(type(x))}' object")


class ExtType(tuple[int, bytes]):
    """(code, data) of an unknown extension, where msgpack is not installed."""


def _extension(code: int, data: bytes) -> Any:
    if code == _WIDE_INT and not _compat.enabled():
        return int.from_bytes(data, 'little', signed=True)
    try:
        import msgpack
    except ImportError:
        return ExtType((code, data))
    if code == -1:
        return msgpack.Timestamp.from_bytes(data)
    return msgpack.ExtType(code, data)


_core.configure(
    _handlers,
    _resolve,
    _registry.msgpack_to_state_dict,
    _leaf,
    _containers.raise_collision,
    _quantities.unit_parts,
    _dtypes.name_to_save,
    _dtypes.from_name,
    _extension,
    CoreError,
)
