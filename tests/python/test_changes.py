"""The table "What happens if I change ... and load" of the package's README, row by row."""

import collections
import random
from pathlib import Path

import brainstate
import brainunit as u
import jax
import jax.numpy as jnp
import numpy as np
import pytest
from same import assert_same, outcome

import torpor

README = Path(__file__).parents[2] / 'host-api' / 'python' / 'README.md'
A, B = np.arange(3.0), np.arange(4.0)
P, Q = collections.namedtuple('P', 'a'), collections.namedtuple('P', 'a b')
MISMATCH, WARNING = object(), object()


def partial(function):
    return jax.tree_util.Partial(function, 1)


def has_tuple_and_state(found):
    return found[0] == (1,) and type(found[1]) is brainstate.State and (found[1].value['a'] == A).all()


def goes_on(found):
    return found.getstate() == random.Random(1).getstate()


# Row of the table -> (what is saved, the changed template, what comes back by default, and with strict=True).
ROWS = {
    'add a key to a dict': ({'a': 1}, {'a': 0, 'b': 0}, MISMATCH, MISMATCH),
    'remove a key from a dict': ({'a': 1, 'b': 2}, {'a': 0}, WARNING, MISMATCH),
    'the length of a list or tuple, the fields of a namedtuple': (
        [[1, 2], (1, 2), P(1)], [[0], (0,), Q(0, 0)], MISMATCH, MISMATCH
    ),
    'the order of the keys of a dict': ({'a': 1, 'b': 2}, {'b': 0, 'a': 0}, {'b': 2, 'a': 1}, {'b': 2, 'a': 1}),
    'a list to a tuple, a dict to a `State` of a dict': (
        [[1], {'a': A}], [(0,), brainstate.State({'a': A * 0})], has_tuple_and_state, has_tuple_and_state
    ),
    'a dict to a list, an array to a dict': ([{'a': 1}, A], [[0], {'a': 0}], MISMATCH, MISMATCH),
    'the shape of an array': (A, B, MISMATCH, MISMATCH),
    'the shape of the mantissa of a quantity': (A * u.mV, B * u.mV, A * u.mV, MISMATCH),
    'the dtype of an array': (A, A.astype('f4'), A, MISMATCH),
    "jax's 64-bit numbers, by `jax_enable_x64`": (A + 0.1, jnp.zeros(3), MISMATCH, MISMATCH),
    'a numpy array to a jax array, or back': (
        [A.astype('f4'), jnp.arange(3.0)], [jnp.zeros(3), np.zeros(3, 'f4')],
        [jnp.arange(3.0), A.astype('f4')], [jnp.arange(3.0), A.astype('f4')],
    ),
    'the device or sharding of a jax array': None,  # test_kinds.test_devices_and_shardings
    'the unit of a quantity to another of the same dimension': (
        1.0 * u.volt, 0.0 * u.mV, 1000.0 * u.mV, 1000.0 * u.mV
    ),
    'the unit of a quantity to one of another dimension': (1.0 * u.volt, 0.0 * u.ms, MISMATCH, MISMATCH),
    'a number to a text, an integer to a float, a number to an array': (
        [1, 2, 3.0], ['', 0.0, A], [1, 2, 3.0], MISMATCH
    ),
    'a random generator to one of another kind': (
        np.random.default_rng(1), np.random.RandomState(1), MISMATCH, MISMATCH
    ),
    'the seed of a random generator': (
        random.Random(1), random.Random(2), goes_on, goes_on
    ),
    'the functions of a registered type': None,  # test_registry.py
    'functions of a `Partial`, attributes that are no `State`': (
        partial(max), partial(min), lambda x: x.func is min, lambda x: x.func is min
    ),
}


def rows_of_the_readme():
    table = README.read_text().split('### What happens if I change')[1].split('### Names')[0]
    return [line.split('|')[1].strip() for line in table.splitlines() if line.startswith('| ')][1:]


def test_every_row_is_here():
    assert rows_of_the_readme() == list(ROWS)


def expect(expected, parts, path, strict):
    for saved, part in parts:
        torpor.msgpack_save(path, {'x': saved})
        result, warnings = outcome(torpor.msgpack_load, path, {'x': part}, strict=strict)
        if expected is MISMATCH:
            assert type(result) is ValueError and ' at path ./x' in str(result), result
        elif expected is WARNING:
            assert not isinstance(result, Exception) and len(warnings) == 1 and "'b' at path ./x" in warnings[0]
        elif callable(expected):
            assert expected(result['x']) and warnings == []
        else:
            assert warnings == []
            assert_same(result['x'], expected)


@pytest.mark.parametrize('strict', [False, True])
@pytest.mark.parametrize('row', [row for row, case in ROWS.items() if case is not None])
def test_row(row, strict, path):
    saved, template, default, with_strict = ROWS[row]
    expected = with_strict if strict else default
    # A row with several things in it: each is a mismatch.
    is_list = expected is MISMATCH and isinstance(saved, list)
    expect(expected, zip(saved, template) if is_list else [(saved, template)], path, strict)
