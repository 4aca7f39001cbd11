"""mode=fork: the run and the child that writes its checkpoint are ended one without the other."""
import os
import signal
import subprocess
import time
import unittest

from shim import FaultCase, delays, fails


def children(process):
    with open(f"/proc/{process}/task/{process}/children", encoding="ascii") as file:
        return [int(word) for word in file.read().split()]


class Fork(FaultCase):
    def setUp(self):
        super().setUp()
        self.expected = self.uninterrupted()
        self.run_command = self.command("--every", "30 ms", "--mode", "fork")

    def start(self, *rules, **arguments):
        """A run whose second save takes its time; the run itself and the child that writes."""
        process = subprocess.Popen(self.run_command, cwd=self.folder, text=True, stdout=subprocess.PIPE,
                                   stderr=subprocess.PIPE, env=self.environment(rules), **arguments)
        while not list((self.folder / "run").glob(".*600.msgpack.tmp-*")):
            self.assertIsNone(process.poll(), "the run ended before its second save")
            time.sleep(0.002)
        return process, children(process.pid)[0]

    def test_run_killed(self):
        """Nobody wants the file of a run that is dead: it never appears, and nothing is in the way."""
        process, child = self.start(delays("fsync", 1, 1000, "600.msgpack.tmp"))
        process.kill()
        process.communicate()
        self.assertEqual(self.steps(), [300])
        digest = self.digest(self.command("--every", "30 ms", "--resume", "require"))  # at once
        while os.path.exists(f"/proc/{child}"):
            time.sleep(0.01)
        self.assert_same_run(self.expected, digest)
        self.assertEqual(self.leftovers(), [])
        self.assert_all_intact()

    def test_child_killed(self):
        process, child = self.start(delays("fsync", 1, 1000, "600.msgpack.tmp"))
        os.kill(child, signal.SIGKILL)
        out, said = process.communicate()
        self.assertEqual(process.returncode, 0, said)
        self.assertRegex(said, "the run goes on: .*600.msgpack: the child process [0-9]+ .* by signal Killed")
        self.assertEqual(self.steps(), [300, 900])
        self.assert_same_run(self.expected, out.splitlines()[-1])
        self.assert_resumes(self.expected, self.run_command)

    def test_signal_to_the_group(self):
        """A scheduler signals every process: the run saves and stops, the child writes to its end."""
        process, _ = self.start(delays("fsync", 1, 500, "600.msgpack.tmp"),
                                delays("write", "1+", 1, "run.txt"), start_new_session=True)
        os.killpg(process.pid, signal.SIGTERM)
        _, said = process.communicate()
        self.assertEqual(process.returncode, -signal.SIGTERM, said)
        self.assertIn("goes on from here", said)
        self.assertIn(600, self.steps())
        self.assert_all_intact()
        self.assert_resumes(self.expected, self.run_command)

    def test_fork_fails(self):
        result = self.run_with(self.run_command, fails("fork", 1, 12))
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertRegex(result.stderr, "the run goes on: .*300.msgpack: cannot fork; use mode=async")
        self.assertEqual(self.steps(), [600, 900])


if __name__ == "__main__":
    unittest.main(verbosity=2)
