"""torpor.open: parts of a file, read when they are used."""

import collections
import os
import subprocess
import sys
import textwrap

import brainunit as u
import msgpack
import numpy as np
import pytest
from same import assert_same

import torpor
from torpor import _msg_checkpoint

VALUE = {
    'cells': {
        'V_m': np.linspace(-70, -50, 5000) * u.mV,
        'count': 5000,
        'names': ['exc', 'inh'],
        'small': np.arange(4, dtype=np.int16),
    },
    'weights': np.arange(60_000, dtype=np.float32).reshape(300, 200),
    'q': 2.5 * u.nS,
    'pair': (np.zeros(2000), 1),
    'a/b': np.ones(1000),
    'text': 'x' * 10_000,
}


@pytest.fixture(params=[False, True], ids=['plain', 'index'])
def opened(path, request):
    torpor.msgpack_save(path, VALUE, index=request.param)
    with torpor.open(path) as checkpoint:
        yield checkpoint


def test_is_a_mapping(opened):
    assert isinstance(opened, collections.abc.Mapping)
    assert list(opened) == list(VALUE) and len(opened) == len(VALUE)
    assert 'q' in opened and 'nothing' not in opened
    assert set(opened['cells'].keys()) == set(VALUE['cells'])
    with pytest.raises(KeyError, match="nothing: there is no 'nothing'; the file has 'cells', 'weights', 'q'"):
        opened['nothing']
    with pytest.raises(KeyError, match="cells/V: there is no 'V'; the file has 'V_m', 'count', 'names', 'small'"):
        opened['cells/V']
    with pytest.raises(KeyError, match="q/nothing: there is no 'nothing'; what comes before it has no keys"):
        opened['q/nothing']
    assert 5 not in opened and opened.get('cells/V') is None


def test_offset_units(path):
    """Temperatures in degC have a zero point of their own: no scale and factor says what they are."""
    value = {'T': {'value': np.full(3, 37.0), 'unit': 'degC'}, 'large': {'value': np.zeros(900), 'unit': 'degF'}}
    torpor.msgpack_save(path, value, index=True)
    assert_same(torpor.msgpack_load(path), value)
    assert_same(torpor.msgpack_load(path, value), value)
    with torpor.open(path) as checkpoint:
        assert checkpoint['T'].unit == 'degC' and checkpoint['T'][0] == 37.0
        assert checkpoint['large'].unit == 'degF' and checkpoint['large'].shape == (900,)
    with pytest.raises(ValueError, match='expected a quantity in K, got a dict without'):
        torpor.msgpack_load(path, {**value, 'T': np.zeros(3) * u.kelvin})


def test_leaves(opened):
    weights = opened['weights']
    assert isinstance(weights, np.ndarray) and not weights.flags.writeable
    assert weights.shape == (300, 200) and weights.dtype == np.float32 and weights.unit is None
    np.testing.assert_array_equal(weights, VALUE['weights'])
    with pytest.raises(ValueError):
        weights[0, 0] = 1
    assert opened['text'] == VALUE['text'] and opened['cells']['count'] == 5000
    assert opened['pair']['1'] == 1
    assert_same(np.asarray(opened['cells']['small']), VALUE['cells']['small'])


def test_units(opened):
    voltage = opened['cells']['V_m']
    assert voltage.unit == 'mV' and voltage.shape == (5000,)
    np.testing.assert_array_equal(voltage, VALUE['cells']['V_m'].mantissa)
    assert voltage[10:20].unit == 'mV'
    assert opened['q'].unit == 'nS' and opened['q'].shape == () and float(opened['q']) == 2.5


def test_the_unit_is_shown(opened):
    voltage = opened['cells']['V_m']
    assert repr(voltage[:2]) == f"array([-70.       , {voltage[1]:.7f}], unit='mV')"
    assert str(opened['q']) == '2.5 nS' and repr(opened['q']) == "array(2.5, unit='nS')"
    assert repr(voltage).endswith(", unit='mV')") and '...' in repr(voltage)
    assert repr(opened['cells']['small']) == 'array([0, 1, 2, 3], dtype=int16)'


def test_arithmetic_keeps_the_unit(opened):
    voltage, conductance = opened['cells']['V_m'], opened['q']
    numbers = VALUE['cells']['V_m'].mantissa
    for result, expected, unit in (
        (voltage + 1, numbers + 1, 'mV'),
        (1 - voltage, 1 - numbers, 'mV'),
        (-voltage, -numbers, 'mV'),
        (abs(voltage), abs(numbers), 'mV'),
        (voltage - voltage, numbers - numbers, 'mV'),
        (2 * voltage, 2 * numbers, 'mV'),
        (voltage / 2, numbers / 2, 'mV'),
        (voltage * conductance, numbers * 2.5, 'pA'),
        (conductance * voltage / conductance, numbers * 2.5 / 2.5, 'mV'),
        (voltage / voltage, numbers / numbers, None),
        (np.sqrt(voltage**2), np.sqrt(numbers**2), 'mV'),
        (voltage.mean(), numbers.mean(), 'mV'),
        (voltage.std(), numbers.std(), 'mV'),
        (np.sum(voltage), numbers.sum(), 'mV'),
        (voltage.max(), numbers.max(), 'mV'),
        (np.diff(voltage), np.diff(numbers), 'mV'),
        (np.maximum(voltage, -60), np.maximum(numbers, -60), 'mV'),
        (voltage > -60, numbers > -60, None),
        (np.exp(voltage), np.exp(numbers), None),
    ):
        assert getattr(result, 'unit', None) == unit
        np.testing.assert_array_equal(np.asarray(result), expected)
    changed = voltage + 0
    changed += 1
    assert changed.unit == 'mV' and changed[0] == -69.0
    assert type(voltage[3]) is np.float64 and type(opened['weights'] + 1).__name__ == 'ndarray'


