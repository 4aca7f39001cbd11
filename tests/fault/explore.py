"""Two processes on one folder, call by call: the first stops before each call that changes a file, the second runs
meanwhile, and the first goes on from there, or is killed. Nothing is lost, both say what they see, and the next start ends
as the uninterrupted run. The real programs, so that nothing can differ from what is checked.

A sample of all cases; with TORPOR_FAULT_LONG all, in random order, and the second stops too, for TORPOR_FAULT_SECONDS.
"""
import os
import re
import signal
import subprocess
import time
import unittest

from counts import LONG, SECONDS, count
from shim import CLI, IS_SANITIZED, MODES, FaultCase, signals

CHANGES = ("create", "write", "pwrite", "fsync", "rename", "unlink", "ftruncate")
NETWORK = ["--neurons", "40", "--poisson-rate", "90 Hz", "--delays", "2.5 ms", "--stdp"]
N_SAMPLED = 10 if IS_SANITIZED else 30
SAVED = re.compile(r"saved \S*?ckpt-(\d+)\.msgpack: \d+ bytes")
NOT_FREE = "is held by|holds it|has no checkpoints|No such file|there is no folder"


class Stopped:
    """A program that stops before its n-th change of a file below `part`."""

    def __init__(self, case, command, n, part, name):
        self.out = open(case.folder / f"{name}.out", "w+", encoding="utf-8")
        self.process = subprocess.Popen(command, stdout=self.out, stderr=self.out, cwd=case.folder,
                                        start_new_session=True,
                                        env=case.environment([signals("any", n, signal.SIGSTOP, part)]))
        case.addCleanup(self.end)

    def has_stopped(self):
        """Wait until it has, or its child that writes. False: it has ended."""
        while True:
            if self.process.poll() is not None:
                return False
            for pid in [self.process.pid, *self.children()]:
                try:
                    with open(f"/proc/{pid}/stat", encoding="ascii") as file:
                        if file.read().rsplit(")", 1)[1].split()[0] == "T":
                            return True
                except OSError:
                    pass
            time.sleep(0.001)

    def children(self):
        try:
            with open(f"/proc/{self.process.pid}/task/{self.process.pid}/children", encoding="ascii") as file:
                return [int(word) for word in file.read().split()]
        except OSError:
            return []

    def signal(self, number):
        try:
            os.killpg(self.process.pid, number)
        except ProcessLookupError:
            pass

    def go_on(self):
        self.signal(signal.SIGCONT)
        self.process.wait(300)
        return self.said()

    def said(self):
        self.out.seek(0)
        return self.out.read()

    def end(self):
        self.signal(signal.SIGKILL)
        self.process.wait()
        self.out.close()


class Explore(FaultCase):
    def setUp(self):
        super().setUp()
        self.expected = self.uninterrupted(network=NETWORK)
        self.run_folder = self.folder / "run"

    def run_command(self, mode):
        return self.command("--every", "20 ms", "--mode", mode, "--keep", "2", "--keep-every", "3", network=NETWORK)

    def others(self, mode):
        return {"run": self.run_command(mode), "prune": [CLI, "prune", self.run_folder, "--keep", "1"],
                "verify": [CLI, "verify", self.run_folder], "info": [CLI, "info", self.run_folder]}

    def begin(self, is_resume):
        self.execute(["rm", "-rf", self.run_folder, self.folder / "run.txt"])
        if is_resume:
            self.digest(self.command("--every", "20 ms", "--keep", "9", network=NETWORK, n_steps=500))

    def cases(self):
        for mode in MODES:
            for is_resume in (False, True):
                self.begin(is_resume)
                n_calls = sum(call in CHANGES and path.startswith(str(self.run_folder))
                              for call, path in self.calls(self.run_command(mode)))
                for n in range(1, n_calls + 1):
                    for other in self.others(mode):
                        for end in ("goes on", "is killed"):
                            yield mode, is_resume, n, other, end

    def newest(self):
        result = subprocess.run([CLI, "latest", self.run_folder], capture_output=True, text=True)
        self.assertNotIn("passed over", result.stderr)
        return int(re.search(r"ckpt-(\d+)", result.stdout).group(1)) if result.returncode == 0 else 0

    def assert_newest(self, said, other):
        """What was reported as saved is there, or a newer one; but what was pruned is not asked for."""
        reported = [int(step) for step in SAVED.findall(said)]
        if reported and self.run_folder.exists():
            self.assertGreaterEqual(self.newest(), reported[-1], other)

    def run_other(self, mode, other):
        n = self.random.randrange(1, 40) if LONG else 0
        process = Stopped(self, self.others(mode)[other], n, str(self.run_folder), "second")
        return process, process.has_stopped()

    def check(self, mode, is_resume, n, other, end):
        self.begin(is_resume)
        first = Stopped(self, self.run_command(mode), n, str(self.run_folder), "first")
        if not first.has_stopped():  # fork: the number of calls differs from run to run
            return False
        self.assert_newest(first.said(), "before")
        second, has_stopped = self.run_other(mode, other)
        self.assert_newest(first.said() + second.said(), "after the other")
        if end == "is killed":
            first.signal(signal.SIGKILL)
            first.process.wait()
        else:
            self.check_end(first.process, first.go_on())
        if has_stopped:
            second.go_on()
        self.check_end(second.process, second.said())
        self.assert_all_intact()
        self.assert_same_run(self.expected, self.digest(self.run_command(mode)))
        self.assertEqual([path.name for path in self.run_folder.iterdir() if ".tmp-" in path.name], [])
        self.assert_all_intact()
        return True

    def check_end(self, process, said):
        """It did what it should, or says that the folder or an output is another's."""
        if process.returncode == 0:
            if "digest" in said:
                self.assertIn(self.expected[0], said)
        else:
            self.assertEqual(process.returncode, 1, said)
            self.assertRegex(said, NOT_FREE)

    def test_two_processes(self):
        cases = list(self.cases())
        self.random.shuffle(cases)
        end = time.monotonic() + SECONDS
        n_done = 0
        for case in cases if LONG else cases[:N_SAMPLED]:
            if LONG and time.monotonic() > end:
                break
            with self.subTest(case=case):
                n_done += self.check(*case)
        count("interleavings of two processes", n_done)
        count("interleavings that there are", len(cases))


if __name__ == "__main__":
    unittest.main(verbosity=2)
