"""Whatever call of a save fails, or is the last one of a process: the checkpoints before are intact, the
error is reported once, the next save works, and a resume ends as the uninterrupted run."""
import errno
import signal
import unittest

from counts import count
from shim import ERRORS, IS_SANITIZED, MODES, FaultCase, fails, signals

FIRST, SECOND, THIRD = 300, 600, 900
CHANGES = ("create", "write", "pwrite", "fsync", "rename", "unlink", "ftruncate")  # calls that change files


class Faults(FaultCase):
    def setUp(self):
        super().setUp()
        self.expected = self.uninterrupted()

    def saving(self, mode, name):
        return self.command("--every", "30 ms", "--mode", mode, name=name)

    def calls_of_second_save(self, mode):
        """(call, which of its kind), from the end of the first save to the end of the second."""
        calls = self.calls(self.saving(mode, f"{mode}-counted"))
        ends = [i for i, (call, path) in enumerate(calls)
                if call == "fsync" and path.endswith("-counted")]
        self.assertEqual(len(ends), 3, calls)
        for i in range(ends[0] + 1, ends[1] + 1):
            call, path = calls[i]
            if call in CHANGES:
                yield call, sum(c == call for c, _ in calls[:i + 1]), path

    def check_fault(self, mode, call, path, rule, name):
        command = self.saving(mode, name)
        result = self.run_with(command, rule)
        count("calls of a save that failed", 1)
        if path.endswith("-counted") and rule.endswith(f":{errno.ENOSPC}"):
            # The folder: the file is in place by then, so the first checkpoint makes room for it.
            self.assertEqual(result.returncode, 0, result.stderr)
            self.assertEqual(self.steps(name), [SECOND, THIRD])
            self.assert_resumes(self.expected, command, name)
            return
        self.assert_all_intact(name)
        self.assertEqual(self.leftovers(name), [])
        self.assertIn(FIRST, self.steps(name))
        if path.endswith("-counted.txt") and call == "write":
            self.assertEqual(result.returncode, 1, result.stderr)  # the demo's own file: it stops
        else:
            self.assertEqual(result.returncode, 0, result.stderr)  # the third makes it good
            self.assertEqual(result.stderr.count("the checkpoint failed, the run goes on"), 1)
            self.assertEqual(result.stderr.count("an earlier checkpoint failed; "), 1)
            self.assertEqual(result.stdout.splitlines()[-1], self.expected[0])
            is_folder = path.endswith("-counted")  # the file is in place by then
            self.assertEqual(self.steps(name), [FIRST, SECOND, THIRD] if is_folder
                             else [FIRST, THIRD])
        self.assert_resumes(self.expected, command, name)

    def test_each_call_of_a_save_fails(self):
        for mode in MODES:
            calls = list(self.calls_of_second_save(mode))
            self.assertGreaterEqual({call for call, _, _ in calls},
                                    {"write", "create", "pwrite", "fsync", "rename"})
            for call, n, path in calls:
                for number in ERRORS[:1] if IS_SANITIZED else ERRORS:
                    with self.subTest(mode=mode, call=call, n=n, path=path, errno=number):
                        name = f"{mode}-{call}-{n}-{number}"
                        self.check_fault(mode, call, path, fails(call, n, number), name)

    def check_killed(self, mode, *options):
        calls = self.calls([*self.saving(mode, f"{mode}-counted"), *options])
        n_calls = sum(call in CHANGES for call, _ in calls)
        self.assertGreater(n_calls, 20)
        for n in range(1, n_calls + 1, 5 if IS_SANITIZED else 1):
            with self.subTest(mode=mode, n=n, options=options):
                name = f"{mode}-{n}"
                command = [*self.saving(mode, name), *options]
                result = self.run_with(command, signals("any", n, signal.SIGKILL))
                count("kills before a call", 1)
                if mode == "fork" and result.returncode != -signal.SIGKILL:
                    # It hit the child that writes. The run survives; the last one is reported.
                    self.assertEqual(result.returncode, "900.msgpack: the child" in result.stderr)
                    self.assertEqual(result.stdout.splitlines()[-1], self.expected[0])
                else:
                    self.assertEqual(result.returncode, -signal.SIGKILL, result.stderr)
                if (self.folder / name).exists():
                    self.assert_all_intact(name)
                self.assert_resumes(self.expected, command, name)

    def test_killed_before_each_call(self):
        for mode in MODES:
            self.check_killed(mode)

    def test_killed_before_each_call_of_retention(self):
        self.check_killed("async", "--keep", "1", "--keep-every", "2")

    def test_old_checkpoint_cannot_be_removed(self):
        command = self.command("--every", "20 ms", "--keep", "2")
        result = self.run_with(command, fails("unlink", 1, ERRORS[0], "ckpt-"))
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertEqual(result.stderr.count("old checkpoints stay"), 1)
        self.assertEqual(self.steps(), [800, 1000])

    def test_list_of_what_is_kept_cannot_be_written(self):
        command = self.command("--every", "20 ms", "--keep", "1", "--keep-every", "2")
        for call in ("create", "write", "fsync", "rename"):
            with self.subTest(call=call):
                result = self.run_with(command, fails(call, 2, ERRORS[1], ".torpor.kept"))
                self.assertEqual(result.returncode, 0, result.stderr)
                self.assertEqual(result.stderr.count("old checkpoints stay"), 1)
                self.assertEqual(self.steps(), [400, 800, 1000])
                self.assertEqual(self.leftovers(), [])
                for path in (self.folder / "run").iterdir():
                    path.unlink()

    def test_list_of_what_is_kept_cannot_be_read(self):
        """Then nobody knows what may go."""
        command = self.command("--every", "20 ms", "--keep", "1", "--keep-every", "2")
        for call in ("open", "read"):
            with self.subTest(call=call):
                result = self.run_with(command, f"{call}@.torpor.kept:2+=errno:{errno.EIO}")
                self.assertEqual(result.returncode, 0, result.stderr)
                self.assertIn("old checkpoints stay", result.stderr)
                self.assertGreaterEqual(set(self.steps()), {400, 800, 1000})
                for path in (self.folder / "run").iterdir():
                    path.unlink()

    def test_last_checkpoint_fails(self):
        """Nothing makes it good, so the run reports it; its result is not lost for that."""
        for mode in MODES:
            with self.subTest(mode=mode):
                command = self.saving(mode, mode)
                result = self.run_with(command, fails("rename", 1, ERRORS[0], "900.msgpack"))
                self.assertEqual(result.returncode, 1, result.stderr)
                self.assertEqual(result.stdout.splitlines()[-1], self.expected[0])
                self.assert_resumes(self.expected, command, mode)

    def test_full_disk_holds_old_checkpoints(self):
        """The oldest goes, and the save is tried once more; the last intact one never goes."""
        for mode in MODES:
            for call in ("create", "pwrite", "fsync", "rename"):
                with self.subTest(mode=mode, call=call):
                    name = f"{mode}-{call}"
                    command = self.saving(mode, name)
                    result = self.run_with(command, fails(call, 1, ERRORS[1], "900.msgpack"))
                    self.assertEqual(result.returncode, 0, result.stderr)
                    self.assertEqual(result.stderr.count("the disk is full: removed the oldest"), 1)
                    self.assertRegex(result.stderr, "removed .*ckpt-0*300.msgpack")
                    self.assertEqual(self.steps(name), [SECOND, THIRD])
                    self.assert_resumes(self.expected, command, name)
                    name += "-only"
                    command = self.saving(mode, name)
                    result = self.run_with(command, fails(call, 1, ERRORS[1], "600.msgpack"))
                    self.assertNotIn("removed", result.stderr)
                    self.assertEqual(self.steps(name), [FIRST, THIRD])

    def test_short_writes(self):
        for mode in MODES:
            with self.subTest(mode=mode):
                command = self.saving(mode, mode)
                result = self.run_with(command, "pwrite@ckpt-:1+=short")
                self.assertEqual(result.returncode, 0, result.stderr)
                self.assert_all_intact(mode)
                self.assertEqual(self.steps(mode), [FIRST, SECOND, THIRD])

    def test_no_memory_to_stage(self):
        command = self.saving("async", "run")
        result = self.run_with(command, fails("stage", 1, 12), fails("stage", 2, 12))  # ahead of the save, and in it
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertEqual(result.stderr.count("the run goes on"), 1)
        self.assertIn("mode=sync", result.stderr)
        self.assertEqual(self.steps(), [SECOND, THIRD])
        self.assert_resumes(self.expected, command)

    def test_no_thread_to_be_had(self):
        command = self.saving("async", "run")
        result = self.run_with(command, "thread@:1+=errno:11")
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertEqual(self.steps(), [FIRST, SECOND, THIRD])


if __name__ == "__main__":
    unittest.main(verbosity=2)
