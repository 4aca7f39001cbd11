"""Checkpoints with tens of thousands of entries where usual ones have a few, and whose names were chosen to collide: under
the hash that GLib has for texts, all are equal. What it takes to look at one grows with its size, not with its square."""

import itertools
import os
import pathlib
import resource
import subprocess
import tempfile
import unittest

import numpy as np

import torpor

N = 40_000
SECONDS = 0.5
# Twenty times what the slowest takes. When all names had the same hash, eight commands took 1.4 to 7 times as much as this.
SECONDS_PER_BYTE = 1e-6


def names():
    """Texts of the same length and hash: 33 * ord('A') + ord('b') = 33 * ord('B') + ord('A')."""
    pairs = itertools.product(("Ab", "BA"), repeat=N.bit_length())
    return ["".join(name) for name in itertools.islice(pairs, N)]


def with_each(entries, value):
    entries.update(dict.fromkeys(names(), value))


def root(state):
    with_each(state, 1)


def populations(state):
    with_each(state["layout"], {"type": "neuron", "version": 1, "count": 0})
    with_each(state["populations"], {})


def fields(state):
    with_each(state["populations"]["neurons"]["excitatory"], 1.0)


def generators(state):
    with_each(state["generators"], state["generators"]["poisson"])


def outputs(state):
    state["outputs"] = {}
    with_each(state["outputs"], {"byte_length": 1, "xxh3": 1})


def trees(state):
    state["trees"] = {"kernel": {}}
    with_each(state["trees"]["kernel"], 1)


def origin(state):
    table = state["origin"]
    n_runs = len(table["digests"])
    table["paths"] = "".join(name + "\0" for name in names()).encode()
    table["flags"] = np.zeros(N, np.uint8)
    table["digests"] = np.ones((n_runs, N), np.uint64)


def processor_seconds(*words):
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(words, capture_output=True, timeout=250)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    assert done.returncode in (0, 1), done
    return sum(getattr(after, name) - getattr(before, name) for name in ("ru_utime", "ru_stime"))


class Large(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="torpor-large-")
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.usual = self.folder / "ckpt-0000000000001000.msgpack"
        self.demo("--every", "100 ms")
        self.large = self.folder / "large.msgpack"

    def demo(self, *words):
        return processor_seconds(os.environ["TORPOR_DEMO"], "--neurons", "400", "--duration", "100 ms",
                                 "--dir", str(self.folder), *words)

    def commands(self):
        tool = os.environ["TORPOR_CLI"]
        out = str(self.folder / "out")
        one, other = str(self.usual), str(self.large)
        yield from ((tool, word, other) for word in ("info", "ls", "verify"))
        yield tool, "diff", one, other
        yield tool, "diff", other, one
        yield tool, "report", other, one, "-o", f"{out}.html"
        yield from ((tool, "convert", "--to", kind, other, f"{out}.{kind}") for kind in ("json", "npz"))

    def test_time_is_linear_in_the_size(self):
        for enlarge in (root, populations, fields, generators, outputs, trees, origin):
            state = torpor.msgpack_load(str(self.usual), verbose=False)
            enlarge(state)
            torpor.msgpack_save(str(self.large), state, index=True, verbose=False)
            most = SECONDS + SECONDS_PER_BYTE * self.large.stat().st_size
            for words in self.commands():
                with self.subTest(enlarge.__name__, command=words[1]):
                    self.assertLess(processor_seconds(*words), most)
            for mismatch in ("error", "ignore"):
                with self.subTest(enlarge.__name__, mismatch=mismatch):
                    self.assertLess(self.demo("--mismatch", mismatch, "--resume", str(self.large)), most)


if __name__ == "__main__":
    unittest.main()
