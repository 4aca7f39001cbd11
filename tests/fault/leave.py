"""A process that ends while a save is in flight, with or without detach: what has the name of a
checkpoint is one, and where the C library's exit runs it is there."""
import os
import signal
import unittest

from shim import FaultCase, delays

LEAVE = os.environ["TORPOR_LEAVE"]
PLUGIN = os.environ["TORPOR_PLUGIN"]
SLOW = delays("fsync", "1+", 150)


class Leave(FaultCase):
    def leave(self, way, *rules):
        folder = self.folder / way
        environment = self.environment(rules)
        # Whoever leaves without detach leaks the session, and a thread that nobody joins.
        environment["ASAN_OPTIONS"] += ":detect_leaks=0"
        environment["TSAN_OPTIONS"] = os.environ.get("TSAN_OPTIONS", "") + ":report_thread_leaks=0"
        result = self.execute([LEAVE, PLUGIN, way, str(folder)], env=environment)
        self.assertNotIn("CALLED AFTER THE END", result.stderr)
        return result

    def check(self, way):
        self.assert_all_intact(way)
        return self.steps(way), self.leftovers(way)

    def test_exit_waits(self):
        for way in ("return", "exit", "thread", "close", "fork"):
            with self.subTest(way=way):
                result = self.leave(way, SLOW)
                self.assertEqual(result.returncode, 0, result.stderr)
                self.assertEqual(self.check(way), ([7], []))
                if way == "fork":
                    self.assertIn("the child left with 0", result.stderr)

    def test_a_save_that_fails_while_exit_waits(self):
        result = self.leave("return", SLOW, "rename@:1=errno:28")
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertRegex(result.stderr, "WARNING.*No space left")
        self.assertEqual(self.check("return"), ([], []))

    def test_cut_short(self):
        for way, status in (("_exit", 0), ("quick_exit", 0), ("abort", -signal.SIGABRT)):
            with self.subTest(way=way):
                result = self.leave(way, delays("fsync", "1+", 5000))
                self.assertEqual(result.returncode, status, result.stderr)
                self.assertEqual(self.check(way)[0], [])
        for way in ("_exit", "quick_exit", "abort"):  # the next start removes what they left
            os.rename(self.folder / way, self.folder / "close")
            self.assertEqual(self.leave("close").returncode, 0)
            self.assertEqual(self.check("close"), ([7], []))
            os.rename(self.folder / "close", self.folder / way)


if __name__ == "__main__":
    unittest.main(verbosity=2)
