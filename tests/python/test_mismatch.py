"""What happens where a file does not fit the template: as braintools does it (mismatch.json and
braintools itself, side by side), and better where it is wrong."""

import collections
import json
import re
import math
from pathlib import Path

import braintools.file as braintools
import brainstate
import brainunit as u
import jax
import msgpack
import numpy as np
import pytest
from same import assert_same, described, outcome

import torpor

NT1 = collections.namedtuple('NT1', 'v w')
NT2 = collections.namedtuple('NT2', 'v x')
MODES = ['error', 'warn', 'ignore']


def a3():
    return np.arange(3.0)


def quantity_map(**changes):
    state = {
        'mantissa': 1.0, 'scale': -3, 'base': 10.0,
        'dim': np.array([2, 1, -3, -1, 0, 0, 0]), 'factor': 1.0,
    }
    state.update(changes)
    return {'q': {key: value for key, value in state.items() if value is not None}}


# case of mismatch.json -> (what is saved, what it is loaded into); functions, as States change
CASES = {
    'missing key (target has b, file lacks)': (lambda: {'a': 1}, lambda: {'a': 0, 'b': 7}),
    'missing nested key': (lambda: {'n': {'a': 1}}, lambda: {'n': {'a': 0, 'b': 7}}),
    'extra key (file has b, target lacks)': (lambda: {'a': 1, 'b': 2}, lambda: {'a': 0}),
    'list file longer': (lambda: {'l': [1, 2, 3]}, lambda: {'l': [8, 9]}),
    'list file shorter': (lambda: {'l': [1]}, lambda: {'l': [8, 9]}),
    'tuple file longer': (lambda: {'l': (1, 2, 3)}, lambda: {'l': (8, 9)}),
    'namedtuple fields differ': (lambda: {'n': NT1(1, 2)}, lambda: {'n': NT2(8, 9)}),
    'shape': (lambda: {'a': a3()}, lambda: {'a': np.zeros(4)}),
    '0-d vs scalar': (lambda: {'a': np.float64(2.0)}, lambda: {'a': np.zeros(4)}),
    'scalar in file, array in target': (lambda: {'a': 2.0}, lambda: {'a': np.zeros(4)}),
    'array in file, float in target': (lambda: {'a': a3()}, lambda: {'a': 1.0}),
    'dtype': (lambda: {'a': a3()}, lambda: {'a': np.zeros(3, np.float32)}),
    'kind: dict in file, array in target': (lambda: {'a': {'x': 1}}, lambda: {'a': a3()}),
    'kind: array in file, dict in target': (lambda: {'a': a3()}, lambda: {'a': {'x': 1}}),
    'kind: int in file, dict in target': (lambda: {'a': 1}, lambda: {'a': {'x': 1}}),
    'kind: int in file, list in target': (lambda: {'a': 1}, lambda: {'a': [1]}),
    'kind: dict in file, list in target': (lambda: {'a': {'x': 1}}, lambda: {'a': [1]}),
    'kind: str in file, int in target': (lambda: {'a': 's'}, lambda: {'a': 1}),
    'unit mV vs ms': (lambda: {'q': 1.0 * u.mV}, lambda: {'q': 2.0 * u.ms}),
    'unit mV vs volt (same dim)': (lambda: {'q': 1.0 * u.mV}, lambda: {'q': 2.0 * u.volt}),
    'quantity vs plain array target': (lambda: {'q': a3() * u.mV}, lambda: {'q': a3()}),
    'plain array in file, quantity target': (lambda: {'q': a3()}, lambda: {'q': a3() * u.mV}),
    'plain float in file, quantity target': (lambda: {'q': 1.0}, lambda: {'q': a3() * u.mV}),
    'quantity mantissa shape mismatch': (lambda: {'q': a3() * u.mV}, lambda: {'q': np.zeros(4) * u.mV}),
    'quantity missing field in file': (lambda: quantity_map(factor=None), lambda: {'q': 1.0 * u.mV}),
    'quantity dim wrong length': (lambda: quantity_map(dim=np.array([2, 1, 0])), lambda: {'q': 1.0 * u.mV}),
    'quantity dim not array': (lambda: quantity_map(dim=3), lambda: {'q': 1.0 * u.mV}),
    'State shape mismatch': (
        lambda: {'s': np.zeros(3, np.float32)},
        lambda: {'s': brainstate.State(np.zeros(4, np.float32))},
    ),
    'State ok': (
        lambda: {'s': np.zeros(3, np.float32)},
        lambda: {'s': brainstate.State(np.ones(3, np.float32))},
    ),
    'None target leaf': (lambda: {'a': a3()}, lambda: {'a': None}),
    'int keys target': (lambda: {1: a3()}, lambda: {1: np.zeros(3)}),
}

