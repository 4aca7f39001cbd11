"""One call, or each from one on, fails wherever it is: at the start, which cleans up, falls back past a damaged
checkpoint and restores; in saves of each mode; in retention. The run says what happened and ends or goes on, nothing is
lost, and the next start ends as the uninterrupted run.

A sample of all cases; with TORPOR_FAULT_LONG all, in random order, for TORPOR_FAULT_SECONDS.
"""
import collections
import errno
import itertools
import os
import pathlib
import re
import shutil
import signal
import subprocess
import time
import unittest

from counts import LONG, SECONDS, count
from shim import CHAIN, CLI, IS_SANITIZED, MODES, FaultCase

MEANS = ("thread", "stage", "fork", "try")  # without a path: threads, mmap, fork, allocations that may fail
CALLS = ("open", "create", "read", "pread", "write", "pwrite", "fsync", "rename", "unlink", "ftruncate", "flock",
         "link", "mkdir", "stat", "close", *MEANS)
ERRORS = (errno.EIO, errno.ENOSPC, errno.EDQUOT, errno.EINTR, errno.EAGAIN, errno.ESTALE)
CAN_BE_SHORT = ("read", "pread", "write", "pwrite")
N_SAMPLED = 10 if IS_SANITIZED else 60
VARIANTS = {**{mode: ["--mode", mode] for mode in MODES},
            "packed": ["--mode", "async", "--compress", "zstd", "--incremental", "compare", "--full_every", "2"]}
NETWORK = ["--neurons", "40", "--poisson-rate", "90 Hz", "--delays", "2.5 ms", "--stdp"]


def faults_of(call, errors):
    if call in MEANS:
        yield f"errno:{errno.EAGAIN if call in ('thread', 'fork') else errno.ENOMEM}", False
        yield f"errno:{errno.EAGAIN if call in ('thread', 'fork') else errno.ENOMEM}", True
        return
    for number in errors:
        yield f"errno:{number}", False
        if number != errno.EINTR:  # for ever, that is a machine that does nothing
            yield f"errno:{number}", True
    if call in CAN_BE_SHORT:
        yield "short:0", False
        yield "short:0", True


