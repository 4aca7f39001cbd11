"""torpor_host_selfcheck() passes on the built-in host, and misses each field that is left out."""
import unittest

from demo import DEMO, EVERYTHING, Case

NEURON_FIELDS = ("V_m", "g_ex", "g_in", "refractory_steps", "spike", "n_spikes", "last_spike_step", "sum",
                 "square_sum", "trace_pre", "trace_post")


class SelfCheck(Case):
    def setUp(self):
        super().setUp()
        # Check at a moment when a spike waits for its delivery.
        self.last_spike = self.uninterrupted(n_steps=2000)[1].split(b"\n")[-2].split()[0].decode()

    def selfcheck(self, *options, network=EVERYTHING):
        return self.execute([DEMO, *network, "--selfcheck", "--duration", f"{self.last_spike} ms",
                             "--threads", "2", "--dir", str(self.folder / "selfcheck"), *options])

    def test_everything_on(self):
        result = self.selfcheck()
        self.assertEqual(result.returncode, 0, result.stderr)

    def test_published_network(self):
        result = self.selfcheck(network=[])
        self.assertEqual(result.returncode, 0, result.stderr)

    def test_with_a_file_of_spikes(self):
        path = self.folder / "spikes.txt"
        result = self.selfcheck("--spikes", str(path))
        self.assertEqual(result.returncode, 0, result.stderr)
        times = [float(line.split()[0]) for line in path.read_text().splitlines()]
        self.assertEqual(max(times), float(self.last_spike), "those of the check are rolled back")

    def test_a_field_left_out_is_missed(self):
        for field in (*NEURON_FIELDS, "weight", "digest"):
            with self.subTest(field=field):
                result = self.selfcheck("--omit", field)
                self.assertEqual(result.returncode, 1, f"not missed: {result.stdout}")
                self.assertRegex(result.stderr, r"(neurons/|synapses/|in_flight/|coba_|spike_|conductance_|stdp_)")


if __name__ == "__main__":
    unittest.main(verbosity=2)
