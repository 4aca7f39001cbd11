"""Many checkpoints of one process: its memory, its descriptors and the folder stay as small as they were.

2,000 checkpoints; 100,000 with TORPOR_FAULT_LONG, or as many as this machine saves in TORPOR_FAULT_SECONDS. Then a disk
that is slow, full or out of quota, read-only or gone, and a clock that is set back: the run goes on, and saves again.
"""
import errno
import os
import pathlib
import subprocess
import time
import unittest

from counts import LONG, SECONDS, count
from shim import IS_SANITIZED, MODES, FaultCase, delays

N_CHECKPOINTS = 100000 if LONG else 500 if IS_SANITIZED else 2000
NETWORK = ["--neurons", "100", "--poisson-rate", "90 Hz", "--stdp"]


def resident_kib(pid):
    text = pathlib.Path(f"/proc/{pid}/status").read_text(encoding="ascii")
    return int(text.split("VmRSS:")[1].split()[0])


def folder_bytes(folder):
    total = 0
    for path in folder.iterdir():
        try:
            total += path.stat().st_size
        except FileNotFoundError:
            pass
    return total


class Soak(FaultCase):
    def command(self, *options, **arguments):
        return super().command(*options, network=NETWORK, **arguments)

    def watch(self, process):
        """(memory, descriptors, bytes in the folder), every 20 ms."""
        seen = []
        while process.poll() is None:
            try:
                seen.append((resident_kib(process.pid), len(os.listdir(f"/proc/{process.pid}/fd")),
                             folder_bytes(self.folder / "run")))
            except (FileNotFoundError, IndexError):
                pass  # it has not begun, or has just ended
            time.sleep(0.02)
        return seen

    def number_of_checkpoints(self):
        """That this machine saves in the time that there is; it may be busy."""
        if not LONG:
            return N_CHECKPOINTS
        begin, n = time.monotonic(), 500
        self.digest(self.command("--every", "0.1 ms", n_steps=n, name="measured"))
        return max(2000, min(N_CHECKPOINTS, int(n * SECONDS / (time.monotonic() - begin))))

    def test_flat(self):
        n_checkpoints = self.number_of_checkpoints()
        for mode in MODES:
            with self.subTest(mode=mode):
                n = -(-n_checkpoints // len(MODES))
                with open(self.folder / "said", "w+", encoding="utf-8") as said:
                    process = subprocess.Popen(
                        self.command("--every", "0.1 ms", "--mode", mode, "--keep-every", str(n // 4), n_steps=n),
                        stdout=subprocess.DEVNULL, stderr=said, cwd=self.folder)
                    seen = self.watch(process)
                    said.seek(0)
                    text = said.read()
                self.assertEqual(process.returncode, 0, text[-2000:])
                self.assertEqual(text.count("failed"), 0)
                self.assertGreater(len(seen), 10)
                begin, end = seen[len(seen) // 10:len(seen) // 3], seen[-len(seen) // 3:]
                for i, (what, more) in enumerate((("KiB of memory", 4096), ("descriptors", 4),
                                                  ("bytes on disk", 1 << 20))):
                    self.assertLessEqual(max(one[i] for one in end), max(one[i] for one in begin) + more, what)
                count("checkpoints of one process, with flat memory, descriptors and disk", n)
                for path in (self.folder / "run").iterdir():
                    path.unlink()

    def check_goes_on(self, rule, *patterns):
        """Saves 3 to 5 meet it; those after are there, and those before but for what had to make room."""
        expected = self.uninterrupted(network=NETWORK)
        for mode in MODES:
            with self.subTest(mode=mode, rule=rule):
                name = f"{mode}-{rule.split('@')[0]}"
                result = self.run_with(self.command("--every", "10 ms", "--mode", mode, "--keep", "20", name=name),
                                       *(rule.replace("STEP", f"{step}00") for step in (3, 4, 5)))
                self.assertEqual(result.returncode, 0, result.stderr)
                for pattern in patterns:
                    self.assertRegex(result.stderr, pattern)
                self.assertGreaterEqual(set(self.steps(name)), {200, 600, 700, 800, 900, 1000})
                self.assert_same_run(expected, result.stdout.splitlines()[-1], name)
                count("disks that were out of order for a while", 1)

    def test_quota(self):
        self.check_goes_on(f"pwrite@0STEP.msgpack:1+=errno:{errno.EDQUOT}", "the run goes on", "[Qq]uota")

    def test_read_only(self):
        self.check_goes_on(f"create@0STEP.msgpack:1+=errno:{errno.EROFS}", "the run goes on", "Read-only")

    def test_slow_disk(self):
        self.check_goes_on(delays("fsync", "1+", 1500 if LONG else 200, "0STEP.msgpack"))

    def test_clock_set_back(self):
        """An hour, in the middle: by simulated time and by wall time it saves on."""
        expected = self.uninterrupted(network=NETWORK, n_steps=100000)
        for options in (["--every", "1 s"], ["--every_wall", "0.002 s"]):
            with self.subTest(options=options):
                name = options[0].strip("-")
                result = self.run_with(self.command(*options, "--mode", "sync", "--keep", "1000", name=name,
                                                    n_steps=100000), "clock@:3+=back:3600")
                self.assertEqual(result.returncode, 0, result.stderr)
                self.assertNotIn("failed", result.stderr)
                self.assertGreaterEqual(len(self.steps(name)), 2)
                self.assert_same_run(expected, result.stdout.splitlines()[-1], name)


if __name__ == "__main__":
    unittest.main(verbosity=2)