class Everywhere(FaultCase):
    expected_calls = set(CALLS) - {"link"}
    program, output, variants, n_before = "torpor-demo", "run.txt", VARIANTS, 400
    errors, n_sampled = ERRORS, N_SAMPLED
    complaint = None  # another pattern than that the program says why
    starts = False, True  # from a folder that a run has left?

    def setUp(self):
        super().setUp()
        self.expected = self.straight()
        self.prepared = self.folder / "prepared"
        self.prepared.mkdir()
        self.prepare()

    def straight(self):
        return self.uninterrupted(network=NETWORK)

    def run_command(self, variant):
        return self.command("--every", "20 ms", *self.variants[variant], "--keep", "2", "--keep-every", "3", network=NETWORK)

    def run_before(self):
        """Checkpoints 200, 400 and 600."""
        self.digest(self.command("--every", "20 ms", "--keep", "9", network=NETWORK, n_steps=600))

    def prepare(self):
        """A run that stopped: its newest checkpoint is damaged; a temp file of a dead process; an output that is too
        long."""
        self.run_before()
        newest = self.checkpoints()[-1]
        for path in (self.folder / "run").glob(f"{newest.name[:21]}*"):  # of shards: all
            data = bytearray(path.read_bytes())
            data[len(data) // 2] ^= 1
            path.write_bytes(data)
        with open(self.folder / self.output, "ab") as file:  # more than the whole run will write
            file.write(b"lost\n" * 10000)
        (self.folder / "run" / f".{newest.name}.tmp-999999-0123456789abcdef").write_bytes(b"half")
        for name in ("run", self.output):
            shutil.move(self.folder / name, self.prepared / pathlib.Path(name).name)

    def begin(self, is_recovery):
        shutil.rmtree(self.folder / "run", ignore_errors=True)
        (self.folder / self.output).unlink(missing_ok=True)
        if is_recovery:
            shutil.copytree(self.prepared / "run", self.folder / "run")
            shutil.copy(self.prepared / pathlib.Path(self.output).name, self.folder / self.output)

    def cases(self):
        for variant in self.variants:
            for is_recovery in self.starts:
                self.begin(is_recovery)
                calls = [call for call, path in self.calls(self.run_command(variant))
                         if call in MEANS or path.startswith(str(self.folder / "run"))]
                for call in CALLS:
                    for n in range(1, calls.count(call) + 1):
                        for what, is_for_ever in faults_of(call, self.errors):
                            yield variant, is_recovery, call, n, what, is_for_ever

    def newest_intact(self):
        result = subprocess.run([CLI, "latest", self.folder / "run"], capture_output=True, text=True)
        return int(re.search(r"ckpt-(\d+)", result.stdout).group(1)) if result.returncode == 0 else None

    def check(self, variant, is_recovery, call, n, what, is_for_ever):
        self.begin(is_recovery)
        command = self.run_command(variant)
        part = "" if call in MEANS else f"{self.folder}/run"
        rule = f"{call}@{part}:{n}{'+' if is_for_ever else ''}={what}"
        log = self.folder / "log"
        result = self.run_with(command, rule, log=log)
        left = [line for line in log.read_text().splitlines() if line.startswith(f"left {self.folder}/")]
        log.unlink()
        self.assertEqual(left, [], "files stay open")
        self.assertIn(result.returncode, (0, 1), result.stderr)
        if result.returncode == 0:
            self.assertEqual(result.stdout.splitlines()[-1], self.expected[0])
            self.assertTrue(self.spikes() == self.expected[1], "the outputs differ")
        else:
            self.assertRegex(result.stderr, self.complaint or f"{self.program}: .{{20}}")
        said = [line for line in result.stderr.splitlines() if "failed" in line or "cannot" in line]
        if not is_for_ever and self.complaint is None:
            self.assertEqual(len(said), len(set(said)), result.stderr)
        if is_recovery:
            self.assertGreaterEqual(self.newest_intact() or 0, self.n_before, result.stderr)
        self.assert_same_run(self.expected, self.digest(command))
        self.assertEqual([path.name for path in (self.folder / "run").iterdir() if ".tmp-" in path.name], [])
        self.assert_all_intact()

    def test_each_call_fails(self):
        cases = list(self.cases())
        self.assertGreaterEqual({call for _, _, call, _, _, _ in cases}, self.expected_calls)
        self.random.shuffle(cases)
        if not LONG:  # as many of each call
            turns = collections.Counter()
            cases.sort(key=lambda case: turns.update([case[2]]) or turns[case[2]])
        end = time.monotonic() + SECONDS
        n_done = 0
        for case in cases if LONG else cases[:self.n_sampled]:
            if LONG and time.monotonic() > end:
                break
            with self.subTest(case=case):
                n_done += 1
                self.check(*case)
        count("faults in calls, once or for ever", n_done)
        count("faults in calls that there are", len(cases))


class ShardsAndChains(Everywhere):
    """Checkpoints that are several files: shards of threads as ranks, and files that refer to earlier ones."""
    expected_calls = set(CALLS) - {"link", "fork", "stage"}
    program, output, n_before = "saver", "out/output", 50
    variants = {"shards": ["2"], "chains": ["1", CHAIN], "chained shards": ["2", CHAIN]}

    def saver(self, *words, **options):
        (self.folder / "out").mkdir(exist_ok=True)
        return ["env", *(f"TORPOR_{key}={value}" for key, value in options.items()), os.environ["TORPOR_SAVER"],
                str(self.folder / "run"), *words]

    def straight(self):
        result = self.execute(self.saver("1", CHECKPOINTS="no"))
        self.assertEqual(result.returncode, 0, result.stderr)
        return result.stdout.splitlines()[-1], self.spikes()

    def run_command(self, variant):
        return self.saver(*self.variants[variant], KEEP="2", KEEP_EVERY="3")

    def digest(self, command):
        result = self.execute(command)
        self.assertEqual(result.returncode, 0, result.stderr)
        return result.stdout.splitlines()[-1]

    def spikes(self, name="run"):
        return (self.folder / self.output).read_bytes()

    def run_before(self):
        self.digest(self.saver("1", ",incremental=compare,full_every=2", KEEP="9"))

    def test_what_a_checkpoint_needs_stays_if_that_cannot_be_read(self):
        """The third is kept for good, and refers to the first."""
        for variant, call in itertools.product(("chains", "chained shards"), ("open", "pread")):
            with self.subTest(variant=variant, call=call):
                command = self.run_command(variant)
                result = self.run_with(command, f"{call}@0030.msgpack:1+=errno:{errno.EIO}")
                self.assertEqual(result.returncode, 0, result.stderr)
                self.assertIn("old checkpoints stay", result.stderr)
                self.assertIn(30, self.steps())
                self.assert_all_intact()
                self.begin(False)

    def test_what_a_checkpoint_needs_stays_if_that_cannot_be_removed(self):
        for variant in ("chains", "chained shards"):
            with self.subTest(variant=variant):
                self.begin(True)
                result = self.run_with(self.run_command(variant), f"unlink@0020.msgpack:1=errno:{errno.EIO}")
                self.assertEqual(result.returncode, 0, result.stderr)
                self.assertIn("old checkpoints stay", result.stderr)
                self.assert_all_intact()

    def test_what_a_checkpoint_needs_cannot_be_opened(self):
        """That is no damage, which a resume would pass over: the newest checkpoint would be set aside."""
        for n_ranks, part in (("1", "msgpack"), ("2", "shard-0-of-2.msgpack")):
            with self.subTest(n_ranks=n_ranks):
                command = self.saver(n_ranks, ",incremental=compare,full_every=9", KEEP="9")
                self.begin(False)
                self.digest(command)
                result = self.run_with(command, f"open@0010.{part}:1=errno:{errno.EIO}")
                self.assertEqual(result.returncode, 1, result.stderr)
                self.assertRegex(result.stderr, f"0060.{part}' needs the file .*0010.{part} .*cannot be opened: Input/output")
                self.assertEqual(self.steps(), [10, 20, 30, 40, 50, 60])

    def test_shards_without_a_manifest_stay_if_a_checkpoint_cannot_be_read(self):
        """It may need them."""
        command = self.saver("2", CHAIN, KEEP="9")
        self.begin(False)
        self.digest(command)
        (self.folder / "run" / "ckpt-0000000000000030.msgpack").unlink()
        shard = self.folder / "run" / "ckpt-0000000000000030.shard-1-of-2.msgpack"
        result = self.run_with(command, f"open@0010.msgpack:1=errno:{errno.EIO}")
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertTrue(shard.exists())
        self.digest(command)
        self.assertFalse(shard.exists())

    def checkpoints(self, name="run"):
        return [path for path in super().checkpoints(name) if ".shard-" not in path.name]


class Restores(ShardsAndChains):
    """Checkpoints of two ranks, restored on as many, or on one."""
    expected_calls = {"open", "create", "pread", "pwrite", "fsync", "rename", "unlink", "flock", "stat", "close", "try"}
    starts, n_sampled = (True,), N_SAMPLED // 3
    variants = {"on two": ["2"], "on one": ["1"], "on two, chained": ["2", CHAIN]}

    def run_before(self):
        self.digest(self.saver("2", ",incremental=compare,full_every=2", KEEP="9"))


class Branches(ShardsAndChains):
    """A resume from an older checkpoint moves what comes after it aside, with what that needs."""
    expected_calls = {"rename", "link", "mkdir", "fsync", "open", "read", "pread"}
    starts, n_before, n_sampled = (True,), 30, N_SAMPLED // 3
    errors = (errno.EIO, errno.EINTR, errno.EAGAIN, errno.ESTALE)  # a full disk makes room
    variants = {"shards": ["2"], "chains": ["1", CHAIN], "chained shards": ["2", CHAIN]}

    def run_command(self, variant):
        return self.saver(*self.variants[variant], KEEP="9", KEEP_EVERY="2",
                          RESUME=str(self.folder / "run" / "ckpt-0000000000000030.msgpack"))

    def run_before(self):
        """30 is needed by 40, which is moved; so are shards."""
        self.digest(self.saver("1", ",incremental=compare,full_every=2", KEEP="9"))
        shutil.rmtree(self.folder / "shards", ignore_errors=True)
        (self.folder / "run").rename(self.folder / "whole")
        self.digest(self.saver("2", KEEP="9"))
        for path in (self.folder / "run").glob("ckpt-*5?.*msgpack"):
            shutil.move(path, self.folder / "whole" / path.name)
        shutil.rmtree(self.folder / "run")
        (self.folder / "whole").rename(self.folder / "run")

    def check(self, *case):
        super().check(*case)
        there = {path.read_bytes() for path in (self.folder / "run").rglob("ckpt-*")}
        before = {path.read_bytes(): path.name for path in (self.prepared / "run").glob("ckpt-*")}
        self.assertEqual(sorted(before[lost] for lost in before.keys() - there), [])

    def aside(self):
        """Of each checkpoint that was set aside: is it intact, with all that it needs?"""
        return {path.name: subprocess.run([CLI, "verify", path], capture_output=True).returncode == 0
                for path in (self.folder / "run").glob("abandoned-*/ckpt-*") if ".shard-" not in path.name}

    def test_what_is_set_aside_is_whole(self):
        """At any moment; once it is all there, it is the same as without a fault."""
        for variant, call in (*((variant, "link") for variant in self.variants), ("chains", "rename")):
            self.begin(True)
            command = self.run_command(variant)
            n = [name for name, path in self.calls(command) if path.startswith(str(self.folder / "run"))].count(call)
            expected = self.aside()
            self.assertEqual({name for name, is_intact in expected.items() if not is_intact}, {"ckpt-0000000000000060.msgpack"})
            for nth, how in itertools.product(range(1, n + 1), ("", "+")):
                with self.subTest(variant=variant, call=call, nth=nth, how=how):
                    self.begin(True)
                    self.run_with(command, f"{call}@{self.folder}/run:{nth}{how}=errno:{errno.EIO}")
                    found = self.aside()
                    self.assertLessEqual(found.items(), expected.items())
                    if call == "link" or not how:  # what cannot be linked is copied
                        self.assertEqual(found, expected)

    def test_each_allocation_fails(self):
        """What cannot be read for want of memory is not taken for what the file does not say."""
        cases = [case for case in self.cases() if case[0] == "chains" and case[2] == "try" and not case[5]]
        self.assertGreater(len(cases), 20)
        for case in cases:
            with self.subTest(case=case):
                self.check(*case)


class Manager(Everywhere):
    """The checkpoint manager of the Python package."""
    expected_calls = {"open", "create", "pread", "pwrite", "fsync", "rename", "unlink", "flock", "close"}
    program, output, n_before, n_sampled = "keeper", "run.out", 10, 12
    complaint = r"(?m)^[\w.]*(Error|InvalidCheckpointPath): .{20}"
    variants = {"at once": ["at-once"], "in background": ["in-background"]}

    def run_command(self, variant):
        return self.script(*self.variants[variant])

    def script(self, *words):
        (self.folder / self.output).touch()
        return [os.environ["TORPOR_PYTHON"], "-B", os.path.join(os.path.dirname(__file__), f"{self.program}.py"),
                str(self.folder / "run"), *words]

    def straight(self):
        result = self.execute(self.run_command(next(iter(self.variants))), env={**os.environ, "TORPOR_CHECKPOINTS": "no"})
        self.assertEqual(result.returncode, 0, result.stderr)
        shutil.rmtree(self.folder / "run", ignore_errors=True)
        return result.stdout.splitlines()[-1], b""

    def digest(self, command):
        result = self.execute(command)
        self.assertEqual(result.returncode, 0, result.stderr)
        return result.stdout.splitlines()[-1]

    def spikes(self, name="run"):
        return b""

    def run_before(self):
        self.digest(self.script("at-once", "11"))


class Nest(Manager):
    """A script for a simulator. Its error is the script's, or the script goes on."""
    program, every, n_before, n_sampled = "host_nest", "20 ms", 400, 4
    complaint = r"(?m)^[\w.]*(Error|Exception\w*): .{20}"
    variants = {mode: [mode] for mode in MODES}
    in_the_way = "0000000000000800"  # no third checkpoint of the run before

    def setUp(self):
        super().setUp()
        if not LONG:  # they take long to start
            self.variants = dict(self.random.sample(sorted(self.variants.items()), 1))

    def script(self, mode):
        return ["env", f"TORPOR_MODE={mode}", f"TORPOR_EVERY={self.every}", *super().script()]

    def run_before(self):
        result = self.run_with(self.script("sync"), f"create@{self.in_the_way}:1=signal:{int(signal.SIGKILL)}")
        self.assertEqual(result.returncode, -signal.SIGKILL, result.stderr)


class Neuron(Nest):
    program, every, n_before, in_the_way = "host_neuron", "10 ms", 20000000, "0000000040000000"
    variants = {mode: [mode] for mode in ("sync", "async")}  # NEURON cannot be forked


if __name__ == "__main__":
    unittest.main(verbosity=2)
