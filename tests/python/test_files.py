"""Files: what is missing, there already, cut off or damaged; and that nothing is lost."""

import os
import resource
import stat
from pathlib import Path

import braintools.file as braintools
import brainunit as u
import msgpack
import numpy as np
import pytest
from same import assert_same, braintools_way, described, outcome

import torpor

VALUE = {'cells': {'V_m': np.linspace(-70, -50, 40), 'n': 3}, 'names': ['a', 'b'], 'f': 1.5}


def test_returns_and_prints_the_name(tmp_path, capsys):
    path = tmp_path / 'new' / 'folder' / 'c.msgpack'
    assert torpor.msgpack_save(path, VALUE, verbose=True) == str(path)
    torpor.msgpack_load(path, verbose=True)
    assert capsys.readouterr().out == f'Saving checkpoint into {path}\nLoading checkpoint from {path}\n'
    torpor.msgpack_load(torpor.msgpack_save(path, VALUE))
    assert capsys.readouterr().out == ''


def both(function, *arguments, **options):
    ours, our_warnings = outcome(getattr(torpor, function), *arguments, **options)
    theirs, their_warnings = outcome(getattr(braintools, function), *arguments, **options)
    assert isinstance(theirs, Exception)
    assert type(ours) is type(theirs) and str(ours) == str(theirs)
    assert our_warnings == their_warnings
    return ours


def test_missing_file(path):
    assert str(both('msgpack_load', path)) == f'Checkpoint not found: {path}'


def test_existing_file(path):
    torpor.msgpack_save(path, VALUE)
    before = Path(path).read_bytes()
    with braintools_way():
        both('msgpack_save', path, {'other': 1}, overwrite=False)
    with pytest.raises(torpor.AlreadyExistsError, match=f'existing file: "{path}"') as caught:
        torpor.msgpack_save(path, {'other': 1}, overwrite=False)
    assert isinstance(caught.value, torpor.InvalidCheckpointPath)  # what a port from braintools catches
    assert Path(path).read_bytes() == before
    assert torpor.InvalidCheckpointPath is braintools.InvalidCheckpointPath
    assert torpor.AlreadyExistsError is braintools.AlreadyExistsError


def test_too_large(path):
    torpor.msgpack_save(path, VALUE)
    both('msgpack_load', path, max_size=100)
    torpor.msgpack_load(path, max_size=os.path.getsize(path))


def test_folder_that_cannot_be_made(tmp_path):
    (tmp_path / 'file').write_text('')
    both('msgpack_save', str(tmp_path / 'file' / 'c.msgpack'), VALUE)


def test_a_folder_is_no_checkpoint(tmp_path):
    ours, _ = outcome(torpor.msgpack_load, tmp_path)
    assert isinstance(ours, IsADirectoryError)
    error, _ = outcome(torpor.msgpack_save, tmp_path, VALUE)
    assert isinstance(error, OSError)


@pytest.mark.parametrize('length', range(0, 379, 17))
def test_cut_off(length, path):
    torpor.msgpack_save(path, VALUE)
    whole = Path(path).read_bytes()
    assert length < len(whole)
    Path(path).write_bytes(whole[:length])
    with braintools_way():
        both('msgpack_load', path)
    for load in (torpor.msgpack_load, torpor.open):
        with pytest.raises(torpor.InvalidCheckpointPath, match='Corrupt or invalid checkpoint data') as caught:
            load(path)
        assert path in str(caught.value)
        assert str(caught.value.__cause__.message) in str(caught.value)  # the library's words: place, found


def test_bytes_that_follow(path):
    torpor.msgpack_save(path, VALUE)
    with open(path, 'ab') as file:
        file.write(b'\0')
    with braintools_way():
        both('msgpack_load', path)


def test_every_single_byte_changed(path):
    """Either braintools' exception, or an exception where braintools loads nonsense, or the load."""
    torpor.msgpack_save(path, VALUE)
    whole = Path(path).read_bytes()
    for place in range(len(whole)):
        damaged = bytearray(whole)
        damaged[place] ^= 0x81
        Path(path).write_bytes(damaged)
        ours, _ = outcome(torpor.msgpack_load, path)
        theirs, _ = outcome(braintools.msgpack_load, path)
        if isinstance(ours, torpor.InvalidCheckpointPath):
            assert path in str(ours)
        if isinstance(theirs, torpor.InvalidCheckpointPath):
            with braintools_way():
                ours, _ = outcome(torpor.msgpack_load, path)
        if not isinstance(ours, Exception):
            assert_same(ours, theirs)
        elif isinstance(theirs, torpor.InvalidCheckpointPath):
            assert described(ours) == described(theirs)
        else:
            assert isinstance(ours, torpor.InvalidCheckpointPath)


