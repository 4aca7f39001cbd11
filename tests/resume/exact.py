"""A resumed run equals the uninterrupted one, bit for bit.

TORPOR_TEST_KILLS is how often each mode is killed."""
import contextlib
import itertools
import os
import shutil
import signal
import subprocess
import time
import unittest

from demo import COMPRESS, INCREMENTAL, IS_SANITIZED, MODES, N_STEPS, SEEDS, THREADS, Case, ms

N_KILLS = int(os.environ.get("TORPOR_TEST_KILLS", "6" if IS_SANITIZED else "60"))
STOPPED = 3  # exit status of torpor-demo when it was asked to stop


class Split(Case):
    """N steps, save, a new process, the other steps."""

    def split_run(self, seed, splits, threads, mode, name):
        """Stop at each of these steps and go on in a new process."""
        for i, n_steps in enumerate([*splits, N_STEPS]):
            command = self.command("--every", ms(n_steps), "--mode", mode, "--compress",
                                   self.random.choice(COMPRESS), "--incremental",
                                   self.random.choice(INCREMENTAL), seed=seed,
                                   threads=threads[i], n_steps=n_steps, name=name)
            if i > 0:
                command += ["--resume", "require"]
            digest = self.digest(command)
        return digest

    def test_split_points(self):
        for seed in SEEDS:
            expected = self.uninterrupted(seed)
            for threads in THREADS:
                for split in self.random.sample(range(1, N_STEPS), 5):
                    with self.subTest(seed=seed, threads=threads, split=split):
                        name = f"split-{seed}-{threads}-{split}"
                        digest = self.split_run(seed, [split], [threads] * 2, "sync", name)
                        self.assert_same_run(expected, digest, name)

    def test_thread_count_changes(self):
        for seed in SEEDS:
            expected = self.uninterrupted(seed)
            for before, after in ((1, 2), (2, 4), (4, 1), (4, 3)):
                split = self.random.randrange(1, N_STEPS)
                with self.subTest(seed=seed, before=before, after=after, split=split):
                    name = f"threads-{seed}-{before}-{after}"
                    digest = self.split_run(seed, [split], [before, after], self.random.choice(MODES), name)
                    self.assert_same_run(expected, digest, name)

    def test_chain_of_five_restarts(self):
        for seed in SEEDS:
            expected = self.uninterrupted(seed)
            for threads in THREADS:
                splits = sorted(self.random.sample(range(1, N_STEPS), 5))
                with self.subTest(seed=seed, threads=threads, splits=splits):
                    name = f"chain-{seed}-{threads}"
                    digest = self.split_run(seed, splits, [threads] * 6, self.random.choice(MODES), name)
                    self.assert_same_run(expected, digest, name)

    def test_the_published_network(self):
        expected = self.uninterrupted(network=[])
        split = self.random.randrange(1, N_STEPS)
        for n_steps in (split, N_STEPS):
            digest = self.digest(self.command("--every", ms(n_steps), threads=2, n_steps=n_steps,
                                              network=[]))
        self.assert_same_run(expected, digest)


class Saves(Case):
    def test_a_run_with_saves_equals_a_run_without(self):
        for seed in SEEDS:
            expected = self.uninterrupted(seed)
            for mode, compress in itertools.product(MODES, COMPRESS):
                incremental = self.random.choice(INCREMENTAL)
                with self.subTest(seed=seed, mode=mode, compress=compress, incremental=incremental):
                    name = f"{mode}-{compress}-{incremental}-{seed}"
                    digest = self.digest(self.command("--every", "1.1 ms", "--mode", mode,
                                                      "--compress", compress,
                                                      "--incremental", incremental,
                                                      seed=seed, threads=2, name=name))
                    self.assert_same_run(expected, digest, name)
                    if incremental == "no":  # else others stay that these need
                        self.assertEqual(len(self.checkpoints(name)), 3)

    def test_older_checkpoints_give_the_same_end(self):
        expected = self.uninterrupted()
        self.digest(self.command("--every", "13.7 ms", "--keep", "100"))
        checkpoints = self.checkpoints()
        self.assertEqual(len(checkpoints), 7)
        for path in self.random.sample(checkpoints, 3):
            path = self.folder / "run" / path.name
            with self.subTest(checkpoint=path.name):
                digest = self.digest(self.command("--resume", str(path), "--every", "13.7 ms",
                                                  "--keep", "100"))
                self.assert_same_run(expected, digest)


