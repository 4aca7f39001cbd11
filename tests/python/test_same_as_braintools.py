"""The same bytes, objects, exceptions and messages as braintools, run side by side."""

import json
import os
from pathlib import Path

import braintools.file as braintools
import numpy as np
import pytest
from braintools.file import _msg_checkpoint as their_module
from same import assert_same, braintools_way, described, outcome, without_names
from values import REJECTS, VALUES

import torpor
from torpor import _msg_checkpoint as our_module

GOLDEN = Path(__file__).parents[1] / 'golden' / 'braintools'


def save_both(value, tmp_path):
    ours, theirs = tmp_path / 'ours', tmp_path / 'theirs'
    saved = value()  # once: the padding of a long double is not the same in two of them
    with braintools_way():
        torpor.msgpack_save(ours, saved)
    braintools.msgpack_save(theirs, saved)
    return ours, theirs


@pytest.mark.parametrize('name', VALUES)
def test_bytes(name, tmp_path):
    ours, theirs = save_both(VALUES[name], tmp_path)
    assert ours.read_bytes() == theirs.read_bytes()


@pytest.mark.parametrize('name', VALUES)
def test_bytes_but_for_names_of_units(name, tmp_path):
    ours, theirs = save_both(VALUES[name], tmp_path)
    torpor.msgpack_save(ours, VALUES[name]())
    if name in ('quantities', 'states'):
        assert_same(without_names(braintools.msgpack_load(ours)), braintools.msgpack_load(theirs))
        assert len(ours.read_bytes()) > len(theirs.read_bytes())
    elif name != 'dtypes':  # has padding
        assert ours.read_bytes() == theirs.read_bytes()


@pytest.mark.parametrize('name', VALUES)
@pytest.mark.parametrize('chunk', [7, 16, 100])
def test_bytes_in_chunks(name, chunk, tmp_path, monkeypatch):
    monkeypatch.setattr(our_module, 'MAX_CHUNK_SIZE', chunk)
    monkeypatch.setattr(their_module, 'MAX_CHUNK_SIZE', chunk)
    if name in ('large', 'matrix'):
        pytest.skip('thousands of chunks; braintools cuts a matrix by rows')
    ours, theirs = save_both(VALUES[name], tmp_path)
    assert ours.read_bytes() == theirs.read_bytes()


@pytest.mark.parametrize('name', VALUES)
def test_load(name, tmp_path):
    _, theirs = save_both(VALUES[name], tmp_path)
    assert_same(torpor.msgpack_load(theirs), braintools.msgpack_load(theirs))


@pytest.mark.parametrize('name', set(VALUES) - {'none'})
@pytest.mark.parametrize('compat', [False, True])
def test_load_with_target(compat, name, tmp_path):
    """Leaves are of the template's kind; under braintools_compat they are numpy's, as braintools has them."""
    _, theirs = save_both(VALUES[name], tmp_path)
    with braintools_way(compat):
        check_load_with_target(name, theirs, compat)


def check_load_with_target(name, theirs, compat):
    ours, our_warnings = outcome(torpor.msgpack_load, theirs, VALUES[name]())
    expected, their_warnings = outcome(braintools.msgpack_load, theirs, VALUES[name]())
    assert our_warnings == their_warnings
    if isinstance(expected, Exception):
        assert described(ours) == described(expected)
    else:
        assert_same(ours, expected, kinds=compat)


@pytest.mark.parametrize('name', VALUES)
def test_state_dict(name):
    value = VALUES[name]()
    expected = braintools.msgpack_to_state_dict(value)
    assert_same(without_names(torpor.msgpack_to_state_dict(value)), expected)
    with braintools_way():
        assert_same(torpor.msgpack_to_state_dict(value), expected)


def test_arrays_are_read_only(path):
    torpor.msgpack_save(path, {'small': np.arange(3), 'large': np.arange(100_000)})
    for array in torpor.msgpack_load(path).values():
        assert not array.flags.writeable


# ---- what cannot be saved ----

# Deliberately not as braintools: see the README's table.
BETTER = {
    'structured', 'recarray', 'str array U', 'bytes array S', 'np.str_', 'np.bytes_', 'big-endian',
    'chunk marker in user dict',
}


# What torpor saves; as braintools refuses it under braintools_compat. See test_generators.py.
SAVED = {'jax PRNG key typed'}


@pytest.mark.parametrize('name', sorted(set(REJECTS) - BETTER - SAVED))
def test_refusals(name, tmp_path):
    ours, _ = outcome(torpor.msgpack_save, str(tmp_path / 'ours'), {'a': REJECTS[name]()})
    theirs, _ = outcome(braintools.msgpack_save, str(tmp_path / 'theirs'), {'a': REJECTS[name]()})
    assert isinstance(theirs, Exception)
    if isinstance(theirs, RecursionError):  # braintools' text depends on where the limit is met
        assert isinstance(ours, RecursionError)
    else:
        assert described(ours) == described(theirs)
    assert os.listdir(tmp_path) == []
    if not name.startswith(('nesting', 'self', 'surrogate key')):
        assert ours.__notes__ == ["while saving the value at path 'a'"]


