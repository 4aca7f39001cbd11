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


class PlotFolder(Folder):
    def file_of(self, *values):
        """A file with one array of float64, "x"."""
        data = struct.pack(f"<{len(values)}d", *values)
        payload = b"\x93\x91" + bytes([len(values)]) + b"\xa7float64\xc4" + bytes([len(data)]) + data
        path = self.folder / "x"
        path.write_bytes(b"\x81\xa1x\xc7" + bytes([len(payload)]) + b"\x01" + payload)
        return path

    def picture(self, *words):
        """The picture that a command writes, and the stroke and marks of each path with a width."""
        out = self.folder / "picture.svg"
        run(*words, "--force", "-o", out)
        root = xml.etree.ElementTree.parse(out).getroot()
        paths = [(path.get("stroke"), path.get("d")) for path in root.iter("{http://www.w3.org/2000/svg}path")
                 if path.get("stroke-width")]
        return root, paths


class Plot(PlotFolder):
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

    def test_one_number(self):
        self.assertIn("1 value, 300.0 to 300.0", run("plot", self.newest, "step"))
        self.assertIn("1 value, 0.03 to 0.03 s", run("plot", self.newest, "clock", "--unit", "s"))

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

    def test_two_histograms_have_the_same_bins(self):
        shown = run("plot", self.network_a, NODES + "V_m", self.network_b, "--bins", "10")
        lines = shown.splitlines()
        self.assertEqual(lines[1].split(":")[0], "█ network-a.msgpack")
        self.assertEqual(lines[2].split(":")[0], "▒ network-b.msgpack")
        counts = [int(line.split()[-1]) for line in lines[3:]]
        self.assertEqual((sum(counts[0::2]), sum(counts[1::2])), (12500, 12500))
        self.assertEqual([i for i in range(10) if counts[2 * i] != counts[2 * i + 1]], [])
        V_th = run("plot", self.network_a, NODES + "V_th", self.network_b, "--bins", "5")
        self.assertEqual([int(line.split()[-1]) for line in V_th.splitlines()[3:] if not line.endswith("│0")],
                         [12500, 12500])
        path, paths = self.picture("plot", self.network_a, NODES + "V_m", self.network_b)
        self.assertEqual([stroke for stroke, _ in paths], [DARK, PALE, DARK])

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


MEMORY = "populations/recorders/memory"
PALE, DARK = "#f2b880", "#1f3f78"


def marks(shown, n_rows):
    """Column and row of each dot of a grid in braille; row 0 is the lowest."""
    found = set()
    lines = [line.split("│")[1] for line in shown.splitlines() if "│" in line]
    for y, line in enumerate(lines):
        for x, character in enumerate(line):
            for bit, (dx, dy) in enumerate([(0, 0), (0, 1), (0, 2), (1, 0), (1, 1), (1, 2), (0, 3), (1, 3)]):
                if ord(character) - 0x2800 >> bit & 1:
                    found.add((2 * x + dx, n_rows - 1 - 4 * y - dy))
    return found


