"""every_wall=auto and maxh: what the log says, and what comes of it. No time here decides a test but where
it is the machine's to be slow."""
import math
import re
import signal
import subprocess
import time
import unittest

from shim import IS_SANITIZED, FaultCase, delays

STOPPED = 3
AUTO = re.compile(r"every_wall=auto: a save costs (\S+) s and a failure is expected every (\S+) h, so "
                  r"the next is due in (\S+) s \(Young and Daly\)")
BUDGET = re.compile(r"stopping at time (\S+) ms, step (\d+): the wall-clock budget of (\S+) h is nearly "
                    r"used up, (\S+) s of it are left; the same command again goes on from here")


def daly(cost, mtbf):
    ratio = cost / (2 * mtbf)
    interval = math.sqrt(2 * cost * mtbf) * (1 + math.sqrt(ratio) / 3 + ratio / 9) - cost
    return max(interval, 10 * cost, 1)


class Walltime(FaultCase):
    def test_auto_is_explained(self):
        for mtbf, hours in (("24 h", 24), ("30 min", 0.5)):
            with self.subTest(mtbf=mtbf):
                result = self.execute(self.command("--every", "30 ms", "--every_wall", "auto",
                                                   "--mtbf", mtbf, name=str(hours)))
                self.assertEqual(result.returncode, 0, result.stderr)
                self.assertIn("the next checkpoint is due in 60 s, to see what one costs",
                              result.stderr)
                said = AUTO.findall(result.stderr)
                self.assertGreater(len(said), 0, result.stderr)
                for cost, of_hours, due in said:
                    self.assertEqual(float(of_hours), hours)
                    self.assertGreaterEqual(float(due) * 1.02, daly(float(cost), 3600 * hours))

    @unittest.skipIf(IS_SANITIZED, "takes a minute then, and shows the same")
    def test_auto_saves(self):
        """Once a save was seen: with a failure each second expected, the next is due in a second."""
        command = self.command("--every", "200 s", "--every_wall", "auto", "--mtbf", "1 s",
                               "--keep", "1000000", n_steps=10**9)
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
                                   text=True, cwd=self.folder)
        end = time.monotonic() + 180
        while time.monotonic() < end and all(step % 2000000 == 0 for step in self.steps()):
            time.sleep(0.1)
        process.send_signal(signal.SIGTERM)
        said = process.communicate(timeout=170)[1]
        self.assertIn("got SIGTERM", said)
        between = [step for step in self.steps() if step % 2000000]
        self.assertGreater(len(between), 1, said)  # the last one is that of the signal

    def test_budget(self):
        n_steps = 20000
        expected = self.uninterrupted(n_steps=n_steps)
        stop, budget = None, 0.00025  # hours
        while stop is None:  # a slow machine has used up the first ones before the first step
            budget *= 2
            command = self.command("--every", "30 ms", "--maxh", str(budget), n_steps=n_steps)
            begin = time.monotonic()
            # A save takes 0.2 s: three times that is kept in hand.
            result = self.run_with(command, delays("fsync", "1+", 100, "run"))
            seconds = time.monotonic() - begin
            self.assertEqual(result.returncode, STOPPED, result.stderr)
            stop = BUDGET.search(result.stderr)
        self.assertEqual(int(stop[2]), self.steps()[-1])
        self.assertAlmostEqual(float(stop[1]), int(stop[2]) / 10)
        if seconds < 3600 * budget:  # else the machine was slower than this test's saves
            self.assertGreater(float(stop[4]), 0.1)
        again = self.execute(self.command("--every", "30 ms", n_steps=n_steps))
        self.assertIn(f"at step {stop[2]}", again.stderr)
        self.assertEqual(again.returncode, 0, again.stderr)
        self.assert_same_run(expected, again.stdout.splitlines()[-1])

    def test_budget_that_is_used_up_at_the_start(self):
        result = self.execute(self.command("--maxh", "0.0000001"))
        self.assertEqual(result.returncode, STOPPED, result.stderr)
        self.assertRegex(result.stderr, r"the wall-clock budget of 1e-07 h was used up before the first step, "
                                        r"\S+ s after the start of the program: give maxh=\S+ or more; "
                                        r"the same command again would get no further")
        self.assertEqual(len(self.steps()), 1)


if __name__ == "__main__":
    unittest.main(verbosity=2)