# Where torpor differs on purpose, by default: case -> modes
BETTER = {
    'shape': ['warn', 'ignore'],
    '0-d vs scalar': ['warn', 'ignore'],
    'State shape mismatch': ['warn', 'ignore'],
    'unit mV vs ms': ['warn', 'ignore'],
    'unit mV vs volt (same dim)': MODES,
    'kind: array in file, dict in target': MODES,
    'kind: int in file, dict in target': MODES,
    'kind: int in file, list in target': MODES,
    'kind: dict in file, list in target': MODES,
    'plain array in file, quantity target': MODES,
    'plain float in file, quantity target': MODES,
    'quantity missing field in file': MODES,
    'quantity dim wrong length': ['warn', 'ignore'],
    'quantity dim not array': MODES,
}

# What braintools gives for the same, but that the unit has its name, or that what is lost is reported.
NAMED = 'quantity mantissa shape mismatch'
SURPLUS_KEY = 'extra key (file has b, target lacks)'

GOLDEN = Path(__file__).parents[1] / 'golden' / 'braintools' / 'mismatch.json'
RECORDED = {(case['case'], case['mode']): case for case in json.loads(GOLDEN.read_text())}
ALL = [(case, mode) for case in CASES for mode in MODES]
SAME = [(case, mode) for case, mode in ALL if mode not in BETTER.get(case, []) and case not in (NAMED, SURPLUS_KEY)]


def load_both(case, mode, tmp_path):
    value, template = CASES[case]
    file = str(tmp_path / 'file')
    braintools.msgpack_save(file, value())
    ours = outcome(torpor.msgpack_load, file, template(), mismatch=mode)
    theirs = outcome(braintools.msgpack_load, file, template(), mismatch=mode)
    return ours, theirs


def without_list(text):
    """A missing key is reported with those that the file has."""
    return re.sub(r"; the file has '.*'$", '', text)


def assert_same_outcome(ours, theirs):
    assert [without_list(text) for text in ours[1]] == theirs[1]
    if isinstance(theirs[0], Exception):
        assert without_list(described(ours[0])) == described(theirs[0])
    else:
        assert_same(ours[0], theirs[0])


@pytest.mark.parametrize('mode', ['error', 'warn'])
def test_a_missing_key_lists_those_of_the_file(mode, path):
    torpor.msgpack_save(path, {'cells': {f'k{i}': i for i in range(25)}})
    result, warned = outcome(torpor.msgpack_load, path, {'cells': {'k0': 0, 'V': 0}}, mismatch=mode)
    text = str(result) if mode == 'error' else warned[0]
    assert "keys {'V'} which are not present in state dict at path ./cells; the file has 'k0', 'k1', " in text
    assert text.endswith("'k19' and 5 more")


def test_every_recorded_case_is_here():
    assert {case for case, _ in RECORDED} == set(CASES)


@pytest.mark.parametrize(('case', 'mode'), SAME)
def test_as_braintools(case, mode, tmp_path):
    assert_same_outcome(*load_both(case, mode, tmp_path))


@pytest.mark.parametrize(('case', 'mode'), ALL)
def test_compat_as_braintools(case, mode, tmp_path, compat):
    assert_same_outcome(*load_both(case, mode, tmp_path))


def normalised(text):
    """Sets have no order."""
    return without_list(text).replace("{'w', 'v'}", "{'v', 'w'}").replace("{'x', 'v'}", "{'v', 'x'}")


@pytest.mark.parametrize(('case', 'mode'), ALL)
def test_compat_as_recorded(case, mode, tmp_path, compat):
    ours, _ = load_both(case, mode, tmp_path)
    recorded = RECORDED[case, mode]
    assert normalised(described(ours[0])) == normalised(recorded['result'])
    assert [normalised(w) for w in ours[1]] == [normalised(w) for w in recorded['warnings']]


@pytest.mark.parametrize(('case', 'mode'), SAME)
def test_as_recorded(case, mode, tmp_path):
    ours, _ = load_both(case, mode, tmp_path)
    recorded = RECORDED[case, mode]
    assert normalised(described(ours[0])) == normalised(recorded['result'])
    assert [normalised(w) for w in ours[1]] == [normalised(w) for w in recorded['warnings']]


# ---- better ----


@pytest.mark.parametrize('mode', MODES)
def test_unit_has_its_name(mode, tmp_path):
    ours, theirs = load_both(NAMED, mode, tmp_path)
    assert ours[1] == theirs[1] == []
    assert_same(ours[0]['q'].mantissa, theirs[0]['q'].mantissa)
    assert ours[0]['q'].unit is u.mV and theirs[0]['q'].unit is not u.mV


