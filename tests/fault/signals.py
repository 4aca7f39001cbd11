"""SIGTERM and SIGUSR1 in every phase of a run: it saves and stops, its status is the signal's, and the
same command again ends as the uninterrupted run."""
import signal
import subprocess
import time
import unittest

from shim import STOPS, FaultCase, delays, signals

EVERY = 300  # steps

# When the signal comes, as calls before which it does. All during the second save, but the first two.
PHASES = {
    "before the first step": lambda s: [signals("create", 1, s, ".torpor.lock")],
    "between saves": lambda s: [signals("fsync", 1, s, "run")],
    "while staging": lambda s: [signals("write", 2, s, "run.txt")],
    "while the file is created": lambda s: [signals("create", 1, s, "600.msgpack.tmp")],
    "while the worker writes": lambda s: [signals("pwrite", 1, s, "600.msgpack.tmp")],
    "while the file becomes durable": lambda s: [signals("fsync", 1, s, "600.msgpack.tmp")],
    "before the rename": lambda s: [signals("rename", 1, s, "600.msgpack")],
    "after the rename": lambda s: [signals("fsync", 2, s, "/run")],
    # The host comes to the third save meanwhile, and waits there.
    "while waiting for the save before": lambda s: [delays("fsync", 1, 200, "600.msgpack.tmp"),
                                                    signals("fsync", 1, s, "600.msgpack.tmp")],
}


def default_interrupt():
    signal.signal(signal.SIGINT, signal.SIG_DFL)


class Signals(FaultCase):
    def setUp(self):
        super().setUp()
        self.expected = self.uninterrupted()

    def stop(self, command, number, *rules):
        result = self.run_with(command, *rules)
        self.assertEqual(result.returncode, -number, result.stderr)
        self.assertNotIn("digest", result.stdout)
        return result.stderr

    def test_every_phase(self):
        for mode in ("async", "sync"):
            for number in STOPS:
                for phase, rules in PHASES.items():
                    with self.subTest(mode=mode, signal=number.name, phase=phase):
                        command = self.command("--every", "30 ms", "--mode", mode)
                        said = self.stop(command, number, *rules(number))
                        self.assertRegex(said, rf"stopping at time [0-9.]+ ms, step [0-9]+: got "
                                               rf"{number.name}; the same command again goes on "
                                               rf"from here")
                        stopped_at = int(said.rsplit(" step ", 1)[1].split(":")[0])
                        self.assertEqual(self.steps()[-1], stopped_at)
                        self.assertEqual(self.leftovers(), [])
                        self.assert_resumes(self.expected, command)
                        for path in (self.folder / "run").iterdir():
                            path.unlink()  # the lock file too, which the next run creates

    def test_keyboard(self):
        """Ctrl-C asks for a save too. A shell's background job ignores it, so it is set back first."""
        for mode in ("async", "sync"):
            with self.subTest(mode=mode):
                command = self.command("--every", "30 ms", "--mode", mode, name=mode)
                result = self.execute(command, preexec_fn=default_interrupt, env=self.environment(
                    [signals("fsync", 1, signal.SIGINT, mode)]))
                self.assertEqual(result.returncode, -signal.SIGINT, result.stderr)
                self.assertIn("got SIGINT; the same command again goes on from here", result.stderr)
                self.assert_resumes(self.expected, command, mode)

    def test_after_the_last_step(self):
        """While detach waits for the last save: nothing is left to stop, but the status is reported."""
        command = self.command("--every", "100 ms")
        self.stop(command, signal.SIGTERM, delays("fsync", 1, 200, "1000.msgpack.tmp"),
                  signals("fsync", 1, signal.SIGTERM, "1000.msgpack.tmp"))
        self.assertEqual(self.steps(), [1000])
        self.assert_resumes(self.expected, command)

    def test_second_signal_stops_at_once(self):
        for mode in ("async", "sync"):
            with self.subTest(mode=mode):
                command = self.command("--every", "30 ms", "--mode", mode, name=mode)
                # The first one asks for a save, the second one comes while that is written.
                said = self.stop(command, signal.SIGTERM,
                                 signals("fsync", 1, signal.SIGTERM, "600.msgpack.tmp"),
                                 delays("rename", 3, 100), signals("rename", 3, signal.SIGTERM))
                self.assertNotIn("stopping at", said)
                self.assertEqual(self.steps(mode)[:2], [300, 600])
                self.assert_all_intact(mode)
                self.assert_resumes(self.expected, command, mode)

    def test_the_save_of_the_stop_fails(self):
        command = self.command("--every", "30 ms")
        said = self.stop(command, signal.SIGTERM, signals("rename", 2, signal.SIGTERM),
                         "rename@:3+=errno:5")
        self.assertIn("goes on from the checkpoint before, since this one failed", said)
        self.assertEqual(self.steps(), [300, 600])
        self.assert_resumes(self.expected, command)

    def test_timeout(self):
        """timeout(1) signals the process, and then its group: that is one signal."""
        command = self.command("--every", "5 ms")
        process = subprocess.Popen(["timeout", "--signal", "TERM", "1000", *command], cwd=self.folder,
                                   env=self.environment([delays("fsync", "1+", 300)]),
                                   stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        while not self.checkpoints() and process.poll() is None:
            time.sleep(0.01)
        process.send_signal(signal.SIGALRM)  # what its timer would send to timeout(1)
        said = process.communicate()[1]
        self.assertEqual(process.returncode, 124, said)
        self.assertIn("got SIGTERM", said)
        self.assert_resumes(self.expected, command)

    def test_none_are_handled(self):
        process = subprocess.run(self.command("--signals", "none", "--every", "30 ms"),
                                 env=self.environment([signals("pwrite", 3, signal.SIGTERM)]),
                                 capture_output=True, text=True)
        self.assertEqual(process.returncode, -signal.SIGTERM)
        self.assertNotIn("stopping", process.stderr)


if __name__ == "__main__":
    unittest.main(verbosity=2)
