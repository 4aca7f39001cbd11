"""A resumed run equals the uninterrupted one, bit for bit."""
import signal
import subprocess
import time
import unittest

from demo import MODES, N_STEPS, SEEDS, THREADS, Case, ms


class Split(Case):
    """N steps, save, a new process, the other steps."""

    def split_run(self, seed, splits, threads, mode, name):
        """Stop at each of these steps and go on in a new process."""
        for i, n_steps in enumerate([*splits, N_STEPS]):
            command = self.command("--every", ms(n_steps), "--mode", mode, seed=seed,
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
            for mode in MODES:
                with self.subTest(seed=seed, mode=mode):
                    name = f"{mode}-{seed}"
                    digest = self.digest(self.command("--every", "1.1 ms", "--mode", mode,
                                                      seed=seed, threads=2, name=name))
                    self.assert_same_run(expected, digest, name)
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


class Kill(Case):
    """SIGKILL at random moments; saves fill most of the time, so that many hit one."""

    N_KILLS = 20

    def kill_and_resume(self, mode, seed, threads):
        expected = self.uninterrupted(seed)
        name = f"kill-{mode}-{seed}"
        command = self.command("--every", "0.7 ms", "--mode", mode, seed=seed, threads=threads,
                               name=name)
        begin = time.monotonic()
        self.digest(command)
        whole = time.monotonic() - begin
        for path in self.checkpoints(name):
            path.unlink()
        n_killed = 0
        for _ in range(self.N_KILLS):
            process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                                       cwd=self.folder)
            try:
                process.wait(timeout=self.random.uniform(0.0, 0.4) * whole)
            except subprocess.TimeoutExpired:
                process.send_signal(signal.SIGKILL)
                process.wait()
                n_killed += 1
        self.assertGreater(n_killed, 0)
        self.assert_same_run(expected, self.digest(command), name)
        left = [p.name for p in (self.folder / name).iterdir()
                if not p.name.startswith("ckpt-") or p.suffix != ".msgpack"]
        self.assertEqual([n for n in left if "tmp" in n or "partial" in n], [])

    def test_random_moments(self):
        for seed, mode in enumerate(MODES, 1):
            with self.subTest(mode=mode):
                self.kill_and_resume(mode, seed, threads=seed)


if __name__ == "__main__":
    unittest.main(verbosity=2)
