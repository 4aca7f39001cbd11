"""One call, or each from one on, fails wherever it is: at the start, which cleans up, falls back past a damaged
checkpoint and restores; in saves of each mode; in retention. The run says what happened and ends or goes on, nothing is
lost, and the next start ends as the uninterrupted run.

A sample of all cases; with TORPOR_FAULT_LONG all, in random order, for TORPOR_FAULT_SECONDS.
"""
import collections
import errno
import itertools
import signal
import time
import unittest

import programs
from counts import LONG, SECONDS, count
from shim import CHAIN, IS_SANITIZED

MEANS = ("thread", "stage", "fork", "try")  # without a path: threads, mmap, fork, allocations that may fail
CALLS = ("open", "create", "read", "pread", "write", "pwrite", "fsync", "rename", "unlink", "ftruncate", "flock",
         "link", "mkdir", "stat", "close", *MEANS)
ERRORS = (errno.EIO, errno.ENOSPC, errno.EDQUOT, errno.EINTR, errno.EAGAIN, errno.ESTALE)
CAN_BE_SHORT = ("read", "pread", "write", "pwrite")
N_SAMPLED = 10 if IS_SANITIZED else 60


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


class EachCall:
    """Of a program."""
    errors, n_sampled = ERRORS, N_SAMPLED
    complaint = None  # another pattern than that the program says why
    starts = False, True  # from a folder that a run has left?

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


class Everywhere(EachCall, programs.Demo):
    expected_calls = set(CALLS) - {"link"}


class ShardsAndChains(EachCall, programs.Saver):
    expected_calls = set(CALLS) - {"link", "fork", "stage"}

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


class Restores(EachCall, programs.Saver):
    """Checkpoints of two ranks, restored on as many, or on one."""
    expected_calls = {"open", "create", "pread", "pwrite", "fsync", "rename", "unlink", "flock", "stat", "close", "try"}
    starts, n_sampled = (True,), N_SAMPLED // 3
    variants = {"on two": ["2"], "on one": ["1"], "on two, chained": ["2", CHAIN]}

    def run_before(self):
        self.digest(self.saver("2", ",incremental=compare,full_every=2", KEEP="9"))


class Branches(EachCall, programs.Branching):
    expected_calls = {"rename", "link", "mkdir", "fsync", "open", "read", "pread"}
    starts, n_sampled = (True,), N_SAMPLED // 3
    errors = (errno.EIO, errno.EINTR, errno.EAGAIN, errno.ESTALE)  # a full disk makes room

    def check(self, *case):
        super().check(*case)
        there = {path.read_bytes() for path in (self.folder / "run").rglob("ckpt-*")}
        before = {path.read_bytes(): path.name for path in (self.prepared / "run").glob("ckpt-*")}
        self.assertEqual(sorted(before[lost] for lost in before.keys() - there), [])

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
                    result = self.run_with(command, f"{call}@{self.folder}/run:{nth}{how}=errno:{errno.EIO}")
                    if "saver: resumed" not in result.stderr:
                        self.assertRegex(result.stderr, "cannot (copy|move|make folder|replace)")
                        self.digest(command)
                    found = self.aside()
                    self.assertLessEqual(found.items(), expected.items())
                    if call == "link" or not how:  # what cannot be linked is copied
                        self.assertEqual(found, expected)

    def test_what_is_set_aside_is_whole_after_a_kill(self):
        """The next start sets the rest aside, in a folder of its own. Nothing needs the shards of 50."""
        command = self.run_command("shards")
        (self.prepared / "run" / "ckpt-0000000000000060.msgpack").unlink()
        self.begin(True)
        calls = [name for name, path in self.calls(command) if path.startswith(str(self.folder / "run"))]
        self.assertTrue(self.aside()["ckpt-0000000000000050.msgpack"])
        for call in ("link", "rename", "unlink"):
            for nth in range(1, calls.count(call) + 1):
                with self.subTest(call=call, nth=nth):
                    self.begin(True)
                    self.run_with(command, f"{call}@{self.folder}/run:{nth}=signal:{int(signal.SIGKILL)}")
                    self.digest(command)
                    self.assertEqual([name for name, is_intact in self.aside().items() if not is_intact], [])

    def test_each_allocation_fails(self):
        """What cannot be read for want of memory is not taken for what the file does not say."""
        cases = [case for case in self.cases() if case[0] == "chains" and case[2] == "try" and not case[5]]
        self.assertGreater(len(cases), 50)
        for case in self.random.sample(cases, 50) if IS_SANITIZED else cases:
            with self.subTest(case=case):
                self.check(*case)


class Manager(EachCall, programs.Manager):
    expected_calls = {"open", "create", "pread", "pwrite", "fsync", "rename", "unlink", "flock", "close"}
    n_sampled = 12
    complaint = r"(?m)^[\w.]*(Error|InvalidCheckpointPath): .{20}"


class Simulator(EachCall):
    """Its error is the script's, or the script goes on."""
    expected_calls, n_sampled = Manager.expected_calls, 4
    complaint = r"(?m)^[\w.]*(Error|Exception\w*): .{20}"

    def setUp(self):
        super().setUp()
        if not LONG:  # they take long to start
            self.variants = dict(self.random.sample(sorted(self.variants.items()), 1))


class Nest(Simulator, programs.Nest):
    pass


class Neuron(Simulator, programs.Neuron):
    pass


if __name__ == "__main__":
    unittest.main(verbosity=2)