@pytest.mark.parametrize('case', set(BETTER) - {'unit mV vs volt (same dim)'})
def test_target_is_kept(case, tmp_path):
    """warn and ignore keep the target's value, as the documentation promises."""
    value, template = CASES[case]
    file = str(tmp_path / 'file')
    braintools.msgpack_save(file, value())
    error, _ = outcome(torpor.msgpack_load, file, template())
    assert type(error) is ValueError and 'at path ./' in str(error)
    kept, warnings = outcome(torpor.msgpack_load, file, template(), mismatch='warn')
    assert_same(kept, template())
    assert warnings == [f'UserWarning: {error}']
    kept, warnings = outcome(torpor.msgpack_load, file, template(), mismatch='ignore')
    assert_same(kept, template())
    assert warnings == []


@pytest.mark.parametrize('mode', MODES)
@pytest.mark.parametrize(
    ('saved', 'template', 'expected'),
    [
        (1500.0 * u.mV, 2.0 * u.volt, 1.5),
        (2.0 * u.volt, 0.0 * u.mV, 2000.0),
        (3 * u.mV, 0.0 * u.volt, 0.003),
        (np.arange(3, dtype=np.float32) * u.mV, 0.0 * u.volt, np.arange(3, dtype=np.float32) / np.float32(1000)),
        (np.float32(5) * u.ms, 1.0 * u.second, np.float32(0.005)),
        (np.arange(3) * u.ms, 1.0 * u.second, np.arange(3) / 1000),
        (2.0 * u.minute, 1.0 * u.second, 120.0),
        (4.0 * u.mV**0.5, 1.0 * u.volt**0.5, 4.0 * math.sqrt(1e-3)),
        ((1 + 2j) * u.mV, 1.0 * u.uvolt, 1000 + 2000j),
    ],
)
def test_converted_to_the_unit_of_the_target(saved, template, expected, mode, path):
    torpor.msgpack_save(path, {'q': saved})
    loaded, warnings = outcome(torpor.msgpack_load, path, {'q': template}, mismatch=mode)
    assert warnings == []
    assert loaded['q'].unit is template.unit
    mantissa = loaded['q'].mantissa
    assert np.asarray(mantissa).dtype == np.asarray(expected).dtype
    np.testing.assert_allclose(mantissa, expected, rtol=1e-15 if np.asarray(expected).itemsize > 4 else 1e-7)


def test_states_are_untouched_by_a_failed_restore(path):
    model = {'a': brainstate.State(np.zeros(3)), 'b': brainstate.State(np.zeros(3))}
    torpor.msgpack_save(path, {'a': np.ones(3), 'b': np.ones(4)})
    with pytest.raises(ValueError, match='Array shape mismatch'):
        torpor.msgpack_load(path, model)
    assert_same(model['a'].value, np.zeros(3))
    torpor.msgpack_load(path, model, mismatch='ignore')
    assert_same(model['a'].value, np.ones(3))
    assert_same(model['b'].value, np.zeros(3))


# ---- strict ----

STRICT = {
    'array dtype': ({'a': a3()}, {'a': np.zeros(3, np.float32)}, 'Array dtype mismatch: expected float32, got float64 at path ./a'),
    'array shape': ({'a': a3()}, {'a': np.zeros(4)}, 'Array shape mismatch: expected (4,), got (3,) at path ./a'),
    'quantity shape': ({'a': a3() * u.mV}, {'a': np.zeros(4) * u.mV}, 'Array shape mismatch: expected (4,), got (3,) at path ./a'),
    'quantity dtype': ({'a': a3() * u.mV}, {'a': np.zeros(3, 'f4') * u.mV}, 'Array dtype mismatch: expected float32, got float64 at path ./a'),
    'quantity kind': ({'a': 1.0 * u.mV}, {'a': np.zeros(3) * u.mV}, 'Kind mismatch: expected ndarray, got float at path ./a'),
    'number for array': ({'a': 2.0}, {'a': a3()}, 'Kind mismatch: expected ndarray, got float at path ./a'),
    'array for number': ({'a': a3()}, {'a': 2.0}, 'Kind mismatch: expected float, got ndarray at path ./a'),
    'dict for array': ({'a': {'x': 1}}, {'a': a3()}, 'Kind mismatch: expected ndarray, got dict at path ./a'),
    'text for number': ({'a': {'n': 's'}}, {'a': {'n': 1}}, 'Kind mismatch: expected int, got str at path ./a/n'),
    'scalar dtype': ({'a': np.float32(1)}, {'a': np.float64(1)}, 'Array dtype mismatch: expected float64, got float32 at path ./a'),
}


@pytest.mark.parametrize('name', STRICT)
def test_strict(name, path):
    value, template, message = STRICT[name]
    torpor.msgpack_save(path, value)
    error, _ = outcome(torpor.msgpack_load, path, template, strict=True)
    assert described(error) == f'RAISES ValueError: {message}'
    kept, warnings = outcome(torpor.msgpack_load, path, template, mismatch='warn', strict=True)
    assert_same(kept, template)
    assert warnings == [f'UserWarning: {message}']