def test_units_of_one_dimension_are_converted(path):
    torpor.msgpack_save(path, {'v': 2.0 * u.volt, 'mv': np.array([1.0, 2000.0]) * u.mV, 't': 3.0 * u.ms})
    with torpor.open(path) as opened:
        total = opened['mv'] + opened['v']
        assert total.unit == 'mV' and list(np.asarray(total)) == [2001.0, 4000.0]
        assert list(opened['mv'] == opened['v']) == [False, True]
        for wrong in (lambda: opened['mv'] + opened['t'], lambda: opened['t'] < opened['v']):
            with pytest.raises(ValueError, match='ms'):
                wrong()


def test_degrees_are_never_converted(path):
    torpor.msgpack_save(path, {'T': {'value': np.full(3, 37.0), 'unit': 'degC'}, 'K': 1.0 * u.kelvin}, index=True)
    with torpor.open(path) as opened:
        assert (opened['T'] + 1).unit == opened['T'].mean().unit == 'degC'
        for wrong in (lambda: opened['T'] + opened['K'], lambda: opened['K'] - opened['T'], lambda: opened['T'] ** 2):
            with pytest.raises(ValueError, match='zero point of its own'):
                wrong()


def test_paths(opened):
    np.testing.assert_array_equal(opened['cells/V_m'], opened['cells']['V_m'])
    assert opened['a/b'].shape == (1000,) and opened['a~1b'.replace('~1', '/')].shape == (1000,)
    assert opened['pair/1'] == 1


def test_load(opened):
    assert_same(opened.load(), torpor.msgpack_load(opened.path))
    assert opened.load(VALUE)['pair'][1] == 1


def test_closed(opened):
    weights = opened['weights']
    opened.close()
    assert weights.sum() == VALUE['weights'].sum()
    with pytest.raises(ValueError, match='is closed'):
        opened['weights']


def test_chunks_are_joined(path, monkeypatch):
    monkeypatch.setattr(_msg_checkpoint, 'MAX_CHUNK_SIZE', 7000)
    torpor.msgpack_save(path, {'x': VALUE['weights'], 'q': VALUE['cells']['V_m']})
    with torpor.open(path) as checkpoint:
        assert_same(np.asarray(checkpoint['x']), VALUE['weights'])
        assert checkpoint['q'].unit == 'mV' and not checkpoint['q'].flags.writeable
        np.testing.assert_array_equal(checkpoint['q'], VALUE['cells']['V_m'].mantissa)


def test_a_save_over_it_changes_nothing(path):
    torpor.msgpack_save(path, {'x': np.zeros(100_000)})
    with torpor.open(path) as checkpoint:
        torpor.msgpack_save(path, {'x': np.ones(10)})
        assert checkpoint['x'].shape == (100_000,) and not checkpoint['x'].any()


def test_only_what_is_used_is_read(path):
    """The resident memory of a fresh process stays small."""
    torpor.msgpack_save(path, {f'x{i}': np.ones(4 << 20) for i in range(8)})
    program = '''
        import resource, sys, torpor
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        checkpoint = torpor.open(sys.argv[1])
        assert all(checkpoint[key].shape == (4 << 20,) for key in checkpoint)
        assert checkpoint['x3'][:10].sum() == 10
        grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
        assert grown < 16 << 10, grown
    '''
    subprocess.run([sys.executable, '-c', textwrap.dedent(program), path], check=True)


@pytest.mark.parametrize('content', [b'', b'\x81', b'\xff\xff'])
def test_damaged(content, path):
    with open(path, 'wb') as file:
        file.write(content)
    with pytest.raises(torpor.InvalidCheckpointPath):
        torpor.open(path)


def test_missing_and_wrong(path, tmp_path):
    with pytest.raises(FileNotFoundError):
        torpor.open(path)
    with pytest.raises(IsADirectoryError):
        torpor.open(tmp_path)
    for value in (np.zeros(10), np.zeros(10_000), 3, None):
        torpor.msgpack_save(path, value)
        with pytest.raises(torpor.InvalidCheckpointPath, match='root is .*, not a map'):
            torpor.open(path)


def test_lists_of_other_writers(path):
    with open(path, 'wb') as file:
        file.write(msgpack.packb({'l': [1, [2, {'x': 3}]]}))
    with torpor.open(path) as checkpoint:
        assert checkpoint['l'][1][1]['x'] == 3


def test_in_threads_and_children(opened):
    child = os.fork()
    if child == 0:
        os._exit(0 if opened['weights'].sum() == VALUE['weights'].sum() else 1)
    assert os.waitpid(child, 0)[1] == 0
