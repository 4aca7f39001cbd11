"""Runs of torpor-demo on a machine whose system calls fail, take their time, or end the process."""
import collections
import errno
import os
import signal
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "resume"))
from demo import CLI, DEMO, IS_SANITIZED, MODES, Case, ms  # noqa: E402,F401

SHIM = os.environ["TORPOR_SHIM"]
CHAIN = ",incremental=compare,full_every=3"  # more options of fault-saver: files that refer to earlier ones


def fails(call, n, number, part=""):
    return f"{call}@{part}:{n}=errno:{number}"


def signals(call, n, number, part=""):
    return f"{call}@{part}:{n}=signal:{int(number)}"


def delays(call, n, milliseconds, part=""):
    return f"{call}@{part}:{n}=delay:{milliseconds * 1000}"


KEPT_NAMES = (".torpor.lock", ".torpor.kept")


class FaultCase(Case):
    def environment(self, rules, log=None):
        """fsync is on, so that it can fail; the sanitizers do not mind that the shim comes first."""
        added = {"LD_PRELOAD": SHIM, "TORPOR_FAULTS": " ".join(rules), "TORPOR_FSYNC": "yes",
                 "ASAN_OPTIONS": os.environ.get("ASAN_OPTIONS", "") + ":verify_asan_link_order=0"}
        if log is not None:
            added["TORPOR_FAULTS_LOG"] = str(log)
        return {**os.environ, **added}

    def run_with(self, command, *rules, log=None):
        return self.execute(command, env=self.environment(rules, log))

    def calls(self, command):
        """All calls that a run without faults makes: [call, path]."""
        log = self.folder / "calls"
        log.unlink(missing_ok=True)
        result = self.run_with(command, log=log)
        self.assertEqual(result.returncode, 0, result.stderr)
        return [line.split(" ", 1) for line in log.read_text().splitlines()]

    def steps(self, name="run"):
        return [int(path.stem.split("-")[1]) for path in self.checkpoints(name)]

    def leftovers(self, name="run"):
        return [path.name for path in (self.folder / name).iterdir()
                if path.name not in KEPT_NAMES and path not in self.checkpoints(name)]

    def aside(self):
        """Of each checkpoint that was set aside: is it intact somewhere, with all that it needs?"""
        found = collections.Counter()
        for path in (self.folder / "run").glob("abandoned-*/ckpt-*"):
            if ".shard-" not in path.name:
                found[path.name] |= subprocess.run([CLI, "verify", path], capture_output=True).returncode == 0
        return found

    def assert_all_intact(self, name="run"):
        """What has the name of a checkpoint is one."""
        for path in self.checkpoints(name):
            result = subprocess.run([CLI, "verify", path], capture_output=True, text=True)
            self.assertEqual(result.returncode, 0, result.stdout + result.stderr)

    def assert_resumes(self, expected, command, name="run"):
        self.assert_same_run(expected, self.digest(command), name)
        self.assertEqual(self.leftovers(name), [])


ERRORS = (errno.EIO, errno.ENOSPC)
STOPS = (signal.SIGTERM, signal.SIGUSR1)
