"""Checkpoints with tens of thousands of entries where usual ones have a few, and whose names were chosen to collide: under
the hash that GLib has for texts, all are equal. What it takes to look at one grows with its size, not with its square."""

import itertools
import os
import pathlib
import resource
import shutil
import subprocess
import tempfile
import unittest

import msgpack
import numpy as np

import torpor

N = 40_000
SECONDS = 0.5
# Four times what the slowest takes. When all names had the same hash, eight commands took 3 to 17 times as much as this, and
# when shards were joined by looking at each entry, 1.5 to 33 times.
SECONDS_PER_BYTE = 4e-7


def names(first=""):
    """Texts of the same length and hash: 33 * ord('A') + ord('b') = 33 * ord('B') + ord('A')."""
    pairs = itertools.product(("Ab", "BA"), repeat=N.bit_length())
    return [first + "".join(name) for name in itertools.islice(pairs, N)]


def with_each(entries, value, first=""):
    entries.update(dict.fromkeys(names(first), value))


def root(state):
    with_each(state, 1)


def populations(state):
    with_each(state["layout"], {"type": "neuron", "version": 1, "count": 0})
    with_each(state["populations"], {})


def fields(state):
    with_each(state["populations"]["neurons"]["excitatory"], 1.0)


def hidden(state):
    fields(state)
    state["layout"]["neurons/excitatory"]["hidden"] = names("hidden/")


def hidden_in_each_other(state):
    """And no column is one of them, but all come after them."""
    with_each(state["populations"]["neurons"]["excitatory"], 1.0, "b")
    state["layout"]["neurons/excitatory"]["hidden"] = ["/".join("a" * n) for n in range(1, 2000)]


def nested(state):
    with_each(state["populations"]["record"], np.zeros(1))
    state["layout"]["record"]["nested"] = dict.fromkeys(names("nested/"), {"codec": "x"})


def potentials(state, millivolts):
    excitatory = state["populations"]["neurons"]["excitatory"]
    with_each(excitatory, float(millivolts))
    with_each(excitatory, {**excitatory["V_m"], "mantissa": float(millivolts)}, "V_")


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


def origin_keys(state):
    """Populations of which only the checkpoint has keys."""
    origin(state)
    state["origin"]["paths"] = "".join(f"populations/{name}/id\0" for name in names()).encode()
    state["origin"]["flags"] = np.full(N, 16, np.uint8)


def raw(path):
    """What is in this file, without its index: msgpack_load gives the state that a manifest and its shards are together."""
    def value(code, data):
        shape, dtype, buffer = msgpack.unpackb(data)
        return np.frombuffer(buffer, dtype).reshape(shape)

    state = msgpack.unpackb(path.read_bytes(), ext_hook=value)
    del state["__torpor_index__"]
    return state


def trailers(shards):
    """What a manifest has of them."""
    fields = np.array([np.frombuffer(path.read_bytes()[-48:], "<u8") for path in shards])
    return {"index_lengths": fields[:, 3], "index_xxh3": fields[:, 4], "byte_lengths": fields[:, 5]}


# The same of one of two shards. Names are in both, or in one of them.


def shard_populations(state, number):
    populations(state)


def shard_levels(state, number):
    """Populations whose paths have no level in common."""
    with_each(state["populations"], {"x": {}})
    state["layout"].update({f"{name}/x": {"type": "link", "version": 1, "count": 0} for name in names()})


def shard_fields(state, number):
    with_each(state["populations"]["cells"]["all"], np.zeros(1))


def shard_generators(state, number):
    with_each(state["generators"], state["generators"]["noise"], "ab"[number])


def shard_trees(state, number):
    with_each(state["trees"], {"total": 1}, "ab"[number])


def processor_seconds(*words):
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(words, capture_output=True, timeout=250)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    assert done.returncode in (0, 1), done
    return sum(getattr(after, name) - getattr(before, name) for name in ("ru_utime", "ru_stime"))


class Enlarged(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="torpor-large-")
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def commands(self, usual, large):
        tool = os.environ["TORPOR_CLI"]
        out = str(self.folder / "out")
        yield from ((tool, word, large) for word in ("info", "ls", "verify"))
        yield tool, "diff", usual, large
        yield tool, "diff", large, usual
        yield tool, "report", large, usual, "-o", f"{out}.html"
        yield from ((tool, "convert", "--force", "--to", kind, large, f"{out}.{kind}") for kind in ("json", "npz"))

    def assert_linear(self, name, usual, large, n_bytes, restores):
        for words in (*self.commands(str(usual), str(large)), *restores):
            with self.subTest(name, command=words[:2]):
                self.assertLess(processor_seconds(*words), SECONDS + SECONDS_PER_BYTE * n_bytes)


class Large(Enlarged):
    def demo(self, *words):
        return (os.environ["TORPOR_DEMO"], "--neurons", "400", "--duration", "100 ms", "--dir", str(self.folder), *words)

    def save(self, usual, large, enlarge, *values):
        state = torpor.msgpack_load(str(usual), verbose=False)
        enlarge(state, *values)
        torpor.msgpack_save(str(large), state, index=True, verbose=False)

    def test_time_is_linear_in_the_size(self):
        processor_seconds(*self.demo("--every", "100 ms"))
        usual, large = self.folder / "ckpt-0000000000001000.msgpack", self.folder / "large.msgpack"
        for enlarge in (root, populations, fields, hidden, hidden_in_each_other, nested, generators, outputs, trees, origin,
                        origin_keys):
            self.save(usual, large, enlarge)
            restores = [self.demo("--mismatch", mismatch, "--resume", str(large)) for mismatch in ("error", "ignore")]
            self.assert_linear(enlarge.__name__, usual, large, large.stat().st_size, restores)
        other = self.folder / "other.msgpack"
        for millivolts, path in enumerate((large, other)):
            self.save(usual, path, potentials, millivolts)
        self.assert_linear("potentials", other, large, large.stat().st_size, ())


class LargeShards(Enlarged):
    """A manifest and shards: two threads that save as ranks."""
    step = "ckpt-0000000000000060"

    def saver(self, folder, *words, **options):
        return ("env", "-C", str(self.folder), *(f"TORPOR_{key}={value}" for key, value in options.items()),
                os.environ["TORPOR_SAVER"], str(folder), *words)

    def test_time_is_linear_in_the_size(self):
        (self.folder / "out").mkdir()
        usual, large = self.folder / "usual", self.folder / "large"
        processor_seconds(*self.saver(usual, "2"))
        for enlarge in (shard_populations, shard_levels, shard_fields, shard_generators, shard_trees):
            shutil.rmtree(large, ignore_errors=True)
            shutil.copytree(usual, large)
            manifest = large / f"{self.step}.msgpack"
            shards = sorted(large.glob(f"{self.step}.shard-*"))
            for number, shard in enumerate(shards):
                state = raw(shard)
                enlarge(state, number)
                torpor.msgpack_save(str(shard), state, index=True, verbose=False)
            state = raw(manifest)
            state["shards"].update(trailers(shards))
            torpor.msgpack_save(str(manifest), state, index=True, verbose=False)
            restores = [self.saver(self.folder / "unused", n_ranks, f",mismatch={mismatch}", RESUME=manifest)
                        for n_ranks in "12" for mismatch in ("error", "ignore")]
            self.assert_linear(enlarge.__name__, usual / manifest.name, manifest, sum(x.stat().st_size for x in shards), restores)


if __name__ == "__main__":
    unittest.main()
