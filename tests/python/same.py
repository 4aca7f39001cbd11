"""Exact equality of what was saved and what was loaded."""

import contextlib
import struct
import sys
import warnings
from collections.abc import Mapping

import numpy as np

import torpor


def bits(number):
    return struct.pack('<d', number)


def as_numpy(value):
    jax = sys.modules.get('jax')
    return np.asarray(value) if jax is not None and isinstance(value, jax.Array) else value


def assert_same(a, b, path='', kinds=True):
    """Equal values of equal types, bit for bit, dicts in equal order. kinds=False: jax's arrays as numpy's, and units
    without their names."""
    if not kinds:
        a, b = as_numpy(a), as_numpy(b)
    assert type(a) is type(b), f'{path}: {type(a)} and {type(b)}'
    if isinstance(a, Mapping):
        assert list(a) == list(b), path
        for key in a:
            assert_same(a[key], b[key], f'{path}/{key}', kinds)
    elif isinstance(a, (list, tuple)):
        assert len(a) == len(b), path
        for i, (x, y) in enumerate(zip(a, b)):
            assert_same(x, y, f'{path}/{i}', kinds)
    elif isinstance(a, (np.ndarray, np.generic)):
        assert a.dtype == b.dtype and a.shape == b.shape, path
        assert a.tobytes() == b.tobytes(), path
    elif isinstance(a, float):
        assert bits(a) == bits(b), path
    elif isinstance(a, complex):
        assert (bits(a.real), bits(a.imag)) == (bits(b.real), bits(b.imag)), path
    elif type(a).__name__ == 'Quantity':
        assert a.unit == b.unit and (not kinds or str(a.unit) == str(b.unit)), path
        assert_same(a.mantissa, b.mantissa, f'{path}/mantissa', kinds)
    elif hasattr(a, 'value') and not isinstance(a, int):
        assert_same(a.value, b.value, f'{path}/value', kinds)
    elif type(a).__name__ == 'Partial':
        assert a.func is b.func, path
        assert_same([*a.args, a.keywords], [*b.args, b.keywords], path, kinds)
    elif a is not b:
        assert repr(a) == repr(b), path


def without_names(state):
    """A state dict as braintools has it: quantities without the names of their units."""
    if not isinstance(state, Mapping):
        return state
    is_quantity = list(state) == ['mantissa', 'scale', 'base', 'dim', 'factor', 'unit']
    return {key: without_names(item) for key, item in state.items() if not is_quantity or key != 'unit'}


@contextlib.contextmanager
def braintools_way(enabled=True):
    before = torpor.braintools_compat(enabled)
    try:
        yield
    finally:
        torpor.braintools_compat(before)


def outcome(function, *arguments, **options):
    """What a call gives or raises, and what it warns of."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter('always')
        try:
            result = function(*arguments, **options)
        except Exception as error:
            result = error
    return result, [f'{w.category.__name__}: {w.message}' for w in caught]


def described(result):
    if isinstance(result, Exception):
        return f'RAISES {type(result).__name__}: {result}'
    return f'returns {result!r}'.replace('\n', ' ')
