"""What the tests of the tool share. Run by ctest with TORPOR, MAKE_FILES and GOLDEN in the
environment."""
import contextlib
import json
import os
import pathlib
import pty
import shutil
import subprocess
import tempfile
import unittest

GOLDEN = pathlib.Path(os.environ["GOLDEN"])
FINE, FAILED, USAGE = 0, 1, 2


def start(*words, stdout=subprocess.PIPE, **options):
    return subprocess.run([os.environ["TORPOR"], *map(str, words)], stdout=stdout,
                          stderr=subprocess.PIPE, timeout=250, **options)


def run(*words, status=FINE, text=True):
    """stdout of a command that ends with this status; stderr where it fails."""
    done = start(*words)
    assert done.returncode == status, (words, done)
    shown = done.stderr.decode()
    if status != FINE:
        assert shown.strip() or done.stdout, words
        return shown
    return done.stdout.decode() if text else done.stdout


def on_terminal(*words):
    """What a command prints on a terminal of its own, and its exit status."""
    try:
        parent, child = pty.openpty()
    except OSError as error:  # a container without /dev/pts
        raise unittest.SkipTest(error) from error
    process = subprocess.Popen([os.environ["TORPOR"], *map(str, words)], stdout=child, stdin=child,
                               env={**os.environ, "TERM": "xterm", "NO_COLOR": ""})
    os.close(child)
    shown = b""
    with contextlib.suppress(OSError):  # the end of a terminal
        while piece := os.read(parent, 1 << 16):
            shown += piece
    os.close(parent)
    return shown.decode().replace("\r\n", "\n"), process.wait()


def run_json(*words, status=FINE):
    done = start(*words)
    assert done.returncode == status, (words, done)
    return json.loads(done.stdout)


def flip(path, place, bit=1):
    """Damage one bit; done twice, the file is intact again."""
    with open(path, "r+b") as file:
        file.seek(place)
        byte = file.read(1)[0]
        file.seek(place)
        file.write(bytes([byte ^ bit]))


class Folder(unittest.TestCase):
    """A folder with what make-files makes."""

    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp())
        self.addCleanup(shutil.rmtree, self.folder)
        subprocess.run([os.environ["MAKE_FILES"], self.folder], check=True)
        self.oldest, self.middle, self.newest = sorted(self.folder.glob("ckpt-*"))
        self.network_a = self.folder / "network-a.msgpack"
        self.events_a = self.folder / "events-a.msgpack"
        self.events_b = self.folder / "events-b.msgpack"
        self.hidden = self.folder / "hidden.msgpack"
        self.network_b = self.folder / "network-b.msgpack"
