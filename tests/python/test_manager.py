"""CheckpointManager and latest: which checkpoint is the newest, which stay, and that nothing is lost."""

import os
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import numpy as np
import pytest
from same import assert_same

import torpor


def names(folder):
    return sorted(name for name in os.listdir(folder) if name.startswith('ckpt-'))


def value_of(step):
    return {'x': np.full(100, float(step)), 'rng': np.random.default_rng(step), 'n': step}


def start():
    return {'x': np.zeros(100), 'rng': np.random.default_rng(0), 'n': 0}


def flip(path, place=200):
    content = bytearray(Path(path).read_bytes())
    content[place] ^= 1
    Path(path).write_bytes(content)


def test_keeps_the_newest(tmp_path):
    with torpor.CheckpointManager(tmp_path / 'c', keep=2) as manager:
        assert manager.latest() is None and manager.restore_or_start(start())[1] == 0
        for step in (1, 5, 7, 100):
            assert manager.save(step, value_of(step)) == str(tmp_path / 'c' / f'ckpt-{step:016d}.msgpack')
        assert names(tmp_path / 'c') == [f'ckpt-{step:016d}.msgpack' for step in (7, 100)]
        assert manager.latest() == torpor.latest(tmp_path / 'c') == str(tmp_path / 'c' / f'ckpt-{100:016d}.msgpack')


def test_keeps_each_nth_for_good(tmp_path):
    with torpor.CheckpointManager(tmp_path, keep=1, keep_every=3) as manager:
        for step in range(1, 9):
            manager.save(10 * step, value_of(step))
    assert names(tmp_path) == [f'ckpt-{step:016d}.msgpack' for step in (30, 60, 80)]


@pytest.mark.parametrize('background', [False, True])
def test_goes_on_where_it_was(background, tmp_path):
    expected = start()
    for step in range(10):
        expected['x'] += expected['rng'].normal(size=100)
    done = 0
    for stop in (4, 4, 10):  # three processes' worth
        saver = torpor.AsyncManager() if background else None
        with torpor.CheckpointManager(tmp_path, async_manager=saver) as manager:
            state, resumed = manager.restore_or_start(start())
            assert resumed == done
            for step in range(resumed, stop):
                state['x'] += state['rng'].normal(size=100)
                manager.save(step + 1, state)
        done = stop
        if saver:
            saver.close()
    assert_same(state['x'], expected['x'])
    assert len(names(tmp_path)) == 3


def test_lists_may_have_grown(tmp_path):
    def begin():
        return {'losses': [], 'best': [0.0], 'log': {'seen': []}, 'weights': [np.zeros(2)], 'pair': (1, 2)}

    with torpor.CheckpointManager(tmp_path) as manager:
        state, _ = manager.restore_or_start(begin())
        state['losses'] += [0.1, 0.2, np.float64(0.3)]
        state['best'] += [0.5, 1]
        state['log']['seen'] += [np.arange(3.0), (1, [2.0, 'x']), {'step': 4}, [], {}]
        manager.save(1, state)
    for strict in (False, True):
        with torpor.CheckpointManager(tmp_path) as manager:
            again, done = manager.restore_or_start(begin(), strict=strict)
        assert done == 1 and again['losses'] == [0.1, 0.2, 0.3] and again['best'] == [0.0, 0.5, 1]
        seen = again['log']['seen']
        assert_same(seen[0], np.arange(3.0))
        assert seen[0].flags.writeable and seen[1:] == [[1, [2.0, 'x']], {'step': 4}, {}, {}]
    with torpor.CheckpointManager(tmp_path) as manager:
        manager.restore_or_start(begin(), 'never')
        manager.save(1, begin())
        longer = begin() | {'best': [1.0, 2.0]}
        assert manager.restore_or_start(longer)[0]['best'] == [0.0]


def test_other_lists_keep_their_length(tmp_path):
    saved = {'weights': [np.zeros(2), np.ones(2)], 'pair': (1, 2), 'dict': {'a': 1}}
    with torpor.CheckpointManager(tmp_path) as manager:
        manager.save(1, saved)
        with pytest.raises(ValueError, match=r'at path \./weights; a list that grows is empty, \[\], in the template'):
            manager.restore_or_start(saved | {'weights': [np.zeros(2)]})
        for other in ({'pair': ()}, {'pair': (1,)}, {'dict': []}):
            with pytest.raises(ValueError, match='do not match'):
                manager.restore_or_start(saved | other)
        with pytest.raises(ValueError, match='got 0 and 2 at path ./weights$'):
            torpor.msgpack_load(manager.latest(), saved | {'weights': []})


def test_a_damaged_one_is_passed_over_and_set_aside(tmp_path):
    with torpor.CheckpointManager(tmp_path) as manager:
        for step in (1, 2):
            manager.save(step, value_of(step))
    flip(tmp_path / f'ckpt-{2:016d}.msgpack')
    with torpor.CheckpointManager(tmp_path) as manager:
        with pytest.warns(UserWarning, match=f'passed over: .*ckpt-{2:016d}'):
            value, step = manager.restore_or_start(start())
        assert step == 1 and value['n'] == 1
        manager.save(2, value_of(2))
    assert names(tmp_path / 'abandoned-1') == [f'ckpt-{2:016d}.msgpack'] and torpor.verify(torpor.latest(tmp_path))


