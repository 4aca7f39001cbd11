"""The power fails at each moment of a run: the newest checkpoint that was reported as saved is found afterwards, or a
newer one, none is damaged, and a resume ends as the uninterrupted run, its outputs too.

recorder.c writes down the calls of real runs, disk.py says what may be on the disk after each of them.
A sample of all calls, with two draws each; with TORPOR_FAULT_LONG so many draws, each resumed from, after every call, or after as
many of them, evenly spread, as there are in TORPOR_FAULT_SECONDS.
"""
import collections
import json
import os
import re
import shutil
import subprocess
import time
import unittest

from counts import LONG, SECONDS, count
from disk import Disk, draws, read_record, write_files
from programs import NETWORK
from shim import CHAIN, CLI, DEMO, MODES, Case

SAVER = os.environ["TORPOR_SAVER"]
RECORDER = os.environ["TORPOR_RECORDER"]
N_DRAWS = LONG or 2
RESUMES = 1 if LONG else 0.02  # the share of what is found that is resumed from
N_RECORDED = 13  # runs, which share the time of the long run
OUTPUT = "out/run.txt"  # a folder of its own: no other sync there makes its name durable
STEP = re.compile(r"state/run/ckpt-(\d+)\.msgpack$")
SAVED = re.compile(rb"saved \S*?ckpt-(\d+)\.msgpack: \d+ bytes")