# Accepted by braintools, though no value of anybody's gives these bytes.
def array(shape, dtype, content):
    payload = msgpack.packb((shape, dtype, content), use_bin_type=True)
    return msgpack.packb({'a': msgpack.ExtType(1, payload)})


NONSENSE = {
    'duplicate key': b'\x82\xa1a\x01\xa1a\x02',
    'negative shape': array([-1], 'int64', bytes(16)),
    'invalid bool': array([1], 'bool', b'\2'),
    'dtype nil': array([1], None, bytes(8)),
    'big-endian dtype': array([1], '>f8', b'\x3f\xf0' + bytes(6)),
    'unknown dtype': array([1], 'float', bytes(8)),
    'key of bytes': b'\x81\xc4\x01a\x01',
}


@pytest.mark.parametrize('name', NONSENSE)
def test_nonsense_is_refused(name, path):
    Path(path).write_bytes(NONSENSE[name])
    expected, _ = outcome(braintools.msgpack_load, path)
    assert not isinstance(expected, Exception)
    ours, _ = outcome(torpor.msgpack_load, path)
    assert isinstance(ours, torpor.InvalidCheckpointPath)
    torpor.braintools_compat(True)
    try:
        assert_same(torpor.msgpack_load(path), expected)
    finally:
        torpor.braintools_compat(False)


# A time of no bytes; one of more nanoseconds than a second has.
@pytest.mark.parametrize('time', [b'\xc7\x00\xff', b'\xd7\xff\xff\x00\x00\x04\x00\x00\x00\x00'])
def test_refused_in_the_words_of_braintools(time, path):
    Path(path).write_bytes(b'\x81\xa1t' + time)
    with braintools_way():
        refusal = both('msgpack_load', path)
    assert isinstance(refusal, torpor.InvalidCheckpointPath) and refusal.__cause__ is not None


def test_full_disk_leaves_the_earlier_checkpoint(path, tmp_path):
    torpor.msgpack_save(path, VALUE)
    before = Path(path).read_bytes()
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    import signal
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, hard))
    try:
        with pytest.raises(OSError, match='File too large') as error:
            torpor.msgpack_save(path, {'a': np.zeros(1_000_000)})
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        signal.signal(signal.SIGXFSZ, handler)
    assert error.value.filename == path
    assert Path(path).read_bytes() == before
    assert os.listdir(tmp_path) == ['checkpoint.msgpack']


def test_permissions_are_those_of_the_umask(path):
    before = os.umask(0o027)
    try:
        torpor.msgpack_save(path, VALUE)
    finally:
        os.umask(before)
    assert stat.S_IMODE(os.stat(path).st_mode) == 0o640


@pytest.mark.parametrize('compat_too', [False, True])
def test_what_is_no_file_is_not_waited_for(compat_too, path):
    os.mkfifo(path)
    torpor.braintools_compat(compat_too)
    try:
        for load in (torpor.msgpack_load, torpor.open):
            with pytest.raises(torpor.InvalidCheckpointPath, match='is a named pipe; expected a checkpoint file'):
                load(path)
    finally:
        torpor.braintools_compat(False)