class Grids(PlotFolder):
    """Rasters and courses. What make-files says of its events is computed here once more."""

    def column(self, time, end):
        return min(int(time / end * 128), 127)

    def test_raster_of_events(self):
        shown = run("plot", self.events_a, MEMORY, "--only", "node=900")
        self.assertIn("200 events", shown)
        self.assertEqual(marks(shown, 50), {(self.column(i * 0.5, 99.5), i % 50) for i in range(200)})
        self.assertIn("99.5 ms", shown)
        self.assertIn("0.0995 s", run("plot", self.events_a, MEMORY, "--only", "node=900", "--unit", "s"))
        every = run("plot", self.events_a, MEMORY)
        self.assertIn("210 events, one row in 2 is shown", every)
        self.assertEqual(marks(every, 35), {(self.column(i * 0.5, 99.5), i % 50 // 2) for i in range(0, 200, 2)})

    def test_raster_of_a_ragged_field(self):
        """Rows are neurons: neuron i has i % 5 spikes, of which two have the same time."""
        shown = run("plot", self.network_a, NODES + "spikes")
        self.assertIn("25000 events, one row in 209 is shown", shown)
        expected, index = set(), 0
        for neuron in range(12500):
            for _ in range(neuron % 5):
                if (neuron - 1) % 209 == 0:
                    expected.add((self.column(index // 2 * 0.1, 1249.9), (neuron - 1) // 209))
                index += 1
        self.assertEqual(marks(shown, 60), expected)

    def test_each_object_has_as_many(self):
        """The counts of a ragged field are stored once: four neurons of 25,000 each."""
        weights = "populations/neurons/ex~0c/weights"
        shown = run("plot", self.newest, weights, "--kind", "raster")
        expected = {(self.column(i * 0.5, 49999.5), i // 25000) for i in range(100_000)}
        self.assertEqual(marks(shown, 4), expected)

    def test_what_a_file_claims_is_not_repeated_for_ever(self):
        bare = self.folder / "bare"
        run("convert", "--no-index", self.newest, bare)
        content = bare.read_bytes()
        self.assertEqual(content.count(b"\xa5count\x04"), 1)
        bare.write_bytes(content.replace(b"\xa5count\x04", b"\xa5count\xcf" + (1 << 60).to_bytes(8, "big")))
        self.assertIn("too many", run("plot", bare, "populations/neurons/ex~0c/tau_m", status=FAILED))
        self.assertIn("100000 values", run("plot", bare, "populations/neurons/ex~0c/weights"))
        run("report", bare, "-o", self.folder / "report.html")

    def test_before_and_after(self):
        words = ("plot", self.events_a, MEMORY, self.events_b, "--only", "node=900")
        first, second = run(*words).split("events-b.msgpack: 300 events\n")
        before, after = marks(first, 50), marks(second, 50)
        self.assertLess(before, after)
        self.assertEqual(after, {(self.column(i * 0.5, 149.5), i % 50) for i in range(300)})
        root, paths = self.picture(*words)
        texts = [text.text for text in root.iter("{http://www.w3.org/2000/svg}text")]
        self.assertIn("events-a.msgpack: 200 events", texts)
        drawn = [(stroke, d.count("M")) for stroke, d in paths]
        self.assertEqual(drawn, [(PALE, 200), (DARK, 300), (PALE, 1), (DARK, 1)])  # the last two of the legend

    def test_both_are_in_the_unit_of_the_first(self):
        words = (MEMORY + "/V_m", self.events_b, "--kind", "histogram", "--bins", "30")
        lines = run("plot", self.events_a, *words).splitlines()
        self.assertRegex(lines[1], r"-70.0 to -50.0 mV")
        self.assertRegex(lines[2], r"-70.0 to -40\.2\d* mV")
        counts = [int(line.split()[-1]) if not line.endswith("│0") else 0 for line in lines[3:]]
        self.assertEqual((sum(counts[0::2]), sum(counts[1::2])), (200, 300))
        self.assertEqual(counts[0:38:2], counts[1:38:2])
        times = run("plot", self.events_a, MEMORY + "/V_m", self.events_b).splitlines()
        self.assertEqual([line.split(": ")[1] for line in times if "points" in line], ["200 points", "300 points"])

    def test_names_tell_the_files_apart(self):
        (self.folder / "run").mkdir()
        other = self.folder / "run" / self.events_a.name
        other.write_bytes(self.events_a.read_bytes())
        shown = run("plot", self.events_a, MEMORY, other)
        self.assertIn(f"{self.events_a}: 210 events", shown)
        self.assertIn(f"{other}: 210 events", shown)

    def test_equal_files_lie_over_each_other(self):
        """Each dark mark is within a pale one, and each pale one has a dark one."""
        _, paths = self.picture("plot", self.events_a, MEMORY, self.events_a)
        pale, dark = ([tuple(map(float, mark)) for mark in re.findall(r"M([\d.]+) ([\d.]+)h([\d.]+)", d)]
                      for stroke, d in paths if "h" in d and d.count("M") > 1)
        self.assertEqual(len(pale), len(dark))
        for (x, y, length), (inner_x, inner_y, inner_length) in zip(pale, dark):
            self.assertTrue(x < inner_x and inner_x + inner_length < x + length and y == inner_y)

    def test_course(self):
        potentials = "populations/neurons/ex~0c/V_m"
        shown = run("plot", self.newest, potentials, "--over", potentials)
        self.assertIn("4 points", shown)
        for column, row in marks(shown, 60):
            self.assertAlmostEqual(column / 128, row / 60, delta=0.03)
        shown = run("plot", self.file_of(0, 1, float("nan"), 5, 4), "x", "--kind", "course")
        self.assertIn("4 points", shown)
        found = marks(shown, 60)
        self.assertIn((0, 0), found)
        self.assertIn((96, 59), found)
        self.assertFalse([column for column, _ in found if 32 < column < 96])  # no line over what is no number
        self.assertTrue([column for column, _ in found if 96 < column < 127])
        self.assertIn("0 points", run("plot", self.file_of(), "x", "--kind", "course"))

    def test_course_of_what_a_multimeter_recorded(self):
        """Over its times, with a line for each sender, though their samples take turns."""
        shown = run("plot", self.events_a, MEMORY + "/V_m")
        self.assertIn("memory/V_m: 200 points", shown)
        found = marks(shown, 60)
        self.assertEqual({column for column, _ in found}, set(range(128)))
        for column, row in found:
            self.assertTrue(row == 59 or abs(column / 128 - row / 60) < 0.03, (column, row))
        self.assertEqual({column for column, row in found if row == 59}, set(range(128)))
        self.assertEqual(marks(run("plot", self.events_a, MEMORY + "/V_m", "--only", "node=902"), 60), found)
        self.assertIn("0 points", run("plot", self.events_a, MEMORY + "/V_m", "--only", "node=900"))
        alone = run("plot", self.events_a, MEMORY, "--only", "node=902")  # it has no spikes
        self.assertIn("memory/V_m, node=902: 200 points", alone)
        self.assertEqual(marks(alone, 60), found)
        self.assertIn("200 events", run("plot", self.events_a, MEMORY, "--kind", "raster", "--only", "node=902"))

    def test_picture_is_of_bounded_size(self):
        path = self.file_of(*(i * 7919 % 101 / 10 for i in range(15)))
        for words in ((self.network_a, NODES + "spikes"), (self.network_a, DELAYS, "--kind", "course"),
                      (self.network_a, NODES + "V_m", self.network_b, "--kind", "course"), (path, "x")):
            out = self.folder / "picture.svg"
            run("plot", "--force", "-o", out, *words)
            xml.etree.ElementTree.parse(out)
            self.assertLess(out.stat().st_size, 400_000)

    def test_which_is_refused(self):
        refused = lambda *words, status=USAGE: run("plot", *words, status=status)
        times = MEMORY + "/times"
        self.assertIn(f'has 4 numbers, but "{times}" has 610',
                      refused(self.events_b, "populations/neurons/ex~0c/V_m", "--over", times))
        self.assertIn("needs a ragged field", refused(self.network_a, NODES + "V_m", "--kind", "raster"))
        self.assertIn("histogram, raster or course", refused(self.network_a, NODES + "V_m", "--kind", "pie"))
        self.assertIn("for --kind course", refused(self.events_a, times, "--over", times, "--kind", "raster"))
        self.assertIn("LABEL=VALUE", refused(self.events_a, MEMORY, "--only", "900"))
        self.assertIn("node 900", refused(self.events_a, MEMORY, "--only", "node=9", status=FAILED))
        self.assertIn("without labels", refused(self.network_a, NODES + "V_m", "--only", "node=9", status=FAILED))
        self.assertIn("no \"recorders\"", refused(self.events_a, times, self.network_b, status=FAILED))


unittest.main(verbosity=2)
