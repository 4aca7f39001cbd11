"""Commands on the manifest of a checkpoint of several ranks."""
import os
import pathlib
import shutil
import subprocess
import tempfile
import unittest

from tool import FAILED, run


class Manifest(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp())
        self.addCleanup(shutil.rmtree, self.folder)
        subprocess.run([os.environ["RANKS_PROGRAM"], self.folder, "3", "45"], check=True)
        self.older, self.newest = (self.folder / "checkpoints" / f"ckpt-{step:016d}.msgpack" for step in (30, 40))

    def fields(self, name, *files):
        """What a page shows of the populations, drawings included."""
        page = self.folder / name
        run("report", *files, "-o", page)
        return page.read_text().partition("<h2>Populations")[2]

    def test_report_shows_all_shards(self):
        whole = [self.folder / path.name for path in (self.older, self.newest)]
        for path, copy in zip((self.older, self.newest), whole):
            run("convert", path, copy)
        shown = self.fields("one.html", self.newest)
        self.assertIn("<svg", shown)
        self.assertEqual(shown, self.fields("whole.html", whole[1]))
        self.assertEqual(self.fields("two.html", self.older, self.newest), self.fields("wholes.html", *whole))

    def test_report_names_a_missing_shard(self):
        shard = self.newest.with_name(self.newest.name.replace(".msgpack", ".shard-1-of-3.msgpack"))
        shard.unlink()
        self.assertIn(shard.name, run("report", self.newest, "-o", self.folder / "page.html", status=FAILED))


if __name__ == "__main__":
    unittest.main()
