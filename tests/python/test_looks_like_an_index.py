"""Values whose bytes look like an index: what is saved can be loaded, and damage to an index is noticed."""

import hashlib
from pathlib import Path

import braintools.file as braintools
import msgpack
import numpy as np
import pytest
from same import assert_same

import torpor

MAGIC = b'TORPOR\r\n'
VALUES = {
    'a SHA-384 under a last key trailer': {'body': np.arange(3), 'trailer': hashlib.sha384(b'x').digest()},
    'in a nested map': {'message': {'trailer': bytes(48)}},
    'with the magic': {'trailer': MAGIC + bytes(40)},
    'the magic alone': {'raw': np.frombuffer(MAGIC + bytes(40), np.uint8)},
    'an unknown version': {'trailer': MAGIC + (9).to_bytes(8, 'little') + bytes(32)},
    'root is bytes': MAGIC + bytes(40),
    'root is a list': [1, {'trailer': bytes(48)}],
    'index key below the root': {'a': {'__torpor_index__': 1}},
    'index key not of the root': {'a': {'__torpor_index__': {'trailer': MAGIC + bytes(40)}}},
}


@pytest.mark.parametrize('index', [False, True])
@pytest.mark.parametrize('name', VALUES)
def test_is_saved_and_loaded(name, index, path):
    value = VALUES[name]
    if index and not isinstance(value, dict):
        value = {'value': value}
    torpor.msgpack_save(path, value, index=index)
    loaded = braintools.msgpack_load(path)
    assert torpor.verify(path)['indexed'] is index and torpor.verify(path)
    assert torpor.info(path)['indexed'] is index
    if index:
        del loaded['__torpor_index__']
    assert_same(torpor.msgpack_load(path), loaded)
    if isinstance(value, dict):
        with torpor.open(path) as opened:
            assert list(opened) == list(value)


def with_right_trailer(place_of_value, end, value):
    """A value that ends as the index of a file of `end` bytes does, in all that a reader compares but the hash."""
    fields = [1, place_of_value, end - 48 - place_of_value, value, end]
    return MAGIC + b''.join(field.to_bytes(8, 'little') for field in fields)


def test_right_length_and_place(path):
    value = {'a': {'ranges': 1, 'trailer': bytes(48)}}
    torpor.msgpack_save(path, value)
    end = Path(path).stat().st_size
    value['a']['trailer'] = with_right_trailer(3, end, 7)
    torpor.msgpack_save(path, value)
    assert Path(path).stat().st_size == end
    assert_same(torpor.msgpack_load(path), value)


def indexed(path):
    torpor.msgpack_save(path, {'x': np.arange(5), 'y': 'text'}, index=True)
    return braintools.msgpack_load(path)


def test_what_braintools_loaded_from_an_indexed_file(path):
    """Below another key it is a value. As the root's own it would be read as an index, so it is refused."""
    loaded = indexed(path)
    nested = {'model': loaded}
    torpor.msgpack_save(path, nested)
    assert_same(torpor.msgpack_load(path), nested)
    before = Path(path).read_bytes()
    renamed = {'x': loaded['x'], 'old': loaded['__torpor_index__']}
    for value in (loaded, {'__torpor_index__': 1}, {'__torpor_index__': 1, 'b': 2}, renamed):
        with pytest.raises(ValueError, match='index'):
            torpor.msgpack_save(path, value)
        assert Path(path).read_bytes() == before


def test_key_of_an_index_that_is_not_the_last(path):
    content = {'__torpor_index__': 1, 'b': 2}
    braintools.msgpack_save(path, content)
    assert torpor.msgpack_load(path) == content and not torpor.verify(path)['indexed']


def test_key_of_an_index_without_one(path):
    braintools.msgpack_save(path, {'b': 2, '__torpor_index__': 1})
    with pytest.raises(torpor.InvalidCheckpointPath) as caught:
        torpor.msgpack_load(path)
    assert '__torpor_index__ does not end with a trailer' in str(caught.value.__cause__)


@pytest.mark.parametrize('reader', ['msgpack_load', 'open', 'verify', 'diff'])
def test_every_flipped_bit_of_an_index_is_noticed(reader, path, tmp_path):
    """Of its key, too, with which a reader knows it; by readers that look at the structure only, those of the key."""
    indexed(path)
    whole = Path(path).read_bytes()
    begin = whole.index(b'\xb0__torpor_index__')
    end = len(whole) if reader != 'open' else begin + 17
    for place in range(begin, end):
        for bit in range(8):
            damaged = bytearray(whole)
            damaged[place] ^= 1 << bit
            Path(path).write_bytes(damaged)
            if reader == 'verify':
                assert not torpor.verify(path), (place, bit)
                continue
            with pytest.raises(torpor.InvalidCheckpointPath):
                torpor.diff(path, path) if reader == 'diff' else getattr(torpor, reader)(path)


def test_random_ends(path):
    """What a fuzzer tries: bytes of a trailer in any place of the last value."""
    random = np.random.default_rng(5)
    index = indexed(path)['__torpor_index__']
    packed = msgpack.packb({'trailer': index['trailer']})
    for _ in range(200):
        tail = bytearray(packed)
        for place in random.integers(len(tail), size=random.integers(3)):
            tail[place] = random.integers(256)
        kind = random.integers(4)
        last = [bytes(tail), np.frombuffer(bytes(tail), np.uint8), {'trailer': bytes(tail[-48:])},
                {'a': [{'trailer': bytes(tail[-48:])}]}][kind]
        value = {'n': int(random.integers(100)), 'last': last}
        torpor.msgpack_save(path, value, fsync=False)
        assert_same(torpor.msgpack_load(path), braintools.msgpack_load(path))
