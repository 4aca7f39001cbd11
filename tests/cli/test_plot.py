"""torpor plot: histograms as text and as pictures."""
import re
import struct
import unittest
import xml.etree.ElementTree

from tool import FAILED, GOLDEN, USAGE, Folder, run, start

NODES = "populations/nodes/iaf_psc_alpha/"
DELAYS = "populations/connections/static_synapse/delay"


def bars(shown):
    """Label and count of each bar."""
    lines = [line.split("│") for line in shown.splitlines()[1:]]
    return [(float(label), int(bar.split()[-1])) for label, bar in lines]


class Plot(Folder):
    def file_of(self, *values):
        """A file with one array of float64, "x"."""
        data = struct.pack(f"<{len(values)}d", *values)
        payload = b"\x93\x91" + bytes([len(values)]) + b"\xa7float64\xc4" + bytes([len(data)]) + data
        path = self.folder / "x"
        path.write_bytes(b"\x81\xa1x\xc7" + bytes([len(payload)]) + b"\x01" + payload)
        return path

    def test_every_value_is_in_a_bar(self):
        shown = run("plot", self.network_a, NODES + "V_m")
        self.assertIn("12500 values, -77.499 to -65.0 mV", shown)
        found = bars(shown)
        self.assertEqual([count for _, count in found], [625] * 20)
        self.assertAlmostEqual(found[0][0], -77.5, delta=0.1)
        self.assertEqual(len(bars(run("plot", self.network_a, NODES + "V_m", "--bins", 7))), 7)
        self.assertIn("-0.077499 to -0.065 V", run("plot", self.network_a, NODES + "V_m", "-u", "V"))

    def test_a_few_integers_have_a_bar_each(self):
        found = bars(run("plot", self.network_a, DELAYS))
        expected = [200000 // 15 + (i < 200000 % 15) for i in range(15)]
        self.assertEqual(found, list(enumerate(expected)))

    def test_stored_once(self):
        self.assertEqual(bars(run("plot", self.network_a, NODES + "tau_m")), [(20.0, 12500)])

    def test_extreme_values(self):
        nan, inf = float("nan"), float("inf")
        shown = run("plot", self.file_of(1, nan, inf, -inf, 2), "x")
        self.assertIn("5 values, 1.0 to 2.0, 1 NaN, 2 infinite", shown)
        self.assertEqual(sum(count for _, count in bars(shown)), 2)
        for values in ((-1.7e308, 1.7e308), (5e-324, 1e-323, 0), (-1e-310, 1e-310), (1.0, 1 + 2e-16),
                       (0.0, -0.0), (1e300,)):
            found = bars(run("plot", self.file_of(*values), "x"))
            self.assertEqual(sum(count for _, count in found), len(values), values)
        self.assertIn("1 value, 1 NaN", run("plot", self.file_of(nan), "x"))
        self.assertIn("0 values", run("plot", self.file_of(), "x"))

    def test_picture(self):
        out = self.folder / "out.svg"
        run("plot", self.network_a, NODES + "V_m", "-o", out)
        picture = xml.etree.ElementTree.parse(out).getroot()
        name = "{http://www.w3.org/2000/svg}"
        heights = {rect.get("height") for rect in picture.iter(name + "rect")}
        self.assertEqual(heights, {"100%", "300.00"})
        self.assertEqual(len(list(picture.iter(name + "rect"))), 21)
        texts = [text.text for text in picture.iter(name + "text")]
        self.assertIn(NODES + "V_m", texts)
        self.assertTrue(any(re.search(r"-65.* mV$", text) for text in texts), texts)
        out.write_text("mine")
        self.assertIn("--force", run("plot", self.network_a, DELAYS, "-o", out, status=FAILED))
        self.assertEqual(out.read_text(), "mine")
        run("plot", self.network_a, DELAYS, "--force", "-o", out)
        xml.etree.ElementTree.parse(out)
        run("plot", self.file_of(), "x", "--force", "-o", out)
        xml.etree.ElementTree.parse(out)
        link = self.folder / "link.svg"
        link.symlink_to(out)
        out.unlink()
        run("plot", self.network_a, DELAYS, "-o", link)
        xml.etree.ElementTree.parse(out)
        self.assertTrue(link.is_symlink())
        link.unlink()
        link.symlink_to("/dev/null")
        self.assertIn("is a device", run("plot", self.network_a, DELAYS, "--force", "-o", link, status=USAGE))
        self.assertTrue(link.is_symlink())

    def test_refusals(self):
        self.assertIn("needs numbers", run("plot", self.network_a, "host", status=USAGE))
        self.assertIn("no order", run("plot", GOLDEN / "09_dtypes.msgpack", "complex128",
                                      status=FAILED))
        self.assertIn('no "nope"', run("plot", self.network_a, "nope", status=FAILED))
        for bins in ("0", "-1", "201", "x"):
            run("plot", self.network_a, DELAYS, "--bins", bins, status=USAGE)
        run("plot", self.network_a, DELAYS, "--unit", "mV", status=FAILED)
        run("plot", self.network_a, DELAYS, "-o", self.folder, status=USAGE)
        run("plot", self.network_a, status=USAGE)
        with open("/dev/full", "w") as full:
            self.assertEqual(start("plot", self.network_a, DELAYS, stdout=full).returncode, FAILED)


unittest.main(verbosity=2)
