# SPDX-License-Identifier: GPL-2.0-or-later
"""Values of scripts as text and back, equal in type and to the last bit.

Numbers, texts, lists, tuples, dicts, numpy arrays and numbers, and node collections. The text is JSON; what JSON does not have
is an object with one key, which names its kind. Long sequences of numbers are arrays of eight bytes each.
"""

import base64
import json
from typing import Any

import numpy
from nest.lib.hl_api_types import NodeCollection

PACKED = {float: "<f8", int: "<i8"}
LONG = 8  # values


class NotKept(TypeError):
    """A value of this type cannot be kept."""


def to_text(value: object) -> str:
    """Raises NotKept."""
    return json.dumps(_encode(value), separators=(",", ":"))


def decode(stored: Any) -> Any:
    """The value of what to_text() wrote, when JSON is read."""
    return _decode(stored)


def from_text(text: str) -> Any:
    return _decode(json.loads(text))


def _bytes(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")


def _encode(value: Any) -> Any:
    kind = type(value)
    if value is None or kind in (bool, int, float, str):
        return value
    if kind in (list, tuple):
        return _encode_sequence(value)
    if kind is dict:
        return {"dict": [[_encode(key), _encode(item)] for key, item in value.items()]}
    if kind is bytes:
        return {"bytes": _bytes(value)}
    if kind is NodeCollection:
        return {"nodes": _encode(value.tolist())}
    if kind is numpy.ndarray and not value.dtype.hasobject and value.dtype.names is None:
        data = numpy.ascontiguousarray(value)
        return {"array": [value.dtype.str, list(value.shape), _bytes(data.tobytes())]}
    if isinstance(value, numpy.generic) and not value.dtype.hasobject and value.dtype.names is None:
        return {"scalar": [value.dtype.str, _bytes(value.tobytes())]}
    raise NotKept(f"{kind.__module__}.{kind.__qualname__}")


def _encode_sequence(values: Any) -> Any:
    kinds = {type(value) for value in values}
    if len(values) >= LONG and len(kinds) == 1 and (packed := PACKED.get(kinds.pop())):
        if packed == "<f8" or all(-(1 << 63) <= value < 1 << 63 for value in values):
            name = f"{type(values).__name__} {packed}"
            return {name: _bytes(numpy.array(values, packed).tobytes())}
    if len(values) >= LONG and all(type(value) is dict and value.keys() == values[0].keys() for value in values):
        columns = [[key, _encode([value[key] for value in values])] for key in values[0]]
        return {f"{type(values).__name__} dict": [len(values), columns]}
    items = [_encode(value) for value in values]
    return items if type(values) is list else {"tuple": items}


def _decode(stored: Any) -> Any:
    if type(stored) is list:
        return [_decode(item) for item in stored]
    if type(stored) is not dict:
        return stored
    ((kind, content),) = stored.items()
    if kind == "tuple":
        return tuple(_decode(item) for item in content)
    if kind == "dict":
        return {_decode(key): _decode(item) for key, item in content}
    if kind == "bytes":
        return base64.b64decode(content)
    if kind == "nodes":
        return NodeCollection(_decode(content))
    if kind == "array":
        dtype, shape, data = content
        return numpy.frombuffer(base64.b64decode(data), dtype).reshape(shape).copy()
    if kind == "scalar":
        return numpy.frombuffer(base64.b64decode(content[1]), content[0])[0]
    sequence, of = kind.split(" ")
    return {"list": list, "tuple": tuple}[sequence](_decode_long(of, content))


def _decode_long(of: str, content: Any) -> list[Any]:
    if of != "dict":
        return list(numpy.frombuffer(base64.b64decode(content), of).tolist())
    n, columns = content
    decoded = {key: _decode(column) for key, column in columns}
    return [{key: column[i] for key, column in decoded.items()} for i in range(n)]