@pytest.mark.parametrize('index', [False, True])
def test_compressed(path, tmp_path, index):
    value = {'a': np.arange(300_000, dtype=np.float64), 'b': {'c': np.zeros(5, np.int32), 'd': 'text'}}
    plain = str(tmp_path / 'plain.msgpack')
    torpor.msgpack_save(plain, value, index=index)
    torpor.msgpack_save(path, value, index=index, compress='zstd:5')
    assert os.path.getsize(path) < os.path.getsize(plain) / 2
    loaded = torpor.msgpack_load(path)
    assert loaded['a'].dtype == value['a'].dtype and np.array_equal(loaded['a'], value['a'])
    assert loaded['b']['d'] == 'text'
    lazy = torpor.open(path)
    assert np.array_equal(np.asarray(lazy['a'])[1000:1010], value['a'][1000:1010])
    assert not torpor.diff(path, plain)
    assert torpor.verify(path)['ok']
    with open(path, 'r+b') as file:
        file.seek(os.path.getsize(path) // 2)
        byte = file.read(1)
        file.seek(-1, 1)
        file.write(bytes([byte[0] ^ 1]))
    with pytest.raises(Exception, match='damaged'):
        torpor.msgpack_load(path)


def test_how_to_compress(path):
    with pytest.raises(ValueError, match="zstd:1 to zstd:19, found 'gzip'"):
        torpor.msgpack_save(path, VALUE, compress='gzip')
    assert not os.path.exists(path)


# ---- index ----


def test_index_opens_in_braintools(path):
    torpor.msgpack_save(path, VALUE, index=True)
    loaded = braintools.msgpack_load(path)
    assert list(loaded) == [*VALUE, '__torpor_index__']
    del loaded['__torpor_index__']
    assert_same(torpor.msgpack_load(path), loaded)


@pytest.mark.parametrize('value', [3, [1], {'__torpor_index__': 1}])
def test_index_needs_a_map(value, path):
    if value == [1]:
        torpor.msgpack_save(path, value, index=True)  # a list is a map
        return
    with pytest.raises(ValueError):
        torpor.msgpack_save(path, value, index=True)
    assert not os.path.exists(path)


def test_index_finds_every_flipped_bit(path):
    torpor.msgpack_save(path, {'a': np.arange(40.0), 'b': 'text'}, index=True)
    whole = Path(path).read_bytes()
    for place in range(len(whole)):
        damaged = bytearray(whole)
        damaged[place] ^= 1 << place % 8
        Path(path).write_bytes(damaged)
        with pytest.raises(torpor.InvalidCheckpointPath):
            torpor.msgpack_load(path)


@pytest.mark.parametrize('parallel', [True, False])
def test_index_finds_damage_in_large_arrays(parallel, path, monkeypatch):
    """Arrays of their own ranges, of several, in chunks, with a unit, of bools."""
    monkeypatch.setattr(torpor._msg_checkpoint, 'MAX_CHUNK_SIZE', 1 << 20)
    rng = np.random.default_rng(4)
    value = {
        'small': np.arange(3), 'weights': rng.normal(size=(70, 100)), 'chunked': rng.normal(size=300_000),
        'voltage': rng.normal(size=20_000) * u.mV, 'spiked': rng.random(100_000) < 0.5,
    }
    torpor.msgpack_save(path, value, index=True, fsync=False)
    theirs = braintools.msgpack_load(path)
    del theirs['__torpor_index__']
    assert_same(torpor.msgpack_load(path, parallel=parallel), theirs)
    whole = Path(path).read_bytes()
    for place in rng.integers(len(whole), size=60):
        with open(path, 'r+b') as file:
            file.seek(place)
            file.write(bytes([whole[place] ^ 0x40]))
        with pytest.raises(torpor.InvalidCheckpointPath) as caught:
            torpor.msgpack_load(path, parallel=parallel)
        assert 'damaged' in str(caught.value.__cause__) or place > len(whole) - 3000, place
        with open(path, 'r+b') as file:
            file.seek(place)
            file.write(whole[place:place + 1])


def test_index_of_one_range_for_all(path):
    """Arrays that share a range with others are verified with it."""
    value = {f'a{i}': np.full(1000, float(i)) for i in range(20)}  # in the file, below 64 KiB
    torpor.msgpack_save(path, value, index=True, fsync=False)
    assert_same(torpor.msgpack_load(path), value)
    with open(path, 'r+b') as file:
        file.seek(5000)
        file.write(b'\x01')
    with pytest.raises(torpor.InvalidCheckpointPath) as caught:
        torpor.msgpack_load(path)
    assert 'a0' in str(caught.value.__cause__)


@pytest.mark.parametrize('parallel', [True, False])
@pytest.mark.parametrize('index', [True, False])
@pytest.mark.parametrize('chunk', [1 << 30, (1 << 20) + 1])
def test_large_arrays(chunk, index, parallel, path, monkeypatch):
    """They have memory of their own, which goes with the last view of them."""
    monkeypatch.setattr(torpor._msg_checkpoint, 'MAX_CHUNK_SIZE', chunk)
    random = np.random.default_rng(7)
    value = {
        'bytes': random.integers(0, 255, (4 << 20) + 1, np.uint8),
        'table': random.normal(size=(1999, 2003)).astype(np.float32),
        'many': [random.integers(0, 9, 1 << 19) for _ in range(12)],
        'small': np.arange(5),
    }
    torpor.msgpack_save(path, value, index=index)
    loaded = torpor.msgpack_load(path, value, parallel=parallel)
    assert_same(loaded, value)
    assert loaded['bytes'].flags.writeable and not torpor.msgpack_load(path)['bytes'].flags.writeable
    row = loaded.pop('table')[7]
    loaded.clear()
    assert row.tobytes() == value['table'][7].tobytes()


def test_memory_of_large_arrays_is_given_back(path):
    def resident():
        with open('/proc/self/statm') as file:
            return int(file.read().split()[1]) * resource.getpagesize()

    torpor.msgpack_save(path, {'a': np.ones(8 << 20)})
    before = resident()
    for _ in range(4):
        loaded = torpor.msgpack_load(path)
    assert resident() - before > 60 << 20
    del loaded
    assert resident() - before < 32 << 20
