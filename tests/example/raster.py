"""examples/raster: equal runs are seen to be equal, and different ones to differ.

    raster.py RASTER
"""
import pathlib
import re
import subprocess
import sys
import tempfile
import unittest
import xml.etree.ElementTree

SPIKES = [(i * 0.1 + 300, i * 37 % 4000) for i in range(4500)]  # 300 to 750 ms; the picture ends at 700


class Raster(unittest.TestCase):
    def draw(self, resumed, uninterrupted):
        """Texts of the picture, its marks of each colour, and what is on the terminal."""
        with tempfile.TemporaryDirectory() as folder:
            folder = pathlib.Path(folder)
            for name, spikes in (("resumed", resumed), ("uninterrupted", uninterrupted)):
                (folder / name).write_text("".join(f"{time:.1f} {neuron}\n" for time, neuron in spikes))
            shown = subprocess.run([sys.argv[1], folder / "resumed", folder / "uninterrupted", "5000", "3200", "4000",
                                    folder / "x.svg"], check=True, capture_output=True, text=True).stdout
            root = xml.etree.ElementTree.parse(folder / "x.svg").getroot()
        svg = "{http://www.w3.org/2000/svg}"
        marks = {}
        for path in root.iter(svg + "path"):
            found = re.findall(r"M(-?[\d.]+) ([\d.]+)h(\d+)", path.get("d"))
            if path.get("stroke-width") and path.get("d")[:2] != "M0":
                marks.setdefault(path.get("stroke"), []).extend((float(x) + int(h) / 2, float(y)) for x, y, h in found)
        return [text.text for text in root.iter(svg + "text")], marks, shown

    def test_equal(self):
        texts, marks, shown = self.draw(SPIKES, SPIKES)
        self.assertIn("Killed, and resumed at 500.0 ms: each spike is that of the uninterrupted run", texts)
        self.assertIn("uninterrupted: 4000 spikes in these 400 ms", texts)
        self.assertIn("killed and resumed: 4000 spikes", texts)
        pale = marks.pop("#f2b880")
        self.assertEqual(len(pale), len([1 for time, neuron in SPIKES if time < 700 and neuron % 20 == 0]))
        self.assertEqual(sorted(pale), sorted(mark for dark in marks.values() for mark in dark))
        self.assertEqual(len(marks), 2)
        lines = shown.splitlines()
        self.assertEqual([line[:11].strip() for line in lines[:20]], ["inhibitory", "", "", "", "excitatory"] + [""] * 15)

    def test_different(self):
        moved = [(time + 0.1 if i == 3000 else time, neuron) for i, (time, neuron) in enumerate(SPIKES)]
        texts, _, _ = self.draw(moved, SPIKES)
        self.assertIn("Killed, and resumed at 500.0 ms: 2 spikes differ", texts)
        texts, marks, _ = self.draw(SPIKES[:2000], SPIKES)
        self.assertIn("Killed, and resumed at 500.0 ms: 2000 spikes differ", texts)
        self.assertGreater(len(marks["#f2b880"]), sum(map(len, marks.values())) / 2)


unittest.main(argv=sys.argv[:1], verbosity=2)