def test_strict_accepts_what_fits(path):
    value = {
        'a': a3(), 'q': a3() * u.mV, 'f': 1.0, 'i': 2, 's': 'x', 'n': np.int8(3), 'none': 4,
        'jax': jax.numpy.ones(3), 'state': brainstate.State(jax.numpy.zeros(2)),
    }
    torpor.msgpack_save(path, value)
    loaded = torpor.msgpack_load(path, {**value, 'none': None}, strict=True)
    assert loaded['none'] == 4
    with pytest.raises(ValueError):
        torpor.msgpack_load(path, {**value, 'f': 1}, strict=True)
    torpor.msgpack_load(path, {**value, 'f': 1})  # strict does not stay


def test_msgpack_arrays_restore_into_lists(path):
    Path(path).write_bytes(msgpack.packb({'l': [1, [2, 3]], 't': [4]}))
    assert torpor.msgpack_load(path) == {'l': [1, [2, 3]], 't': [4]}
    assert torpor.msgpack_load(path, {'l': [0, (0, 0)], 't': (0,)}) == {'l': [1, (2, 3)], 't': (4,)}


def test_invalid_mode(path):
    torpor.msgpack_save(path, {})
    for module in (torpor, braintools):
        with pytest.raises(ValueError) as error:
            module.msgpack_load(path, mismatch='loud')
        assert str(error.value) == (
            "Invalid mismatch mode: 'loud'. Must be one of 'error', 'warn', or 'ignore'."
        )


# ---- keys that the target lacks ----

Q = collections.namedtuple('Q', 'w b')
SURPLUS = {
    'dict': ({'w': 1, 'b': 2}, {'w': 0}, {'w': 1}, "'b' at path ./x"),
    'empty dict': ({'w': 1}, {}, {}, "'w' at path ./x"),
    'nested': ({'a': {'w': 1, 'b': 2}, 'c': 1}, {'a': {'w': 0}, 'c': 0}, {'a': {'w': 1}, 'c': 1}, "'b' at path ./x/a"),
    'in a list': ([{'w': 1, 'b': 2}], [{'w': 0}], [{'w': 1}], "'b' at path ./x/0"),
    'and one is missing': ({'b': 2}, {'w': 0}, None, None),
    'twelve': (
        {f'{i:02}': i for i in range(12)}, {}, {},
        "'00', '01', '02', '03', '04', '05', '06', '07', '08', '09' and 2 more at path ./x",
    ),
    'integer keys': ({1: 1, 2: 2}, {1: 0}, {1: 1}, "'2' at path ./x"),
}


@pytest.mark.parametrize('strict', [False, True])
@pytest.mark.parametrize('mode', MODES)
@pytest.mark.parametrize('name', SURPLUS)
def test_keys_that_the_target_lacks(name, mode, strict, path):
    value, template, expected, text = SURPLUS[name]
    torpor.msgpack_save(path, {'x': value})
    result, warnings = outcome(torpor.msgpack_load, path, {'x': template}, mismatch=mode, strict=strict)
    if name == 'and one is missing':
        messages = [str(result)] if mode == 'error' else warnings
        assert len(messages) == {'error': 1, 'warn': 2, 'ignore': 0}[mode]
        return
    message = f'The file has keys that the target lacks: {text}'
    if strict and mode == 'error':
        assert described(result) == f'RAISES ValueError: {message}'
    else:
        assert result == {'x': expected}
        assert warnings == ([] if mode == 'ignore' else [f'UserWarning: {message}'])


def test_surplus_of_lists_and_namedtuples_is_an_error(path):
    for value, template in (([1, 2], [0]), (Q(1, 2), collections.namedtuple('P', 'w')(0))):
        torpor.msgpack_save(path, {'x': value})
        for strict in (False, True):
            with pytest.raises(ValueError):
                torpor.msgpack_load(path, {'x': template}, strict=strict)


def test_states_are_untouched_where_the_file_has_more(path):
    state = brainstate.State(np.zeros(2))
    torpor.msgpack_save(path, {'a': np.ones(2), 'b': {'c': 1, 'd': 2}})
    with pytest.raises(ValueError, match="lacks: 'd' at path ./b"):
        torpor.msgpack_load(path, {'a': state, 'b': {'c': 0}}, strict=True)
    assert_same(state.value, np.zeros(2))


def test_surplus_in_braintools_way(path, compat):
    torpor.msgpack_save(path, {'a': 1, 'b': 2})
    assert outcome(torpor.msgpack_load, path, {'a': 0}) == ({'a': 1}, [])
