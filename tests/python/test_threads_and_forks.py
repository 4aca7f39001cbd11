"""Several threads, and several processes."""

import os
import signal
import subprocess
import sys
import textwrap
import threading
import time

import numpy as np
import pytest
from same import assert_same

import torpor


def in_threads(n, function):
    errors = []

    def run(i):
        try:
            function(i)
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=run, args=(i,)) for i in range(n)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []


def value_of(i):
    return {
        'i': i, 'array': np.full(50_000 + i, float(i)), 'small': [np.arange(i), {'x': str(i)}] * 20,
    }


def test_saves_and_loads_in_threads(tmp_path):
    def save_and_load(i):
        for round_ in range(5):
            value = value_of(10 * i + round_)
            torpor.msgpack_save(tmp_path / f'{i}', value, index=i % 2 == 0, fsync=False)
            assert_same(torpor.msgpack_load(tmp_path / f'{i}', value), value)

    in_threads(8, save_and_load)


def test_saves_to_one_file_in_threads(tmp_path):
    """Whatever is there at any moment is one of the saves, whole."""
    path = tmp_path / 'c'
    torpor.msgpack_save(path, value_of(0))

    def save_or_load(i):
        for round_ in range(10):
            if i % 2:
                torpor.msgpack_save(path, value_of(10 * i + round_), fsync=False)
            else:
                loaded = torpor.msgpack_load(path)
                assert_same(loaded['array'], value_of(loaded['i'])['array'])

    in_threads(6, save_or_load)
    assert os.listdir(tmp_path) == ['c']


def test_one_manager_in_threads(tmp_path):
    manager = torpor.AsyncManager(max_workers=2)

    def save(i):
        for round_ in range(5):
            torpor.msgpack_save(tmp_path / f'{i}-{round_}', value_of(i), async_manager=manager, fsync=False)

    with pytest.warns(UserWarning):
        in_threads(4, save)
        manager.close()
    for i in range(4):
        for round_ in range(5):
            assert_same(torpor.msgpack_load(tmp_path / f'{i}-{round_}', value_of(i)), value_of(i))


def test_the_interpreter_runs_while_a_file_is_written(tmp_path):
    """The GIL is released: another thread's Python code goes on. Of several attempts one shows it, on a
    busy machine too."""
    assert any(interpreter_runs_beside(tmp_path / 'c') for _ in range(10))


def interpreter_runs_beside(path):
    ticks = []
    done = threading.Event()

    def tick():
        while not done.is_set():
            ticks.append(time.perf_counter())
            time.sleep(0.0005)

    thread = threading.Thread(target=tick)
    value = {'x': np.zeros(16 << 20)}
    thread.start()
    begin = time.perf_counter()
    torpor.msgpack_save(path, value, fsync=False)
    torpor.msgpack_load(path)
    end = time.perf_counter()
    done.set()
    thread.join()
    within = [t for t in ticks if begin < t < end]
    longest = max(b - a for a, b in zip([begin, *within], [*within, end]))
    return longest < (end - begin) / 2


FORK = '''
    import os, sys, numpy, torpor
    folder = sys.argv[1]
    value = {'x': numpy.arange(4000000.0), 'y': [numpy.arange(3)] * 10}
    manager = torpor.AsyncManager()
    for i in range(5):
        torpor.msgpack_save(f'{folder}/parent', value, async_manager=manager)
        child = os.fork()
        if child == 0:
            status = 1
            try:
                manager.wait_previous_save()
                assert manager.save_future is None
                torpor.msgpack_save(f'{folder}/child-sync', value)
                for _ in range(2):
                    torpor.msgpack_save(f'{folder}/child', value, async_manager=manager)
                manager.close()
                loaded = torpor.msgpack_load(f'{folder}/child')
                assert loaded['x'].tobytes() == value['x'].tobytes()
                status = 0
            finally:
                os._exit(status)
        _, status = os.waitpid(child, 0)
        assert status == 0, status
        manager.wait_previous_save()
        loaded = torpor.msgpack_load(f'{folder}/parent')
        assert loaded['x'].tobytes() == value['x'].tobytes()
    manager.close()
    assert sorted(os.listdir(folder)) == ['child', 'child-sync', 'parent'], os.listdir(folder)
'''


def test_fork_during_a_background_save(tmp_path):
    subprocess.run([sys.executable, '-c', textwrap.dedent(FORK), tmp_path], check=True, timeout=120)


KILLED = '''
    import sys, numpy, torpor
    path = sys.argv[1]
    manager = torpor.AsyncManager()
    print('ready', flush=True)
    i = 0
    while True:
        i += 1
        value = {'i': i, 'x': numpy.full(300000, i)}
        torpor.msgpack_save(path, value, async_manager=manager if i % 2 else None, index=True, fsync=False)
        manager.wait_previous_save()
'''


def test_killed_while_saving(tmp_path):
    path = tmp_path / 'c'
    seen = set()
    for delay in np.random.default_rng(5).uniform(0.05, 0.2, size=6):
        process = subprocess.Popen(
            [sys.executable, '-c', textwrap.dedent(KILLED), path], stdout=subprocess.PIPE
        )
        assert process.stdout.readline() == b'ready\n'
        while not path.exists():
            time.sleep(0.01)
        time.sleep(delay)
        process.send_signal(signal.SIGKILL)
        process.wait()
        process.stdout.close()
        if path.exists():
            loaded = torpor.msgpack_load(path)
            assert (loaded['x'] == loaded['i']).all()
            seen.add(loaded['i'])
    assert seen
    begin_again = 'import sys, torpor; torpor.msgpack_save(sys.argv[1], {})'
    subprocess.run([sys.executable, '-c', begin_again, path], check=True)
    assert os.listdir(tmp_path) == ['c']  # also the temporary files of the killed
