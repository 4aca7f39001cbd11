"""Where a save leads: links are followed, what is no regular file is refused, relative names are resolved at the call."""

import os
import socket
import stat
import threading

import pytest

import torpor


def test_link_is_followed(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    os.mkdir('scratch')
    torpor.msgpack_save('scratch/model.msgpack', {'epoch': 1})
    os.symlink('scratch/model.msgpack', 'model.msgpack')
    os.symlink('model.msgpack', 'again.msgpack')
    for epoch, name in enumerate(('model.msgpack', 'again.msgpack')):
        assert torpor.msgpack_save(name, {'epoch': epoch}) == name
        assert os.path.islink(name) and os.path.islink('model.msgpack')
        assert torpor.msgpack_load('scratch/model.msgpack') == {'epoch': epoch}
    assert os.listdir('scratch') == ['model.msgpack']
    with pytest.raises(torpor.InvalidCheckpointPath):
        torpor.msgpack_save('model.msgpack', {}, overwrite=False)


def test_link_to_no_file_yet(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    os.symlink('later.msgpack', 'link.msgpack')
    torpor.msgpack_save('link.msgpack', {'a': 1}, overwrite=False)
    assert os.path.islink('link.msgpack') and torpor.msgpack_load('later.msgpack') == {'a': 1}


def test_leftovers_beside_what_a_link_leads_to(tmp_path):
    (tmp_path / 'scratch').mkdir()
    leftover = tmp_path / 'scratch' / '.model.msgpack.tmp-999999-0123456789abcdef'
    leftover.write_bytes(b'x')
    (tmp_path / 'link.msgpack').symlink_to(tmp_path / 'scratch' / 'model.msgpack')
    torpor.msgpack_save(tmp_path / 'link.msgpack', {'a': 1})
    assert os.listdir(tmp_path / 'scratch') == ['model.msgpack']


def make_pipe(path):
    os.mkfifo(path)


def make_socket(path):
    with socket.socket(socket.AF_UNIX) as made:
        made.bind(path)


def make_device(path):
    try:
        os.mknod(path, 0o666 | stat.S_IFCHR, os.makedev(1, 3))  # a null device of our own
    except PermissionError:
        pytest.skip('devices can be made by root only')


def make_link_to_device(path):
    os.symlink('/dev/null', path)


@pytest.mark.parametrize('in_background', [False, True])
@pytest.mark.parametrize('make', [make_pipe, make_socket, make_device, make_link_to_device])
def test_only_regular_files_are_replaced(make, in_background, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)  # the name of a socket is short
    make('name')
    before = os.lstat('name')
    manager = torpor.AsyncManager() if in_background else None
    with pytest.raises(OSError, match='give the path of a file'):
        torpor.msgpack_save('name', {'a': 1}, async_manager=manager)
        manager.close()
    assert os.lstat('name') == before and os.listdir() == ['name']


def test_relative_name_is_resolved_at_the_call(tmp_path, monkeypatch):
    save, away = torpor._core.save, threading.Event()

    def save_later(*arguments):
        away.wait(10)
        save(*arguments)

    monkeypatch.setattr(torpor._core, 'save', save_later)
    for folder in ('run1', 'run2'):
        (tmp_path / folder).mkdir()
    monkeypatch.chdir(tmp_path / 'run1')
    with torpor.AsyncManager() as manager:
        assert torpor.msgpack_save('c.msgpack', {'a': 1}, async_manager=manager) == 'c.msgpack'
        os.chdir('../run2')
        away.set()
    assert os.listdir(tmp_path / 'run1') == ['c.msgpack'] and os.listdir(tmp_path / 'run2') == []
