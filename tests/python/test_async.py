"""AsyncManager: what is saved is the value at the call; errors come once; nothing overlaps."""

import gc
import os
import subprocess
import sys
import textwrap
import threading
import warnings

import braintools.file as braintools
import numpy as np
import pytest
from same import assert_same

import torpor
from torpor import _core

OVERLAP = (
    'A previous async torpor.msgpack_save has not finished '
    'yet; waiting for it to complete before starting the next save.'
)


@pytest.fixture
def held(monkeypatch):
    """Writing waits until the event is set."""
    event = threading.Event()
    save = _core.save

    def save_when_allowed(*arguments):
        assert event.wait(30)
        return save(*arguments)

    monkeypatch.setattr(_core, 'save', save_when_allowed)
    return event


def test_the_value_of_the_call_is_saved(tmp_path, held):
    arrays = {
        'small': np.zeros(3), 'large': np.zeros(100_000), 'bytes': bytearray(1000),
        'strided': np.zeros((100, 100))[::2, ::3], 'list': [1, 2],
    }
    before = {key: np.array(value) for key, value in arrays.items() if key != 'bytes'}
    path = str(tmp_path / 'c')
    with torpor.AsyncManager() as manager:
        assert torpor.msgpack_save(path, arrays, async_manager=manager) == path
        assert not os.path.exists(path)
        for value in arrays.values():
            if isinstance(value, np.ndarray):
                value += 1
        arrays['bytes'][:] = b'x' * 1000
        arrays['list'].append(3)
        held.set()
    loaded = torpor.msgpack_load(path)
    assert loaded['bytes'] == bytes(1000) and loaded['list'] == {'0': 1, '1': 2}
    for key in ('small', 'large', 'strided'):
        assert_same(loaded[key], before[key])


def many_small():
    return {f'n{i}': {'V': np.full(i, 0.5), 'k': i} for i in range(50)}


def large_in_any_order():
    """Shared by threads, which meet within arrays of each kind."""
    random = np.random.default_rng(3)
    plain = random.normal(size=(3001, 1009))
    return {
        'odd': np.ones(7, np.int8), 'plain': plain, 'columns': plain[:, ::2], 'reversed': plain[::-1],
        'swapped': plain.astype('>f8'), 'complex': (plain[:2000] + 1j).T, 'bytes': random.bytes(1 << 20),
    }


@pytest.mark.parametrize('value', [many_small, large_in_any_order])
def test_bytes_are_those_of_a_plain_save(value, tmp_path):
    value = value()
    torpor.msgpack_save(tmp_path / 'plain', value)
    with torpor.AsyncManager() as manager:
        for name in ('first', 'second'):
            torpor.msgpack_save(tmp_path / name, value, async_manager=manager)
            manager.wait_previous_save()
            assert (tmp_path / name).read_bytes() == (tmp_path / 'plain').read_bytes()


def test_an_unfinished_save_is_warned_of_and_waited_for(tmp_path, held):
    with torpor.AsyncManager(max_workers=2) as manager:
        torpor.msgpack_save(tmp_path / 'a', {'x': 1}, async_manager=manager)
        threading.Timer(0.2, held.set).start()
        with pytest.warns(UserWarning) as caught:
            torpor.msgpack_save(tmp_path / 'b', {'x': 2}, async_manager=manager)
        assert [str(w.message) for w in caught] == [OVERLAP]
        assert (tmp_path / 'a').exists()
    assert torpor.msgpack_load(tmp_path / 'b') == {'x': 2}


def test_a_finished_save_is_not_warned_of(tmp_path):
    with warnings.catch_warnings(), torpor.AsyncManager() as manager:
        warnings.simplefilter('error')
        for i in range(5):
            torpor.msgpack_save(tmp_path / 'a', {'i': i}, async_manager=manager)
            manager.wait_previous_save()
    assert torpor.msgpack_load(tmp_path / 'a') == {'i': 4}


def test_compat_does_not_warn(tmp_path, held, compat):
    with warnings.catch_warnings(), torpor.AsyncManager() as manager:
        warnings.simplefilter('error')
        torpor.msgpack_save(tmp_path / 'a', {'x': 1}, async_manager=manager)
        threading.Timer(0.2, held.set).start()
        torpor.msgpack_save(tmp_path / 'b', {'x': 2}, async_manager=manager)


def break_save(manager, tmp_path):
    folder = tmp_path / 'gone'
    folder.mkdir(exist_ok=True)
    event = threading.Event()
    manager.executor.submit(event.wait)  # holds the only worker
    torpor.msgpack_save(folder / 'c', {'x': 1}, async_manager=manager)
    folder.rmdir()
    event.set()


