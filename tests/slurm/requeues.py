"""examples/slurm/job.sh requeues itself until the run is done, and only then, on a Slurm that is not one."""
import os
import pathlib
import subprocess
import sys
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "resume"))
from demo import Case  # noqa: E402

HERE = pathlib.Path(__file__).resolve().parent
JOB = HERE.parent.parent / "examples" / "slurm" / "job.sh"


class Requeues(Case):
    def sbatch(self, *command, n_limits=0, **environment):
        commands = self.folder / "commands"
        commands.mkdir(exist_ok=True)
        for name in ("sbatch", "srun", "scontrol"):
            (commands / name).unlink(missing_ok=True)
            (commands / name).symlink_to(HERE / "fake-slurm")
        path = f"{commands}:{os.environ['PATH']}"
        return self.execute(["sbatch", str(JOB), *command],
                            env={**os.environ, "PATH": path, "FAKE_SLURM": str(self.folder),
                                 "FAKE_SLURM_LIMITS": str(n_limits),
                                 "TORPOR_DIR": str(self.folder / "run"), **environment})

    def test_three_times_until_done(self):
        n_steps = 300000
        expected = self.uninterrupted(n_steps=n_steps)
        result = self.sbatch(*self.command("--every", "1 s", n_steps=n_steps), n_limits=3)
        self.assertEqual(result.returncode, 0, result.stderr)
        *_, digest, verdict = result.stdout.splitlines()
        self.assertEqual(verdict, "3 requeues, status 0")
        self.assertEqual(result.stderr.count("back into the queue"), 3)
        self.assertEqual(result.stderr.count("got SIGUSR1"), 3)
        self.assertEqual(result.stderr.count("resumed from"), 3)
        self.assert_same_run(expected, digest)

    def test_budget(self):
        """The first two runs have next to no budget."""
        expected = self.uninterrupted()
        short = '[ "$SLURM_RESTART_COUNT" -ge 2 ] || export TORPOR_MAXH=0.0000001; exec "$@"'
        result = self.sbatch("bash", "-c", short, "-", *self.command())
        self.assertEqual(result.returncode, 0, result.stderr)
        *_, digest, verdict = result.stdout.splitlines()
        self.assertEqual(verdict, "2 requeues, status 0")
        self.assertEqual(result.stderr.count("stopped (status 3)"), 2)
        self.assert_same_run(expected, digest)

    def test_folder_is_a_link(self):
        """As from a home to scratch: the checkpoints behind it count."""
        scratch = self.folder / "scratch"
        scratch.mkdir()
        (self.folder / "run").symlink_to(scratch)
        short = '[ "$SLURM_RESTART_COUNT" -ge 1 ] || export TORPOR_MAXH=0.0000001; exec "$@"'
        result = self.sbatch("bash", "-c", short, "-", *self.command())
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertTrue(result.stdout.endswith("1 requeues, status 0\n"), result.stdout)
        self.assertIn("back into the queue", result.stderr)
        self.assertEqual(len(list(scratch.glob("ckpt-*"))), 1)

    def test_not_in_circles(self):
        result = self.sbatch("bash", "-c", "kill -USR1 $$")
        self.assertEqual(result.returncode, 138, result.stderr)
        self.assertIn("without a new checkpoint", result.stderr)
        self.assertEqual(result.stdout, "0 requeues, status 138\n")

    def test_failures_are_not_repeated(self):
        for how, status in (("exit 1", 1), ("kill -TERM $$", 143), ("kill -KILL $$", 137)):
            with self.subTest(how=how):
                result = self.sbatch("bash", "-c", how)
                self.assertEqual(result.returncode, status, result.stderr)
                self.assertEqual(result.stdout, f"0 requeues, status {status}\n")

    def test_usage(self):
        result = self.sbatch()
        self.assertEqual(result.returncode, 2)
        self.assertIn("usage", result.stderr)

    def test_bash_reads_it(self):
        for script in (JOB, HERE / "fake-slurm"):
            subprocess.run(["bash", "-n", str(script)], check=True)


if __name__ == "__main__":
    unittest.main(verbosity=2)
