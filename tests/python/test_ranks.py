"""Checkpoints of several ranks: each function sees all shards that the manifest names."""

import json
import os
import subprocess
from pathlib import Path

import numpy as np
import pytest
from same import assert_same

import torpor

BIN = Path(os.environ['PYTHONPATH'].split(os.pathsep)[0]).parent / 'bin'
SHARD = 'ckpt-0000000000000040.shard-1-of-3.msgpack'


def tool(*arguments):
    done = subprocess.run([BIN / 'torpor', *arguments], capture_output=True, text=True)
    return done.returncode, done.stdout


def run(folder, n_ranks, *options):
    folder.mkdir()
    subprocess.run([BIN / 'ranks-program', folder, str(n_ranks), '45', *options], check=True)
    return folder / 'checkpoints'


def newest_of(folder):
    return str(folder / 'ckpt-0000000000000040.msgpack')


@pytest.fixture
def folder(tmp_path):
    return run(tmp_path / 'three', 3)


def spoil(path, how):
    if how == 'missing':
        path.unlink()
    elif how == 'damaged':
        content = bytearray(path.read_bytes())
        content[len(content) // 3] ^= 1
        path.write_bytes(content)
    else:
        path.write_bytes(path.with_name(path.name.replace('40', '30')).read_bytes())


@pytest.mark.parametrize('how', ['missing', 'damaged', 'older'])
def test_latest(folder, how):
    assert torpor.latest(folder) == newest_of(folder)
    spoil(folder / SHARD, how)
    with pytest.warns(UserWarning, match=SHARD):
        found = torpor.latest(folder)
    assert found == newest_of(folder).replace('40', '30')
    assert tool('latest', folder) == (0, found + '\n')


def test_diff(folder, tmp_path):
    two = run(tmp_path / 'two', 2, 'writers=1')
    differences = torpor.diff(newest_of(folder), newest_of(two))
    assert {path.split('/')[0] for path in differences.paths()} == {'outputs'}, 'only their names'
    before = newest_of(folder).replace('40', '30')
    assert 'populations/cells/all/v' in list(torpor.diff(before, newest_of(two)).paths())
    spoil(folder / SHARD, 'missing')
    with pytest.raises(torpor.InvalidCheckpointPath, match=f'{SHARD}.*No such file'):
        torpor.diff(newest_of(folder), newest_of(two))


# ---- what is in it ----


@pytest.fixture
def converted(folder):
    path = folder.parent / 'whole.msgpack'
    assert tool('convert', newest_of(folder), path)[0] == 0
    return torpor.msgpack_load(path)


@pytest.mark.parametrize('options', [(), ('writers=2',), ('compress=zstd',)])
def test_load(tmp_path, options):
    newest = newest_of(run(tmp_path / 'run', 3, *options))
    assert tool('convert', newest, tmp_path / 'whole.msgpack')[0] == 0
    expected = torpor.msgpack_load(tmp_path / 'whole.msgpack')
    assert len(expected['populations']['cells']['all']['v']['mantissa']) == 101
    for parallel in (True, False):
        assert_same(torpor.msgpack_load(newest, parallel=parallel), expected)
    template = {'populations': expected['populations'], 'step': 0}
    with pytest.warns(UserWarning, match='clock'):  # and others that the template does not have
        assert torpor.msgpack_load(newest, template)['step'] == 40


def test_open(folder, converted):
    with torpor.open(newest_of(folder)) as checkpoint:
        assert list(checkpoint) == list(converted)
        v = checkpoint['populations/cells/all/v']
        assert v.unit == 'mV' and v.shape == (101,) and not v.flags.writeable
        np.testing.assert_array_equal(v, converted['populations']['cells']['all']['v']['mantissa'])
        g = checkpoint['populations/ring/g']
        np.testing.assert_array_equal(g, converted['populations']['ring']['g']['mantissa'])
        assert checkpoint['host/ranks'] == 1
        assert_same(checkpoint.load(), torpor.msgpack_load(newest_of(folder)))
    with pytest.raises(ValueError, match='is closed'):
        checkpoint['populations']


@pytest.mark.parametrize('how', ['missing', 'damaged', 'older'])
def test_spoilt_shards_are_named(folder, how):
    spoil(folder / SHARD, how)
    with pytest.raises(torpor.InvalidCheckpointPath, match=SHARD):
        torpor.msgpack_load(newest_of(folder))
    if how != 'damaged':  # open verifies nothing
        with pytest.raises(torpor.InvalidCheckpointPath, match=SHARD):
            torpor.open(newest_of(folder))


def test_info_and_verify(folder):
    newest = newest_of(folder)
    files = [path for path in folder.iterdir() if path.name.startswith('ckpt-0000000000000040.')]
    assert torpor.info(newest)['size'] == sum(path.stat().st_size for path in files) and len(files) == 4
    assert torpor.info(newest)['host']['ranks'] == 3
    assert json.loads(tool('info', '--json', folder)[1]) == torpor.info(folder)
    assert torpor.verify(newest)
    spoil(folder / SHARD, 'damaged')
    result = torpor.verify(newest)
    assert result['status'] == torpor.info(newest)['integrity'] == 'damaged' and SHARD in result['error']


def test_max_size_counts_the_shards(folder):
    newest = newest_of(folder)
    size = torpor.info(newest)['size']
    torpor.msgpack_load(newest, max_size=size)
    with pytest.raises(ValueError, match=f'too large: {size} bytes'):
        torpor.msgpack_load(newest, max_size=size - 1)