class Product(Case):
    """Mode x compress x incremental: ended twice behind a checkpoint, each time resumed on other threads."""

    def test_each_combination(self):
        expected = {seed: self.uninterrupted(seed) for seed in SEEDS}
        combinations = list(itertools.product(MODES, COMPRESS[:2], INCREMENTAL))
        for mode, compress, incremental in self.random.sample(combinations, 4 if IS_SANITIZED else len(combinations)):
            seed = self.random.choice(SEEDS)
            splits = sorted(self.random.sample(range(100, N_STEPS), 2))
            with self.subTest(mode=mode, compress=compress, incremental=incremental, seed=seed, splits=splits):
                name = f"{mode}-{compress}-{incremental}"
                for i, n_steps in enumerate([*splits, N_STEPS]):
                    command = self.command("--every", "3.1 ms", "--mode", mode, "--compress", compress,
                                           "--incremental", incremental, "--full-every", "4", seed=seed,
                                           threads=THREADS[i], n_steps=n_steps, name=name)
                    digest = self.digest(command + ["--resume", "require"] * (i > 0))
                self.assert_same_run(expected[seed], digest, name)


class Interrupted(Case):
    """Ended from outside, again and again, at random moments; saves fill most of the time, so that
    many hit one. Whenever the run gets to its end, that must be the uninterrupted one's."""

    def interrupt(self, mode, seed, number, n_times):
        expected = self.uninterrupted(seed)
        name = f"{signal.Signals(number).name}-{mode}"
        command = self.command("--every", "0.7 ms", "--mode", mode, "--compress",
                               self.random.choice(COMPRESS), "--incremental",
                               self.random.choice(INCREMENTAL), seed=seed, threads=seed, name=name)
        begin = time.monotonic()
        self.digest(command)
        whole = time.monotonic() - begin
        while n_times > 0:
            shutil.rmtree(self.folder / name)
            finished = False
            while not finished:
                begin = time.monotonic()
                process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                           text=True, cwd=self.folder)
                if n_times > 0:
                    with contextlib.suppress(subprocess.TimeoutExpired):
                        process.wait(timeout=self.random.uniform(0.0, 0.6) * whole)
                        whole = time.monotonic() - begin  # the machine is less busy than it was
                    process.send_signal(number)
                out, said = process.communicate(timeout=300)
                finished = process.returncode == 0
                if not finished:
                    self.assertEqual(process.returncode, -number, said)
                    n_times -= 1
            self.assert_same_run(expected, out.splitlines()[-1], name)
            left = [path.name for path in (self.folder / name).iterdir()
                    if path.name != ".torpor.lock" and path not in self.checkpoints(name)]
            self.assertEqual(left, [])

    def test_kill(self):
        for seed, mode in enumerate(MODES, 1):
            with self.subTest(mode=mode):
                self.interrupt(mode, seed, signal.SIGKILL, N_KILLS)

    def test_terminate(self):
        for seed, mode in enumerate(MODES, 1):
            with self.subTest(mode=mode):
                self.interrupt(mode, seed, signal.SIGTERM, 4 if IS_SANITIZED else 10)

    def test_budget_of_wall_time(self):
        """Stopped by its own budget, again and again. Each budget is twice the one before, since the
        first ones may be over before a slow machine has started the run."""
        n_steps = 20000 if IS_SANITIZED else 100000
        expected = self.uninterrupted(n_steps=n_steps)
        budget = 0.000001  # hours
        n_stops = 0
        while True:
            result = self.execute(self.command("--maxh", str(budget), n_steps=n_steps, threads=2))
            if result.returncode != STOPPED:
                break
            self.assertIn("wall-clock", result.stderr)
            n_stops += 1
            budget *= 2
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertGreater(n_stops, 1)
        self.assert_same_run(expected, result.stdout.splitlines()[-1])


if __name__ == "__main__":
    unittest.main(verbosity=2)
