"""The extension gives back every reference it takes, also when it fails."""

import gc
import sys

import brainstate
import brainunit as u
import jax.numpy as jnp
import numpy as np
import pytest

import torpor
from torpor import _core


class Bad:
    pass


OTHER_SHAPE = np.ones(3)  # made once: numpy 2.4 itself loses a reference to float64 here
VALUE = {
    'array': np.arange(1000.0), 'strided': np.arange(100)[::3], 'big-endian': np.arange(9, dtype='>i4'),
    'jax': jnp.ones(3), 'text': 'x' * 1000, 'bytes': b'y' * 1000, 'scalar': np.float32(3.5),
    'quantity': np.arange(4.0) * u.mV, 'number': 2.5 * u.nS, 'root': u.Quantity(1.5, unit=u.mV**0.5),
    'state': brainstate.State(np.zeros(7)), 'list': [12345678901, {'k': (1.25, 'abc' * 100)}],
    'complex': 1.5 + 2j, 12345: 'number key',
}


def objects(value):
    yield value
    if isinstance(value, dict):
        for key, item in value.items():
            yield key
            yield from objects(item)
    elif isinstance(value, (list, tuple)):
        for item in value:
            yield from objects(item)
    elif isinstance(value, u.Quantity):
        yield value.mantissa
        yield value.unit
    elif isinstance(value, brainstate.State):
        yield value.value


WATCHED = [*objects(VALUE), *map(type, objects(VALUE)), None, True, torpor.msgpack_to_state_dict, np.dtype('f8')]


def save(path):
    torpor.msgpack_save(path, VALUE, fsync=False)


def save_index(path):
    torpor.msgpack_save(path, VALUE, fsync=False, index=True)


def save_async(path):
    with torpor.AsyncManager() as manager:
        torpor.msgpack_save(path, VALUE, fsync=False, async_manager=manager)
        manager.wait_previous_save()
        torpor.msgpack_save(path, VALUE, fsync=False, async_manager=manager)


def fail_to_save(path):
    for bad in (Bad(), {1}, 2**70, {'x': {1: 2, '1': 3}}, np.array(['text']), np.array([None]), '\ud800'):
        with pytest.raises((TypeError, ValueError, OverflowError)):
            torpor.msgpack_save(path, {'v': VALUE, 'l': [VALUE, {'bad': bad}]})
    loop = {}
    loop['loop'] = [loop, VALUE]
    with pytest.raises(RecursionError):
        torpor.msgpack_save(path, loop)
    loop.clear()
    with pytest.raises(OSError):
        torpor.msgpack_save('/proc/nowhere', VALUE)


def load(path):
    save(path)
    torpor.msgpack_load(path)
    torpor.msgpack_load(path, VALUE)


def fail_to_load(path):
    save(path)
    with pytest.raises(ValueError):
        torpor.msgpack_load(path, {**VALUE, 'array': OTHER_SHAPE})
    with open(path, 'rb+') as file:
        file.truncate(900)
    with pytest.raises(torpor.InvalidCheckpointPath):
        torpor.msgpack_load(path)


def open_and_report(path):
    save(path)
    with torpor.open(path) as checkpoint:
        for key in checkpoint:
            checkpoint[key]
    save_index(path + '2')
    torpor.diff(path, path + '2')
    torpor.info(path)
    torpor.verify(path)


def misuse(path):
    for name, arguments in {
        'save': (None, b'x', True, False, False, 0), 'stage': (None, None), 'build': (), 'load': (3,),
        'unit_conversion': ((1, 2.0, 3.0, b'short'), (1, 2.0, 3.0, b'')), 'unit_numbers': ('nonsense',),
    }.items():
        with pytest.raises(Exception):
            getattr(_core, name)(*arguments)


@pytest.mark.parametrize(
    'action', [save, save_index, save_async, fail_to_save, load, fail_to_load, open_and_report, misuse]
)
def test_references(action, path):
    def count():
        gc.collect()
        return [sys.getrefcount(item) for item in WATCHED]

    for _ in range(3):
        action(path)  # fills the caches
    before = count()
    for _ in range(20):
        action(path)
    after = count()
    # None and True are everywhere; a reference lost per call would show as 20 or more.
    grown = {repr(item)[:60]: b - a for item, a, b in zip(WATCHED, before, after) if b - a >= 15}
    assert not grown, grown


def test_memory(tmp_path):
    """Hundreds of saves and loads of a few MB stay within a few MB."""
    def resident():
        gc.collect()
        with open('/proc/self/statm') as file:
            return int(file.read().split()[1]) * 4096

    value = {'v': VALUE, 'x': np.zeros(300_000), 'd': {f'k{i}': float(i) * u.mV for i in range(50)}}
    path = tmp_path / 'c'

    def cycle():
        torpor.msgpack_save(path, value, fsync=False, index=True)
        torpor.msgpack_load(path)
        torpor.msgpack_load(path, value)
        with pytest.raises(TypeError):
            torpor.msgpack_save(path, [value, {1}])

    for _ in range(20):
        cycle()
    before = resident()
    for _ in range(60):
        cycle()
    assert resident() - before < 6 << 20
