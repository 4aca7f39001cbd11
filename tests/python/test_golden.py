"""Files that braintools 0.3.0 wrote: what they load as, and that saving gives their bytes again."""

import hashlib
import json
import struct
from pathlib import Path

import msgpack
import numpy as np
import pytest

import torpor
from torpor import _msg_checkpoint

GOLDEN = Path(__file__).parents[1] / 'golden' / 'braintools'
FILES = sorted(GOLDEN.glob('[0-9]*.msgpack'))


def number(be_hex):
    return struct.unpack('>d', bytes.fromhex(be_hex))[0]


def dtype_of(node):
    return torpor._dtypes.from_name(node['dtype'])


def assert_node(value, node, path=''):
    kind = node['t']
    if kind == 'map':
        assert type(value) is dict, path
        assert list(value) == [key for key, _ in node['v']], path
        for key, child in node['v']:
            assert_node(value[key], child, f'{path}/{key}')
    elif kind == 'nil':
        assert value is None, path
    elif kind == 'bool':
        assert value is node['v'], path
    elif kind == 'int':
        assert type(value) is int and value == int(node['v']), path
    elif kind == 'float':
        assert struct.pack('>d', value).hex() == node['be_hex'], path
    elif kind == 'complex':
        parts = struct.pack('>d', value.real).hex(), struct.pack('>d', value.imag).hex()
        assert parts == (node['re_be_hex'], node['im_be_hex']), path
    elif kind == 'str':
        assert value.encode().hex() == node['utf8_hex'], path
    elif kind == 'bytes':
        assert type(value) is bytes and value.hex() == node['hex'], path
    elif kind == 'ndarray':
        assert type(value) is np.ndarray and not value.flags.writeable, path
        assert value.dtype == dtype_of(node) and list(value.shape) == node['shape'], path
        if 'hex' in node:
            assert value.tobytes().hex() == node['hex'], path
        else:
            assert hashlib.sha256(value.tobytes()).hexdigest() == node['sha256'], path
    elif kind == 'npscalar':
        assert isinstance(value, np.generic) and value.dtype == dtype_of(node), path
        assert value.tobytes().hex() == node['hex'], path
    elif kind == 'array':
        assert type(value) is list and len(value) == len(node['v']), path
        for i, child in enumerate(node['v']):
            assert_node(value[i], child, f'{path}/{i}')
    elif kind == 'ext':
        assert value == msgpack.ExtType(node['code'], bytes.fromhex(node['hex'])), path
    else:
        raise AssertionError(f'{path}: unknown kind {kind}')


@pytest.mark.parametrize('file', FILES, ids=lambda file: file.stem)
def test_loads_as_recorded(file):
    expected = json.loads(file.with_suffix('.json').read_text())
    assert_node(torpor.msgpack_load(file), expected['expected_without_target'])


@pytest.mark.parametrize('file', FILES, ids=lambda file: file.stem)
def test_saves_to_the_same_bytes(file, path, monkeypatch):
    if file.stem.startswith('20_'):
        monkeypatch.setattr(_msg_checkpoint, 'MAX_CHUNK_SIZE', 32)
    torpor.msgpack_save(path, torpor.msgpack_load(file))
    assert Path(path).read_bytes() == file.read_bytes()


def test_all_golden_files_are_there():
    assert len(FILES) >= 15
