"""Values of scripts as text and back, equal in type and to the last bit: what once() keeps.

The text is JSON, in which a float is as long as it takes to get it back. What JSON does not have is an object with one key,
which names its kind.
"""

import base64
import json

import numpy

from ._library import INVALID, Error


def to_text(value):
    return json.dumps(_encode(value), separators=(",", ":"))


def from_text(text):
    return _decode(json.loads(text))


def _encode(value):
    kind = type(value)
    if value is None or kind in (bool, int, float, str):
        return value
    if kind is list:
        return [_encode(item) for item in value]
    if kind is tuple:
        return {"tuple": [_encode(item) for item in value]}
    if kind is dict:
        return {"dict": [[_encode(key), _encode(item)] for key, item in value.items()]}
    if isinstance(value, (numpy.ndarray, numpy.generic)) and not value.dtype.hasobject and value.dtype.names is None:
        data = base64.b64encode(numpy.ascontiguousarray(value).tobytes()).decode("ascii")
        return {"array" if kind is numpy.ndarray else "scalar": [value.dtype.str, list(value.shape), data]}
    raise Error(INVALID, f"tn.once() keeps None, numbers, texts, lists, tuples, dicts and numpy arrays, found {kind.__name__}: "
                         "let the function return list(vector) or numpy.array(vector) of a Vector")  # fmt: skip


def _decode(stored):
    if type(stored) is list:
        return [_decode(item) for item in stored]
    if type(stored) is not dict:
        return stored
    ((kind, content),) = stored.items()
    if kind == "tuple":
        return tuple(_decode(content))
    if kind == "dict":
        return {_decode(key): _decode(item) for key, item in content}
    dtype, shape, data = content
    array = numpy.frombuffer(base64.b64decode(data), dtype).reshape(shape).copy()
    return array if kind == "array" else array[()]
