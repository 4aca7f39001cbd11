"""Runs of torpor-demo, each in a fresh process, in a folder of its own.

Small networks with everything on: Poisson input, heterogeneous delays, plastic synapses.
TORPOR_DEMO and TORPOR_CLI name the programs.
"""
import os
import pathlib
import random
import re
import shutil
import subprocess
import tempfile
import unittest

DEMO = os.environ["TORPOR_DEMO"]
CLI = os.environ.get("TORPOR_CLI", "")
# The sanitizers see the same code each time, and take theirs: a part will do.
IS_SANITIZED = "TSAN_OPTIONS" in os.environ or "UBSAN_OPTIONS" in os.environ
SEEDS = (1,) if IS_SANITIZED else (1, 2, 3)
THREADS = (1, 2, 4)
MODES = ("sync", "async", "fork")
COMPRESS = ("none", "zstd", "zstd:9")
INCREMENTAL = ("no", "compare", "yes", "check")  # the last: is what the demo tells unchanged so?
N_STEPS = 1000
EVERYTHING = ["--neurons", "200", "--poisson-rate", "90 Hz", "--delays", "2.5 ms", "--stdp"]


def ms(n_steps):
    return f"{n_steps / 10:.1f} ms"


class Case(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="torpor-resume-"))
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)
        choice = int(os.environ.get("TORPOR_TEST_SEED") or random.SystemRandom().randrange(2**32))
        self.random = random.Random(choice)
        print(f"{self.id()}: repeat with TORPOR_TEST_SEED={choice}")

    def command(self, *options, seed=1, threads=1, n_steps=N_STEPS, name="run", network=EVERYTHING):
        """The command of a run with checkpoints; `name` is its folder and its file of spikes."""
        return [DEMO, *network, "--seed", str(seed), "--threads", str(threads),
                "--duration", ms(n_steps), "--dir", str(self.folder / name), "--fsync", "no",
                "--spikes", str(self.folder / f"{name}.txt"), *options]

    def execute(self, command, **arguments):
        return subprocess.run(command, capture_output=True, text=True, timeout=300,
                              cwd=self.folder, **arguments)

    def digest(self, command):
        """Run to the end; its last line."""
        result = self.execute(command)
        self.assertEqual(result.returncode, 0, f"{command}\n{result.stdout}\n{result.stderr}")
        last = result.stdout.splitlines()[-1]
        self.assertRegex(last, r"^digest [0-9a-f]{32} spikes [0-9]+$")
        return last

    def uninterrupted(self, seed=1, n_steps=N_STEPS, network=EVERYTHING):
        """The last line of a run without checkpoints, and its spikes."""
        spikes = self.folder / "uninterrupted.txt"
        digest = self.digest([DEMO, *network, "--seed", str(seed), "--duration", ms(n_steps),
                              "--no-checkpoints", "--spikes", str(spikes)])
        self.assertFalse(digest.endswith(" spikes 0"))
        return digest, spikes.read_bytes()

    def spikes(self, name="run"):
        return (self.folder / f"{name}.txt").read_bytes()

    def checkpoints(self, name="run"):
        """Paths, oldest first."""
        return sorted((self.folder / name).glob("ckpt-*.msgpack"))

    def assert_same_run(self, expected, digest, name="run"):
        self.assertEqual(digest, expected[0])
        self.assertTrue(self.spikes(name) == expected[1], "the files of spikes differ")

    def refused(self, command, *patterns, status=1, **arguments):
        """The command fails with this status and one message that has all of these."""
        result = self.execute(command, **arguments)
        self.assertEqual(result.returncode, status, f"{command}\n{result.stdout}\n{result.stderr}")
        for pattern in patterns:
            self.assertIsNotNone(re.search(pattern, result.stderr),
                                 f"no {pattern!r} in: {result.stderr}")
        self.assertNotIn("digest", result.stdout)
        return result.stderr
