"""A resume of a network that was built otherwise: refused, reported or ignored, as option origin says."""
import subprocess
import unittest

from demo import CLI, MODES, N_STEPS, Case

CURRENT = ["--current", "20 pA"]


class Origin(Case):
    def begin(self, *options):
        """A run with a current, whose newest checkpoint is at half of N_STEPS."""
        self.digest(self.command("--every", "50 ms", *CURRENT, *options, n_steps=N_STEPS // 2))

    def log(self, *options, **arguments):
        result = self.execute(self.command("--every", "50 ms", *options, **arguments))
        self.assertEqual(result.returncode, 0, result.stderr)
        return result.stdout.splitlines()[-1], result.stderr

    def test_another_current_is_refused(self):
        self.begin()
        before = [path.read_bytes() for path in self.checkpoints()]
        spikes = self.spikes()
        for options in ([], ["--current", "20.000001 pA"], ["--mismatch", "ignore"]):
            error = self.refused(self.command(*options),
                                 r"^torpor-demo: origin: neurons/excitatory/I_e and "
                                 r"neurons/inhibitory/I_e differ from when this run began; ",
                                 "origin=warn", "another dir", "resume=never")
            self.assertEqual(len(error.strip().splitlines()), 1, error)
        self.assertEqual([path.read_bytes() for path in self.checkpoints()], before)
        self.assertEqual(self.spikes(), spikes)

    def test_warn_and_ignore_go_on_with_the_checkpoint(self):
        expected = self.digest(self.command("--no-checkpoints", *CURRENT))
        self.begin()
        digest, log = self.log("--origin", "warn")
        self.assertEqual(digest, expected)
        self.assertRegex(log, "origin: neurons/excitatory/I_e and neurons/inhibitory/I_e differ")
        for path in self.checkpoints()[1:]:
            path.unlink()
        digest, log = self.log("--origin", "ignore")
        self.assertEqual(digest, expected)
        self.assertNotIn("origin", log)

    def test_the_same_run_has_no_line(self):
        for mode in MODES:
            for threads in (1, 3):
                with self.subTest(mode=mode, threads=threads):
                    name = f"{mode}-{threads}"
                    self.digest(self.command("--every", "50 ms", n_steps=N_STEPS // 2, name=name))
                    digest, log = self.log("--mode", mode, threads=threads, name=name)
                    self.assertIn("resumed", log)
                    self.assertNotIn("origin", log)
                    self.assertEqual(digest, self.uninterrupted()[0])

    def test_every_checkpoint_has_the_same_origin(self):
        """Whatever wrote it, before and after a resume."""
        self.digest(self.command("--every", "20 ms", "--keep", "9", n_steps=N_STEPS // 2))
        self.digest(self.command("--every", "20 ms", "--keep", "9", threads=2))
        origins = set()
        for path in self.checkpoints():
            found = [subprocess.run([CLI, "get", path, f"origin/{key}", "--format", "raw"],
                                    capture_output=True, check=True).stdout
                     for key in ("flags", "steps", "digests")]
            origins.add(tuple(found))
        self.assertGreater(len(self.checkpoints()), 3)
        self.assertEqual(len(origins), 1)


if __name__ == "__main__":
    unittest.main(verbosity=2)