def test_an_error_is_raised_once_and_the_manager_goes_on(tmp_path):
    manager = torpor.AsyncManager()
    break_save(manager, tmp_path)
    with pytest.raises(OSError):
        manager.wait_previous_save()
    manager.wait_previous_save()
    torpor.msgpack_save(tmp_path / 'c', {'x': 1}, async_manager=manager)
    manager.close()
    assert torpor.msgpack_load(tmp_path / 'c') == {'x': 1}


def test_an_error_is_raised_by_the_next_save(tmp_path):
    manager = torpor.AsyncManager()
    break_save(manager, tmp_path)
    while not manager.save_future.done():
        pass
    with pytest.raises(OSError):
        torpor.msgpack_save(tmp_path / 'c', {'x': 1}, async_manager=manager)
    torpor.msgpack_save(tmp_path / 'c', {'x': 2}, async_manager=manager)
    manager.close()
    assert torpor.msgpack_load(tmp_path / 'c') == {'x': 2}


def test_an_error_is_raised_by_close_and_told_when_collected(tmp_path):
    manager = torpor.AsyncManager()
    break_save(manager, tmp_path)
    with pytest.raises(OSError):
        manager.close()
    manager.close()
    manager = torpor.AsyncManager()
    break_save(manager, tmp_path)
    with pytest.warns(RuntimeWarning, match='AsyncManager encountered an error during cleanup'):
        del manager
        gc.collect()


def test_an_existing_file(tmp_path):
    path = str(tmp_path / 'c')
    torpor.msgpack_save(path, {'x': 1})
    with torpor.AsyncManager() as manager:
        with pytest.raises(torpor.InvalidCheckpointPath):
            torpor.msgpack_save(path, {'x': 2}, overwrite=False, async_manager=manager)


def test_a_file_that_appears_meanwhile(tmp_path, held):
    path = str(tmp_path / 'c')
    manager = torpor.AsyncManager()
    torpor.msgpack_save(path, {'x': 2}, overwrite=False, async_manager=manager)
    with open(path, 'wb') as file:
        file.write(b'\x01')
    held.set()
    with pytest.raises(torpor.AlreadyExistsError) as error:
        manager.close()
    assert str(error.value) == f'Trying overwrite an existing file: "{path}".'
    assert torpor.msgpack_load(path) == 1


def test_closed(tmp_path):
    for module in (torpor, braintools):
        manager = module.AsyncManager()
        manager.close()
        manager.close()
        with pytest.raises(RuntimeError, match='^Cannot save with a closed AsyncManager$'):
            module.msgpack_save(str(tmp_path / 'c'), {'x': 1}, async_manager=manager)
        with pytest.raises(RuntimeError, match='closed'):
            manager.save_async(lambda: None)


def test_braintools_own_manager(tmp_path):
    value = {'x': np.zeros(10_000)}
    with braintools.AsyncManager() as manager:
        torpor.msgpack_save(tmp_path / 'c', value, async_manager=manager)
        value['x'] += 1
    assert_same(torpor.msgpack_load(tmp_path / 'c')['x'], np.zeros(10_000))


def test_a_value_that_cannot_be_saved_leaves_the_manager_working(tmp_path):
    with torpor.AsyncManager() as manager:
        with pytest.raises(TypeError):
            torpor.msgpack_save(tmp_path / 'c', {'x': {1}}, async_manager=manager)
        torpor.msgpack_save(tmp_path / 'c', {'x': 1}, async_manager=manager)


def test_the_memory_of_the_copy_is_kept(tmp_path):
    """From the second save on no new memory is needed."""
    with torpor.AsyncManager() as manager:
        for size in (1000, 50_000, 10):
            value = {'x': np.arange(float(size)), 'y': np.arange(size // 2)}
            torpor.msgpack_save(tmp_path / 'c', value, async_manager=manager)
            manager.wait_previous_save()
            loaded = torpor.msgpack_load(tmp_path / 'c')
            assert_same(loaded['x'], value['x'])
            assert_same(loaded['y'], value['y'])


def test_saved_when_the_interpreter_ends(tmp_path):
    program = f'''
        import numpy, torpor
        manager = torpor.AsyncManager()
        torpor.msgpack_save({str(tmp_path / 'c')!r}, {{'x': numpy.ones(1000000)}}, async_manager=manager)
    '''
    subprocess.run([sys.executable, '-c', textwrap.dedent(program)], check=True, timeout=60)
    assert torpor.msgpack_load(tmp_path / 'c')['x'].sum() == 1000000


def test_one_that_was_never_made_is_not_closed():
    with warnings.catch_warnings():
        warnings.simplefilter('error')
        with pytest.raises(ValueError, match='max_workers'):
            torpor.AsyncManager(max_workers=0)
        gc.collect()
