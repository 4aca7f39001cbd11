"""All modes write the same file: with SOURCE_DATE_EPOCH set, to the last byte."""
import os
import subprocess
import unittest

from shim import CLI, MODES, FaultCase


class Same(FaultCase):
    def write(self, environment):
        for mode in MODES:
            result = self.execute(self.command("--every", "10 ms", "--mode", mode, "--keep", "100",
                                               "--dir", mode), env=environment)
            self.assertEqual(result.returncode, 0, result.stderr)
        files = [self.checkpoints(mode) for mode in MODES]
        self.assertEqual([len(of_mode) for of_mode in files], [10] * len(MODES))
        return [pair for of_mode in files[1:] for pair in zip(files[0], of_mode)]

    def test_every_byte(self):
        for one, other in self.write({**os.environ, "SOURCE_DATE_EPOCH": "1700000000"}):
            self.assertEqual(one.name, other.name)
            self.assertTrue(one.read_bytes() == other.read_bytes(), one.name)

    def test_all_but_provenance(self):
        for one, other in self.write(dict(os.environ)):
            with self.subTest(name=one.name):
                result = subprocess.run([CLI, "diff", one, other], capture_output=True, text=True)
                self.assertEqual(result.returncode, 0, result.stdout + result.stderr)
                one, other = one.read_bytes(), other.read_bytes()
                first = next(i for i, pair in enumerate(zip(one, other)) if pair[0] != pair[1])
                self.assertGreater(first, one.index(b"provenance"))


if __name__ == "__main__":
    unittest.main(verbosity=2)
