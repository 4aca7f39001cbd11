"""Each call of the commands of torpor fails, or all from one on. A command then ends as if nothing had been, or
with a status and one message that say so; no output is half there, no temp file is left, no checkpoint is lost.

A sample of all cases; with TORPOR_FAULT_LONG all, in random order, for TORPOR_FAULT_SECONDS.
"""
import collections
import errno
import pathlib
import re
import shutil
import time
import unittest

from counts import LONG, SECONDS, count
from shim import CLI, IS_SANITIZED, FaultCase

PLACES = ("stat", "open", "create", "read", "pread", "write", "pwrite", "fsync", "rename", "unlink", "ftruncate",
          "flock", "close")
MEANS = ("thread", "try")
N_SAMPLED = 40 if IS_SANITIZED else 150
FIRST, LAST = "run/ckpt-0000000000000200.msgpack", "run/ckpt-0000000000000400.msgpack"
GOLDEN = str(pathlib.Path(__file__).parents[1] / "golden" / "braintools")
COMMANDS = {
    "info": ["info", LAST], "info-folder": ["info", "run"], "info-folder-json": ["info", "run", "--json"],
    "ls": ["ls", LAST], "get": ["get", LAST, "populations/neurons/excitatory/V_m"], "latest": ["latest", "run"],
    "verify": ["verify", LAST], "verify-folder": ["verify", "run"],
    "diff": ["diff", FIRST, LAST],
    "prune": ["prune", "run", "--keep", "1"],
    "convert": ["convert", LAST, "out"], "compress": ["convert", LAST, "out", "--compress", "zstd"],
    "overwrite": ["convert", LAST, "there", "--force"],
    "json": ["convert", LAST, "out", "--to", "json"], "npz": ["convert", LAST, "out", "--to", "npz"],
    "plot": ["plot", LAST, "populations/neurons/excitatory/V_m"],
    "svg": ["plot", LAST, "populations/neurons/excitatory/V_m", "-o", "out"],
    "report": ["report", FIRST, LAST, "-o", "out"],
    "kinds": ["verify", *(f"{GOLDEN}/{name}.msgpack" for name in ("01_nested", "04_prims", "20_chunked", "28_f_order"))],
    "quantities": ["convert", f"{GOLDEN}/16_quantities_array.msgpack", "out", "--index"],
}
WRITTEN = ("out", "there")


def faults_of(call):
    number = {"thread": errno.EAGAIN, "try": errno.ENOMEM}.get(call, errno.EIO)
    yield f"errno:{number}", ""
    yield f"errno:{number}", "+"
    if call in ("read", "pread", "write", "pwrite"):
        yield "short:0", "+"
    if call not in MEANS:
        yield f"errno:{errno.EINTR}", ""


class Commands(FaultCase):
    def setUp(self):
        super().setUp()
        self.digest(self.command("--every", "20 ms", "--keep", "3", "--incremental", "compare", n_steps=400,
                                 network=["--neurons", "40", "--poisson-rate", "90 Hz"]))
        (self.folder / "run").rename(self.folder / "whole")
        self.clean = {}

    def begin(self):
        for path in self.folder.iterdir():
            if path.name in ("whole", "run.txt"):
                continue
            shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)
        (self.folder / "run").mkdir()
        for path in (self.folder / "whole").iterdir():
            shutil.copy2(path, self.folder / "run")
        (self.folder / "there").write_bytes(b"was there")

    def words(self, name):
        paths = ("run", *WRITTEN)
        return [CLI, *(str(self.folder / word) if word.split("/")[0] in paths else word for word in COMMANDS[name])]

    def made(self):
        """The files that a command writes, and the checkpoints."""
        names = [*WRITTEN, *(f"run/{path.name}" for path in self.checkpoints())]
        return {name: (self.folder / name).read_bytes() if (self.folder / name).exists() else None for name in names}

    def cases(self):
        for name in COMMANDS:
            self.begin()
            log = self.folder / "calls"
            log.unlink(missing_ok=True)
            result = self.run_with(self.words(name), log=log)
            self.assertIn(result.returncode, (0, 1), result.stderr)
            self.assertEqual(result.stderr, "")
            self.clean[name] = result.returncode, result.stdout, self.made()
            calls = [line.split(" ", 1) for line in log.read_text().splitlines()]
            for call in (*PLACES, *MEANS):
                part = "" if call in MEANS else str(self.folder)
                n_calls = sum(one == call and part in path for one, path in calls)
                for n in range(1, n_calls + 1):
                    for what, plus in faults_of(call):
                        yield name, f"{call}@{part}:{n}{plus}={what}"

    def check(self, name, rule):
        self.begin()
        before = self.made()
        result = self.run_with(self.words(name), rule)
        status, out, made = self.clean[name]
        now = self.made()
        self.assertEqual(list(self.folder.rglob(".*.tmp-*")), [])
        if result.stderr == "":
            self.assertEqual((result.returncode, result.stdout), (status, out))
            self.assertEqual(now, made)
            return
        self.assertIn(result.returncode, (1, 2), result.stderr)  # 2: what was asked for seems to be wrong
        said = result.stderr.splitlines()
        self.assertEqual(len(said), len(set(said)), result.stderr)
        self.assertTrue(all(re.match("torpor: .{20}", line) for line in said), result.stderr)
        if "folder" not in name and name != "kinds":
            self.assertEqual(len(said), 1, result.stderr)
        for path in WRITTEN:
            self.assertIn(now[path], (before[path], made[path]), f"{path} is half written")
        self.assert_all_intact()
        if name == "prune":
            self.assertIn(LAST, now)
            self.execute(self.words(name))
            self.assertEqual(self.made(), made)

    def test_each_call_fails(self):
        cases = list(self.cases())
        self.random.shuffle(cases)
        if not LONG:  # as many of each command and call
            turns = collections.Counter()
            kinds = {case: (case[0], case[1].split("@")[0]) for case in cases}
            cases.sort(key=lambda case: turns.update([kinds[case]]) or turns[kinds[case]])
        end = time.monotonic() + SECONDS
        n_done = 0
        for case in cases if LONG else cases[:N_SAMPLED]:
            if LONG and time.monotonic() > end:
                break
            with self.subTest(case=case):
                self.check(*case)
            n_done += 1
        count("faults in calls of the command torpor", n_done)
        count("faults in calls of the command torpor that there are", len(cases))


if __name__ == "__main__":
    unittest.main(verbosity=2)