def test_never_begins_again_by_itself(tmp_path):
    with torpor.CheckpointManager(tmp_path) as manager:
        manager.save(1, value_of(1))
    with torpor.CheckpointManager(tmp_path) as manager:
        with pytest.raises(ValueError, match='is there already: call restore_or_start first'):
            manager.save(1, start())
        assert names(tmp_path) == [f'ckpt-{1:016d}.msgpack']
        assert manager.restore_or_start(start(), 'never')[1] == 0
        assert names(tmp_path) == [f'ckpt-{1:016d}.msgpack']  # nothing moves before the first save
        manager.save(1, start())
    assert names(tmp_path / 'abandoned-1') == names(tmp_path) == [f'ckpt-{1:016d}.msgpack']
    flip(torpor.latest(tmp_path))
    with torpor.CheckpointManager(tmp_path) as manager:
        for resume in ('auto', 'require'):
            with pytest.raises(torpor.InvalidCheckpointPath, match=f'ckpt-{1:016d}'):
                manager.restore_or_start(start(), resume)


def test_required(tmp_path):
    with torpor.CheckpointManager(tmp_path) as manager:
        with pytest.raises(FileNotFoundError, match='has no checkpoints'):
            manager.restore_or_start(start(), 'require')
    assert torpor.latest(tmp_path) is None and torpor.latest(tmp_path / 'nothing') is None
    with pytest.raises(OSError):
        Path(tmp_path, 'file').write_text('x')
        torpor.latest(tmp_path / 'file')


def test_one_at_a_time(tmp_path):
    with torpor.CheckpointManager(tmp_path) as manager:
        with pytest.raises(BlockingIOError, match=str(tmp_path)):
            torpor.CheckpointManager(tmp_path)
        program = f'import torpor; torpor.CheckpointManager({str(tmp_path)!r})'
        other = subprocess.run([sys.executable, '-c', program], capture_output=True, text=True)
        assert 'BlockingIOError' in other.stderr
    with torpor.CheckpointManager(tmp_path):
        pass
    with pytest.raises(ValueError, match='is closed'):
        manager.save(3, start())


def test_wrong_arguments(tmp_path):
    for options in ({'keep': 0}, {'keep_every': -1}):
        with pytest.raises(ValueError, match='expected'):
            torpor.CheckpointManager(tmp_path, **options)
    with torpor.CheckpointManager(tmp_path) as manager:
        manager.save(5, start())
        for step in (5, 4, -1):
            with pytest.raises(ValueError, match=f'step: expected more than 5, got {step}'):
                manager.save(step, start())
        with pytest.raises(ValueError, match='resume'):
            manager.restore_or_start(start(), 'maybe')


def test_a_failed_save_removes_nothing(tmp_path):
    with torpor.CheckpointManager(tmp_path, keep=1) as manager:
        manager.save(1, start())
        with pytest.raises(TypeError):
            manager.save(2, {'x': {1}})
        assert names(tmp_path) == [f'ckpt-{1:016d}.msgpack']
        manager.save(2, start())


def test_a_child_lets_the_parent_go_on(tmp_path):
    with torpor.CheckpointManager(tmp_path) as manager:
        child = os.fork()
        if child == 0:
            manager.close()
            os._exit(0)
        os.waitpid(child, 0)
        with pytest.raises(BlockingIOError):  # the lock is still held
            torpor.CheckpointManager(tmp_path)
        manager.save(1, start())


PROGRAM = '''
    import sys, numpy as np, torpor
    with torpor.AsyncManager() as saver, torpor.CheckpointManager(sys.argv[1], async_manager=saver) as manager:
        state, done = manager.restore_or_start({'x': np.zeros(50_000), 'rng': np.random.default_rng(1)})
        for step in range(done, 60):
            state['x'] += state['rng'].normal(size=50_000)
            saver.wait_previous_save()
            manager.save(step + 1, state)
            print(step + 1, flush=True)
        print('sum', state['x'].sum().hex())
'''


def test_killed_again_and_again(tmp_path):
    """The end is that of a run that nobody killed."""
    command = [sys.executable, '-c', textwrap.dedent(PROGRAM)]
    expected = subprocess.run([*command, tmp_path / 'whole'], capture_output=True, text=True, check=True).stdout
    rng = np.random.default_rng(5)
    for _ in range(4):
        run = subprocess.Popen([*command, tmp_path / 'killed'], stdout=subprocess.PIPE, text=True)
        for _ in range(rng.integers(3, 12)):
            run.stdout.readline()
        time.sleep(rng.random() * 0.01)
        run.send_signal(signal.SIGKILL)
        run.communicate()
    after = subprocess.run([*command, tmp_path / 'killed'], capture_output=True, text=True, check=True).stdout
    assert after.splitlines()[-1] == expected.splitlines()[-1] and after.splitlines()[-1].startswith('sum')
    assert len(after.splitlines()) < 50  # it was resumed
    assert not [name for name in os.listdir(tmp_path / 'killed') if not name.startswith(('ckpt-', '.torpor.'))]
