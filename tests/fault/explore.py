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

import programs
from counts import LONG, SECONDS, count
from shim import CLI, signals

CHANGES = ("create", "write", "pwrite", "fsync", "rename", "unlink", "ftruncate")
N_SAMPLED = 10
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


class TwoProcesses:
    """Of a program: the second runs it too, or a command."""
    others = "run", "prune", "verify", "info"
    starts = False, True  # from a folder that a run has left?

    def spoil(self):
        """Nothing: that is up to the two."""

    def command_of(self, other, variant):
        folder = self.folder / "run"
        return {"run": self.run_command(variant), "prune": [CLI, "prune", folder, "--keep", "1"],
                "verify": [CLI, "verify", folder], "info": [CLI, "info", folder]}[other]

    def cases(self):
        for variant in self.variants:
            for is_resume in self.starts:
                self.begin(is_resume)
                n_calls = sum(call in CHANGES and path.startswith(str(self.folder / "run"))
                              for call, path in self.calls(self.run_command(variant)))
                for n in range(1, n_calls + 1):
                    for other in self.others:
                        for end in ("goes on", "is killed"):
                            yield variant, is_resume, n, other, end

    def newest(self):
        result = subprocess.run([CLI, "latest", self.folder / "run"], capture_output=True, text=True)
        self.assertNotIn("passed over", result.stderr)
        return int(re.search(r"ckpt-(\d+)", result.stdout).group(1)) if result.returncode == 0 else 0

    def assert_newest(self, said, other):
        """What was reported as saved is there, or a newer one; but what was pruned is not asked for."""
        reported = [int(step) for step in SAVED.findall(said)]
        if reported and (self.folder / "run").exists():
            self.assertGreaterEqual(self.newest(), reported[-1], other)

    def check(self, variant, is_resume, n, other, end):
        self.begin(is_resume)
        command, part = self.run_command(variant), f"{self.folder}/run"
        first = Stopped(self, command, n, part, "first")
        if not first.has_stopped():  # fork: the number of calls differs from run to run
            return False
        self.assert_newest(first.said(), "before")
        where = self.random.randrange(1, 40) if LONG else 0
        second = Stopped(self, self.command_of(other, variant), where, part, "second")
        has_stopped = second.has_stopped()
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
        self.assert_same_run(self.expected, self.digest(command))
        self.assertEqual([path.name for path in (self.folder / "run").iterdir() if ".tmp-" in path.name], [])
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


class Explore(TwoProcesses, programs.Demo):
    pass


class ShardsAndChains(TwoProcesses, programs.Saver):
    pass


class Branches(TwoProcesses, programs.Branching):
    """The second may go on from the newest checkpoint, too."""
    others, starts = ("run", "newest", "verify", "info"), (True,)

    def spoil(self):
        """The last one needs the file that the shards of 50 took the name of."""
        self.checkpoints()[-1].unlink()

    def command_of(self, other, variant):
        if other == "newest":
            return self.saver(*self.variants[variant], KEEP="9")
        return super().command_of(other, variant)


if __name__ == "__main__":
    unittest.main(verbosity=2)
