"""info, verify, diff: the same as the tool says."""

import json
import os
import subprocess
from pathlib import Path

import brainunit as u
import numpy as np
import pytest

import torpor

BIN = Path(os.environ['PYTHONPATH'].split(os.pathsep)[0]).parent / 'bin'
VALUE = {'cells': {'V_m': np.linspace(-70, -50, 50_000) * u.mV, 'n': 3}, 'w': np.zeros(3)}


def tool(*arguments):
    done = subprocess.run([BIN / 'torpor', *arguments], capture_output=True, text=True)
    return done.returncode, json.loads(done.stdout)


@pytest.fixture(scope='module')
def simulation(tmp_path_factory):
    folder = tmp_path_factory.mktemp('simulation')
    subprocess.run(
        [BIN / 'torpor-demo', '--neurons', '500', '--duration', '200 ms', '--every', '100 ms', '--dir', folder],
        check=True, stdout=subprocess.DEVNULL,
    )
    return folder


@pytest.fixture
def file(path):
    def write(index=True, **changes):
        torpor.msgpack_save(path, {**VALUE, **changes}, index=index)
        return path
    return write


def flip(path, place):
    content = bytearray(Path(path).read_bytes())
    content[place] ^= 1
    Path(path).write_bytes(content)


@pytest.mark.parametrize('index', [True, False])
def test_fine(index, file):
    path = file(index)
    result = torpor.verify(path)
    assert result and result['status'] == 'fine' and result['indexed'] is index
    assert tool('verify', '--json', path) == (0, [dict(result)])
    assert tool('info', '--json', path) == (0, torpor.info(path))


def test_packed(tmp_path):
    path = str(tmp_path / 'packed.msgpack')
    torpor.msgpack_save(path, {'V_m': np.zeros(10000)}, compress='zstd')
    assert torpor.info(path)['unpacked_size'] > torpor.info(path)['size']
    assert tool('info', '--json', path) == (0, torpor.info(path))


def test_damaged(file):
    path = file()
    flip(path, 5000)
    result = torpor.verify(path)
    assert not result and result['status'] == 'damaged' and 'cells/V_m' in result['error']
    assert tool('verify', '--json', path) == (1, [dict(result)])
    assert tool('info', '--json', path) == (1, torpor.info(path))
    assert torpor.info(path)['integrity'] == 'damaged'


def test_missing(tmp_path):
    path = str(tmp_path / 'nothing')
    result = torpor.verify(path)
    assert not result and result['status'] == 'not found'
    assert tool('verify', '--json', path) == (1, [dict(result)])
    with pytest.raises(FileNotFoundError):
        torpor.info(path)


def test_nonsense(path):
    Path(path).write_bytes(b'no checkpoint at all')
    assert not torpor.verify(path)
    assert tool('info', '--json', path) == (1, torpor.info(path))


def test_simulation(simulation):
    status, shown = tool('info', '--json', str(simulation))
    assert status == 0 and shown == torpor.info(simulation) and len(shown) == 2
    newest = shown[0]
    assert newest['what'] == 'checkpoint' and newest['clock'] == {'value': 200.0, 'unit': 'ms'}
    assert torpor.verify(newest['path'])
    with torpor.open(newest['path']) as checkpoint:
        assert checkpoint['clock'].unit == 'ms' and float(checkpoint['clock']) == 200.0
    differences = torpor.diff(newest['path'], shown[1]['path'])
    assert any(path.startswith('populations/') for path in differences.paths())
    assert_as_the_tool(newest['path'], shown[1]['path'])


# ---- diff ----


def test_no_difference(file, tmp_path):
    other = tmp_path / 'other'
    torpor.msgpack_save(other, VALUE)
    differences = torpor.diff(file(), other)
    assert not differences and differences == [] and str(differences) == ''


def test_differences(file, tmp_path):
    path = file()
    other = str(tmp_path / 'other')
    voltage = np.linspace(-70, -50, 50_000)
    voltage[[7, 40_000]] += [1.0, 2.0]
    torpor.msgpack_save(other, {'cells': {'V_m': voltage * u.mV, 'n': 4}, 'w': np.zeros(4), 'new': 1})
    by_path = {difference['path']: difference for difference in torpor.diff(path, other)}
    assert set(by_path) == {'cells/V_m', 'cells/n', 'w', 'new'}
    found = by_path['cells/V_m']
    assert (found['differs'], found['elements'], found['different'], found['first']) == ('value', 50_000, 2, 7)
    assert found['max_absolute'] == pytest.approx(2.0)
    assert by_path['w']['differs'] == 'shape' and by_path['new']['differs'] == 'only in b'
    assert found['unit'] == 'mV'
    assert 'cells/V_m' in str(torpor.diff(path, other))
    assert_as_the_tool(path, other)
    assert set(torpor.diff(path, other, atol=3.0).paths()) == {'w', 'new'}


def assert_as_the_tool(path, other):
    status, shown = tool('diff', '--json', path, other)
    assert status == 1 and shown['equal'] is False
    ours = [dict(difference) for difference in torpor.diff(path, other)]
    for difference in ours:
        assert difference.pop('text')
    assert ours == shown['differences']


def test_damaged_files_are_not_compared(file, tmp_path):
    other = str(tmp_path / 'other')
    torpor.msgpack_save(other, VALUE, index=True)
    path = file()
    flip(path, 5000)
    with pytest.raises(torpor.InvalidCheckpointPath, match='cells/V_m'):
        torpor.diff(path, other)
    assert tool('diff', '--json', path, other)[1]['equal'] is False


def test_tolerances(path, tmp_path):
    other = str(tmp_path / 'other')
    torpor.msgpack_save(path, {'x': np.array([1.0, 2.0])})
    torpor.msgpack_save(other, {'x': np.array([1.0, 2.001])})
    assert torpor.diff(path, other)
    assert not torpor.diff(path, other, atol=0.01)
    assert not torpor.diff(path, other, rtol=0.001)
    assert torpor.diff(path, other, rtol=0.0001)
    for wrong in (-1.0, float('nan'), float('inf')):
        with pytest.raises(ValueError):
            torpor.diff(path, other, atol=wrong)


def test_files_that_cannot_be_compared(path, tmp_path):
    torpor.msgpack_save(path, VALUE)
    with pytest.raises(FileNotFoundError):
        torpor.diff(path, tmp_path / 'nothing')
    (tmp_path / 'bad').write_bytes(b'\x81')
    with pytest.raises(torpor.InvalidCheckpointPath):
        torpor.diff(path, tmp_path / 'bad')