class PowerLoss(Case):
    def setUp(self):
        super().setUp()
        self.disk = self.folder / "disk"
        self.disk.mkdir()
        self.output = OUTPUT
        self.expected = self.uninterrupted(network=NETWORK)
        self.known = {}  # bytes of a checkpoint -> what it says of the output
        self.seen = set()

    def options(self, *options):
        """All paths are relative: a disk is another folder after the crash."""
        return [DEMO, *NETWORK, "--seed", "1", "--duration", "100 ms", "--dir", "state/run", "--spikes",
                OUTPUT, "--every", "20 ms", *options]

    def record(self, command, root, status=0):
        """Run it there. The disk before it, the calls, and what it said."""
        (root / self.output).parent.mkdir(exist_ok=True)
        disk = Disk(root)
        record, said = self.folder / "record", self.folder / "said"
        record.unlink(missing_ok=True)
        with open(said, "wb") as stderr:
            result = subprocess.run(command, cwd=root, stdout=subprocess.DEVNULL, stderr=stderr, timeout=300,
                                    env={**os.environ, "LD_PRELOAD": RECORDER, "TORPOR_RECORD": str(record)})
        self.assertEqual(result.returncode, status, said.read_text())
        return disk, list(read_record(record)), said.read_bytes()

    def crashes(self, disk, calls, said, every=1):
        """(what is found, the newest step that was reported by then, a name for the draw)."""
        n_ours = n_left_out = 0
        begin = time.monotonic()
        for i, (call, length, fields, data) in enumerate(calls):
            if not disk.apply(call, fields, data):
                continue
            n_ours += 1
            late = (time.monotonic() - begin) / SECONDS * N_RECORDED > (i + 1) / len(calls)
            if late if LONG else self.random.random() > 1 / every:
                n_left_out += 1
                continue
            steps = SAVED.findall(said[:length])
            for n, draw in enumerate(draws(f"{self.random.random()}", N_DRAWS)):
                count("power losses", 1)
                yield disk.crash(draw), int(steps[-1]) if steps else None, f"after {i} ({call} {fields}), draw {n}"
        count("calls replayed", n_ours)
        count("calls after which the power stayed on", n_left_out)
        self.assertGreater(n_ours, 8)

    def latest(self, root):
        """The newest intact checkpoint by the command; None: there are none."""
        result = subprocess.run([CLI, "latest", "state/run"], cwd=root, capture_output=True, text=True)
        self.assertNotIn("passed over", result.stderr)
        if result.returncode == 0:
            return root / result.stdout.rstrip("\n")
        self.assertRegex(result.stderr, "has no checkpoints|No such file")
        return None

    def output_length(self, path):
        data = path.read_bytes()
        if data not in self.known:
            said = subprocess.run([CLI, "get", path, "outputs/" + self.output.replace("/", "~1") + "/byte_length", "--format", "json"],
                                  capture_output=True, text=True, check=True).stdout
            self.known[data] = json.loads(said)
        return self.known[data]

    def check(self, found, reported, command, always=False):
        """Returns the folder that it was found in, or None: the same was found before. But for the long run, files
        that are not of the run's own state (temp files, what is kept) make no difference."""
        key = hash((tuple(sorted((path, data) for path, data in found.items() if data is not None and
                                 (LONG or path == self.output or path.startswith("state/run/ckpt-")))), reported))
        if key in self.seen and not always:
            return None
        self.seen.add(key)
        root = self.folder / "after"
        shutil.rmtree(root, ignore_errors=True)
        root.mkdir()
        write_files(found, root)
        newest = self.latest(root)
        count("disks examined", 1)
        step = None if newest is None else int(newest.stem.split("-")[1])
        if reported is not None:
            self.assertIsNotNone(step, f"{reported} had been reported")
            self.assertGreaterEqual(step, reported)
        if newest is not None:
            length = self.output_length(newest)
            self.assertTrue(self.output in found, f"the output of checkpoint {step} is gone")
            self.assertTrue(found[self.output][:length] == self.expected[1][:length],
                            f"the output of checkpoint {step} is not what it was")
        if always or self.random.random() < RESUMES:
            self.check_resume(root, command)
        return root

    def check_resume(self, root, command):
        count("resumes", 1)
        result = subprocess.run(command, cwd=root, capture_output=True, text=True, timeout=300)
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertEqual(result.stdout.splitlines()[-1], self.expected[0], result.stderr)
        self.assertTrue((root / self.output).read_bytes() == self.expected[1], "the files of spikes differ")
        self.assertEqual([path.name for path in (root / "state/run").iterdir() if ".tmp-" in path.name], [])

    def check_all(self, crashes, command, n_resumes=3):
        kept = []
        for found, reported, name in crashes:
            with self.subTest(crash=name):
                if self.check(found, reported, command) is not None:
                    kept.append((found, reported, name))
        for found, reported, name in self.random.sample(kept, min(n_resumes, len(kept))):
            with self.subTest(resumed=name):
                self.check(found, reported, command, always=True)
        return kept

    def test_run_that_prunes(self):
        for mode in MODES:
            with self.subTest(mode=mode):
                root = self.disk / mode
                root.mkdir()
                command = self.options("--mode", mode, "--keep", "1", "--keep-every", "3")
                disk, calls, said = self.record(command, root)
                self.assertGreaterEqual(len(SAVED.findall(said)), 4)
                self.check_all(self.crashes(disk, calls, said, 2), command)

    def test_shards_and_chains(self):
        """A checkpoint is some files: a manifest and its shards, or a file and those that it refers to."""
        self.output = "out/output"
        for ranks, options in ((2, ""), (1, CHAIN), (2, CHAIN)):
            for mode in ("sync", "async"):
                with self.subTest(ranks=ranks, options=options, mode=mode):
                    root = self.disk / f"{ranks}-{len(options)}-{mode}"
                    root.mkdir()
                    command = ["env", "TORPOR_KEEP=1", "TORPOR_FSYNC=yes", f"TORPOR_MODE={mode}", SAVER, "state/run",
                               str(ranks), options]
                    self.expected = self.straight(command)
                    disk, calls, said = self.record(command, root)
                    self.assertGreaterEqual(len(SAVED.findall(said)), 4)
                    self.check_all(self.crashes(disk, calls, said, 2), command)

    def straight(self, command):
        """The last line of a run without checkpoints, and its output."""
        root = self.folder / "straight"
        shutil.rmtree(root, ignore_errors=True)
        (root / "out").mkdir(parents=True)
        result = subprocess.run(["env", "TORPOR_CHECKPOINTS=no", *command], cwd=root, capture_output=True, text=True)
        self.assertEqual(result.returncode, 0, result.stderr)
        return result.stdout.splitlines()[-1], (root / self.output).read_bytes()

    def test_recovery(self):
        """The power fails again while a run resumes, falls back, cleans up and cuts its output."""
        command = self.options("--mode", "async", "--keep", "2")
        kept = self.check_all(self.crashes(*self.record(command, self.disk), 4), command, 0)
        steps = [max((int(STEP.match(path)[1]) for path in one[0] if STEP.match(path)), default=0) for one in kept]
        unfinished = [one for one, step in zip(kept, steps) if one[1] is not None and step < max(steps)]
        for i in range(3 if LONG else 1):
            found, reported, name = self.random.choice(unfinished)
            root = self.folder / f"again-{i}"
            root.mkdir()
            write_files(found, root)
            with self.subTest(first=name):
                disk, calls, said = self.record(command, root)
                self.check_all(((after, max(reported, newest or 0), what)
                                for after, newest, what in self.crashes(disk, calls, said, 3)), command, 2)

    def test_fresh_start_over_an_earlier_run(self):
        """resume=never sets checkpoints and outputs of an earlier run aside: they are somewhere at each moment."""
        self.record(self.options(), self.disk)
        before = {path.name: path.read_bytes() for path in (self.disk / "state/run").glob("ckpt-*")}
        self.assertEqual(len(before), 3)
        disk, calls, said = self.record(self.options("--resume", "never"), self.disk)
        for found, _, name in self.crashes(disk, calls, said):
            with self.subTest(crash=name):
                beside = [data for path, data in found.items() if path.startswith(OUTPUT)]
                self.assertTrue(any(data.startswith(self.expected[1]) for data in beside),
                                "the earlier output is lost")
                whole = set(data for data in found.values() if data is not None)
                for checkpoint, data in before.items():
                    self.assertTrue(data in whole, f"{checkpoint} of the earlier run is lost")

    def test_fresh_start_over_shards(self):
        """At each moment each checkpoint that is set aside is in one folder, with all its shards."""
        self.output = "out/output"
        command = ["env", "TORPOR_KEEP=9", "TORPOR_FSYNC=yes", SAVER, "state/run", "2"]
        self.record(command, self.disk)
        before = collections.defaultdict(set)
        for path in (self.disk / "state/run").glob("ckpt-*"):
            before[path.name[:21]].add((path.name, path.read_bytes()))
        self.assertEqual({len(files) for files in before.values()}, {3})
        disk, calls, said = self.record(["env", "TORPOR_RESUME=never", *command], self.disk)
        for found, _, name in self.crashes(disk, calls, said, 2):
            with self.subTest(crash=name):
                folders = collections.defaultdict(set)
                for path, data in found.items():
                    folders[os.path.dirname(path)].add((os.path.basename(path), data))
                for checkpoint, files in before.items():
                    self.assertTrue(any(files <= there for there in folders.values()), f"{checkpoint} is not whole")


if __name__ == "__main__":
    unittest.main(verbosity=2)
