"""braintools opens our checkpoints, and finds the values that `torpor get` finds."""
import io
import subprocess
import unittest

import brainunit
import numpy
from braintools.file import msgpack_load
from demo import CLI, Case

UNITS = {"mV": brainunit.mV, "nS": brainunit.nS, "pA": brainunit.pA, "ms": brainunit.ms}


def with_quantities(node):
    """What braintools takes as target: the tree of the file, a Quantity where a map describes one."""
    if not isinstance(node, dict):
        return node
    if "mantissa" in node:
        return brainunit.Quantity(numpy.zeros_like(node["mantissa"]), unit=UNITS[node["unit"]])
    return {key: with_quantities(value) for key, value in node.items()}


def leaves(node, path=""):
    if isinstance(node, dict):
        for key, value in node.items():
            yield from leaves(value, f"{path}/{key}" if path else key)
    else:
        yield path, node


class Braintools(Case):
    def setUp(self):
        super().setUp()
        self.digest(self.command("--every", "50 ms"))
        self.path = str(self.checkpoints()[-1])
        plain = msgpack_load(self.path, verbose=False)
        plain.pop("__torpor_index__")
        self.loaded = msgpack_load(self.path, target=with_quantities(plain), verbose=False)

    def get(self, path, *options):
        result = subprocess.run([CLI, "get", self.path, path, "--format", "npy", *options],
                                capture_output=True)
        self.assertEqual(result.returncode, 0, result.stderr)
        return numpy.load(io.BytesIO(result.stdout), allow_pickle=False)

    def test_every_array_compares_equal(self):
        n_arrays = n_quantities = 0
        for tree in ("populations", "generators"):
            for path, value in leaves(self.loaded[tree], tree):
                if isinstance(value, brainunit.Quantity):
                    n_quantities += 1
                    units = {"V_m": brainunit.mV, "I_e": brainunit.pA}
                    self.assertEqual(value.unit, units.get(path.split("/")[-1], brainunit.nS))
                    value = value.mantissa
                if isinstance(value, str):
                    continue
                with self.subTest(path=path):
                    n_arrays += 1
                    value, mine = numpy.asarray(value), self.get(path)
                    # A column whose rows are all equal is stored once; `get` repeats it.
                    self.assertIn(value.shape[0], (1, mine.shape[0]))
                    value = numpy.broadcast_to(value, mine.shape)
                    self.assertEqual(mine.dtype, value.dtype)
                    self.assertEqual(mine.tobytes(), value.tobytes())
        self.assertEqual(n_quantities, 2 * 4 + 1 + 2)
        self.assertEqual(n_arrays, 2 * 8 + 1 + 2 + 4 + 2 + 2)

    def test_membrane_potentials_are_in_mV(self):
        potential = self.loaded["populations"]["neurons"]["excitatory"]["V_m"]
        in_volt = numpy.asarray(potential.to_decimal(brainunit.volt))
        self.assertTrue(numpy.all((in_volt > -0.081) & (in_volt <= -0.05)))
        mine = self.get("populations/neurons/excitatory/V_m", "--unit", "V")
        numpy.testing.assert_allclose(mine, in_volt, rtol=1e-15)

    def test_the_clock_is_a_time(self):
        self.assertEqual(self.loaded["clock"], 100.0 * brainunit.ms)


if __name__ == "__main__":
    unittest.main(verbosity=2)