def recorded():
    return {case['case']: case for case in json.loads((GOLDEN / 'rejects.json').read_text())}


@pytest.mark.parametrize('name', sorted(SAVED))
def test_compat_refuses_what_torpor_saves(name, tmp_path, compat):
    test_refusals(name, tmp_path)


@pytest.mark.parametrize('name', sorted(set(REJECTS) - BETTER - SAVED))
def test_refusals_as_recorded(name, path):
    result, _ = outcome(torpor.msgpack_save, path, {'a': REJECTS[name]()})
    kind = type(result)
    assert f'{kind.__module__}.{kind.__name__}: {result}' == recorded()[name]['save_exc']


@pytest.mark.parametrize('name', sorted(BETTER - {'big-endian'}))
def test_what_could_not_be_loaded_is_refused(name, path):
    with pytest.raises(ValueError):
        torpor.msgpack_save(path, {'a': REJECTS[name]()})
    assert not os.path.exists(path)


@pytest.mark.parametrize('name', sorted(BETTER))
def test_compat_saves_what_braintools_saves(name, path, compat):
    torpor.msgpack_save(path, {'a': REJECTS[name]()})
    assert Path(path).read_bytes().hex() == recorded()[name]['hex']
    if 'load_exc' in recorded()[name]:
        result, _ = outcome(torpor.msgpack_load, path)
        kind = type(result)
        assert f'{kind.__module__}.{kind.__name__}: {result}' == recorded()[name]['load_exc']
    else:
        assert repr(torpor.msgpack_load(path)) == recorded()[name]['load']


LARGE = np.random.default_rng(8).integers(0, 256, 3 << 20, dtype=np.uint8)

# Of a size that is gathered while it is written, instead of copied before.
LAYOUTS = {
    'transposed': lambda a: a.reshape(96, -1).T,
    'three axes': lambda a: a.reshape(4, 8, -1).swapaxes(0, 2),
    'reversed': lambda a: a.reshape(8, -1)[::-1, ::-1],
    'every third': lambda a: np.concatenate([a, a])[::3],
    'broadcast': lambda a: np.broadcast_to(a[:1024], (1024, 1024)),
}


@pytest.mark.parametrize('chunk', [1 << 30, 100_003])
@pytest.mark.parametrize('dtype', ['u1', 'f2', 'i4', 'f8', 'c16', '>f4', '>c16', '?'])
@pytest.mark.parametrize('layout', LAYOUTS)
def test_large_arrays_in_any_order(layout, dtype, chunk, tmp_path, monkeypatch):
    monkeypatch.setattr(our_module, 'MAX_CHUNK_SIZE', chunk)
    flat = (LARGE & 1).view(bool) if dtype == '?' else LARGE.view(dtype)
    array = LAYOUTS[layout](flat)
    ours, packed = tmp_path / 'ours', tmp_path / 'packed'
    torpor.msgpack_save(ours, array, fsync=False)
    torpor.msgpack_save(packed, np.ascontiguousarray(array, array.dtype.newbyteorder('=')), fsync=False)
    assert ours.read_bytes() == packed.read_bytes()
    with torpor.AsyncManager() as manager:
        torpor.msgpack_save(ours, array, fsync=False, async_manager=manager)
    assert ours.read_bytes() == packed.read_bytes()


def test_invalid_bools_are_found_in_any_order(path):
    array = np.full((2000, 1000), 1, np.uint8)
    array[-1, 500] = 2
    with pytest.raises(ValueError, match='bytes other than 0 and 1'):
        torpor.msgpack_save(path, {'a': array.view(bool).T})


def test_big_endian_keeps_its_values(path):
    values = np.array([1.5, -2.0, 3e300])
    torpor.msgpack_save(path, {'a': values.astype('>f8'), 's': np.arange(8, dtype='>i4')[::2]})
    loaded = torpor.msgpack_load(path)
    assert_same(loaded['a'], values)
    assert_same(loaded['s'], np.arange(8, dtype='<i4')[::2])
    assert_same(braintools.msgpack_load(path)['a'], values)


def test_invalid_bools_are_refused(path):
    with pytest.raises(ValueError, match='bytes other than 0 and 1'):
        torpor.msgpack_save(path, {'a': np.array([0, 2], np.uint8).view(bool)})


def test_deeply_nested_lists(path):
    """Within Python's recursion limit, as far as braintools comes."""
    value = 1.5
    for _ in range(280):
        value = [value]
    torpor.msgpack_save(path, value)
    assert torpor.msgpack_load(path, target=value) == braintools.msgpack_load(path, target=value) == value
