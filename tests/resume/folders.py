"""What becomes of a run whose folder is moved, removed, or shared by a group of users."""
import contextlib
import json
import os
import shutil
import signal
import subprocess
import time
import unittest

from demo import CLI, IS_SANITIZED, N_STEPS, Case

NETWORK = ["--neurons", "500", "--poisson-rate", "5 Hz"]
LONG = 10**9  # it is ended before


class Folders(Case):
    def start(self, *options, n_steps=LONG, **arguments):
        command = self.command("--every", "20 ms", *options, n_steps=n_steps, network=NETWORK,
                               **arguments)
        run = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                               cwd=self.folder)
        self.addCleanup(run.communicate)
        self.addCleanup(run.kill)
        return run

    def wait_for_newer(self, name="run", than=()):
        """Wait until the folder has two checkpoints that are none of these; the newest."""
        for _ in range(3000):
            newer = [path for path in self.checkpoints(name) if path.name not in than]
            if len(newer) > 1:
                return newer[-1]
            time.sleep(0.01)
        self.fail(f"no newer checkpoints in {name}")

    @contextlib.contextmanager
    def halted(self, run):
        """The run stands still, so that it does not end, nor write, meanwhile."""
        run.send_signal(signal.SIGSTOP)
        # Back when all of its threads stand, not when the signal was sent.
        os.waitid(os.P_PID, run.pid, os.WSTOPPED)
        yield
        run.send_signal(signal.SIGCONT)

    def end(self, run):
        run.terminate()
        return run.communicate(timeout=600)[1]

    def seeds(self, name):
        return {subprocess.run([CLI, "get", path, "fingerprint"], capture_output=True, text=True,
                               check=True).stdout.split("seed=")[1].split()[0]
                for path in self.checkpoints(name)}

    def test_moved_and_another_run_in_its_place(self):
        first = self.start(name="run")
        self.wait_for_newer()
        with self.halted(first):
            (self.folder / "run").rename(self.folder / "archived")
        second = self.start("--spikes", str(self.folder / "second.txt"), seed=2, name="run")
        names = {path.name for path in self.checkpoints("archived")}
        self.wait_for_newer()
        self.wait_for_newer("archived", names)
        said = self.end(first)
        self.end(second)
        self.assertEqual(said.count("where it is now"), 1, said)
        self.assertNotIn("failed", said)
        self.assertEqual(self.seeds("archived"), {"1"})
        self.assertEqual(self.seeds("run"), {"2"})

    def test_removed_and_another_run_in_its_place(self):
        first = self.start(name="run")
        self.wait_for_newer()
        with self.halted(first):
            shutil.rmtree(self.folder / "run")
        second = self.start("--spikes", str(self.folder / "second.txt"), seed=2, name="run")
        # Whoever came first has the folder, and the other one says so.
        self.wait_for_newer()
        time.sleep(0.2)
        said = [self.end(first), self.end(second)]
        self.assertEqual(sum("is held by process" in text for text in said), 1, said)
        self.assertEqual(len(self.seeds("run")), 1)

    def test_removed_once(self):
        n_steps = 40000 if IS_SANITIZED else 400000
        expected = self.uninterrupted(n_steps=n_steps, network=NETWORK)
        run = self.start(n_steps=n_steps)
        self.wait_for_newer()
        with self.halted(run):
            (self.folder / "run").rename(self.folder / "trash")
            shutil.rmtree(self.folder / "trash")
        out, said = run.communicate(timeout=600)
        self.assertEqual(run.returncode, 0, said)
        self.assertEqual(said.count("it was made again"), 1, said)
        self.assert_same_run(expected, out.splitlines()[-1])
        self.assertEqual(self.checkpoints()[-1].name, f"ckpt-{n_steps:016}.msgpack")

    def described(self, name="run"):
        result = subprocess.run([CLI, "info", self.checkpoints(name)[-1], "--json"],
                                capture_output=True, text=True, check=True)
        return json.loads(result.stdout)["provenance"]["run"]

    def test_runs_are_told_apart(self):
        """A branch names what it branched from; files of two runs in one folder are refused."""
        saving = self.command("--every", "20 ms", network=NETWORK)
        self.digest(saving)
        first = self.described()
        self.assertEqual(list(first), ["id"])
        longer = self.command("--every", "20 ms", network=NETWORK, n_steps=N_STEPS * 3 // 2)
        self.digest(longer)
        self.assertEqual(self.described(), first)
        older = self.checkpoints()[0]
        step = int(older.stem.split("-")[1])
        self.digest([*longer, "--resume", str(older)])
        branch = self.described()
        self.assertNotEqual(branch["id"], first["id"])
        self.assertEqual(branch, {"id": branch["id"], "parent": first["id"], "parent_step": step})
        text = subprocess.run([CLI, "info", self.checkpoints()[-1]], capture_output=True, text=True,
                              check=True).stdout
        self.assertRegex(text, rf"(?m)^  run +{branch['id']}$")
        self.assertRegex(text, rf"(?m)^  parent +{first['id']} at step {step}$")
        spikes = self.spikes()
        self.digest(self.command("--every", "20 ms", "--dir", str(self.folder / "other"),
                                 "--spikes", str(self.folder / "other.txt"), network=NETWORK,
                                 n_steps=400))
        shutil.copy(self.checkpoints("other")[-1], self.folder / "run")
        before = [path.name for path in self.checkpoints()]
        self.refused(longer, "ckpt-0000000000000400.msgpack is of another run", "resume=never")
        self.assertEqual([path.name for path in self.checkpoints()], before)
        self.assertEqual(self.spikes(), spikes)

    @unittest.skipIf(os.geteuid() != 0, "only root can run as two other users")
    def test_shared_by_a_group(self):
        """A set-group-ID folder, and users with umask 022."""
        shared = self.folder / "shared"
        shared.mkdir()
        os.chown(shared, 0, 4242)
        shared.chmod(0o2775)
        self.folder.chmod(0o755)
        for user, n_steps in ((12001, N_STEPS), (12002, 2 * N_STEPS)):
            command = self.command(n_steps=n_steps, network=NETWORK)
            command = [*command[:command.index("--spikes")], "--dir", str(shared),
                       "--every", "50 ms"]
            result = self.execute(["setpriv", "--reuid", str(user), "--regid", "4242",
                                   "--clear-groups", *command], umask=0o022)
            self.assertEqual(result.returncode, 0, result.stderr)
            self.assertIn("digest", result.stdout)
        self.assertIn("resumed from", result.stderr)


if __name__ == "__main__":
    unittest.main(verbosity=2)
