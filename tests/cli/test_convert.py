"""torpor convert: there and back, and into forms that others read."""
import json
import os
import resource
import struct
import subprocess
import tempfile
import unittest
import zipfile

from tool import FAILED, GOLDEN, USAGE, Folder, flip, run, run_json, start

try:
    import numpy
except ImportError:
    numpy = None

V_M = "populations/neurons/ex~0c/V_m"
TAU = "populations/neurons/ex~0c/tau_m"


class Msgpack(Folder):
    def setUp(self):
        super().setUp()
        self.out = self.folder / "out"

    def convert(self, *words):
        run("convert", "--force", *words)
        return self.out

    def test_the_same_bytes_again(self):
        for file in (self.newest, self.network_a, self.network_b):
            self.convert(file, self.out)
            self.assertEqual(self.out.read_bytes(), file.read_bytes())

    def test_with_and_without_index(self):
        bare = self.folder / "bare"
        run("convert", "--no-index", self.network_a, bare)
        self.assertEqual(run("diff", self.network_a, bare), "equal\n")
        self.assertFalse(run_json("info", "--json", bare)["indexed"])
        self.assertNotIn(b"__torpor_index__", bare.read_bytes())
        self.convert(bare, self.out)
        self.assertEqual(self.out.read_bytes(), bare.read_bytes())
        self.convert("--index", bare, self.out)
        self.assertEqual(self.out.read_bytes(), self.network_a.read_bytes())

    def test_a_link_stays(self):
        link = self.folder / "link"
        link.symlink_to(self.out)
        for form in ("msgpack", "npz", "json"):
            run("convert", "--force", "--to", form, self.network_a, self.out)
            expected = self.out.read_bytes()
            self.out.unlink()
            run("convert", "--force", "--to", form, self.network_a, link)
            self.assertTrue(link.is_symlink())
            self.assertEqual(self.out.read_bytes(), expected)

    def test_only_regular_files_are_replaced(self):
        pipe = self.folder / "pipe"
        os.mkfifo(pipe)
        device = self.folder / "device"
        device.symlink_to("/dev/null")
        for form in ("msgpack", "npz", "json"):
            for out, kind in ((pipe, "a named pipe"), (device, "a device")):
                said = run("convert", "--force", "--to", form, self.network_a, out, status=USAGE)
                self.assertIn(f"is {kind}; give the path of a file", said)
        self.assertTrue(pipe.is_fifo() and device.is_symlink())

    def test_golden(self):
        """Of every file of braintools'; only chunks of another size than its own become usual."""
        for file in sorted(GOLDEN.glob("*.msgpack")):
            with self.subTest(file.name):
                self.convert("--no-index", file, self.out)
                self.assertEqual(run("diff", file, self.out), "equal\n")
                if file.name != "20_chunked.msgpack":
                    self.assertEqual(self.out.read_bytes(), file.read_bytes())
                first_byte = file.read_bytes()[0]
                is_map = first_byte & 0xf0 == 0x80 or first_byte in (0xde, 0xdf)
                if not is_map:
                    self.assertIn("map at the root", run("convert", "-f", "--index", file, self.out,
                                                         status=USAGE))
                    continue
                indexed = self.folder / "indexed"
                run("convert", "--force", "--index", file, indexed)
                self.assertTrue(run_json("verify", "--json", indexed)[0]["indexed"])
                self.assertEqual(run("diff", file, indexed), "equal\n")
                self.convert("--no-index", indexed, self.out)
                self.assertEqual(run("diff", "--all", file, self.out), "equal\n")

    def test_large_values_of_all_kinds(self):
        """Texts, bytes, extensions, lists and arrays that stay in the file while it is converted."""
        text, blob = "pyramidal ä " * 9000, bytes(range(256)) * 1000
        floats = struct.pack("<3000d", *range(3000))
        array = (b"\x93\x92\xcd\x03\xe8\x03\xa7float64\xc5" + struct.pack(">H", len(floats)) + floats)
        content = (b"\x85\xa4text\xdb" + struct.pack(">I", len(text.encode())) + text.encode() +
                   b"\xa5bytes\xc6" + struct.pack(">I", len(blob)) + blob +
                   b"\xa3ext\xc9" + struct.pack(">I", len(blob)) + b"\x63" + blob +
                   b"\xa4list\x93\xc0\x01\x92\xc3\xc2" +
                   b"\xa5array\xc8" + struct.pack(">H", len(array)) + b"\x01" + array)
        source = self.folder / "source"
        source.write_bytes(content)
        self.convert(source, self.out)
        self.assertEqual(self.out.read_bytes(), content)
        self.convert("--index", source, self.out)
        run("verify", self.out)
        back = self.folder / "back"
        run("convert", "--no-index", self.out, back)
        self.assertEqual(back.read_bytes(), content)
        run("convert", "--to", "json", source, self.folder / "json")
        shown = json.loads((self.folder / "json").read_text())
        self.assertEqual((shown["text"], shown["bytes"], shown["list"]),
                         (text, {"hex": blob.hex()}, [None, 1, [True, False]]))
        self.assertEqual(shown["array"][999], [2997, 2998, 2999])

    def test_damage_gets_no_new_checksum(self):
        for place in (60, 400000, self.newest.stat().st_size - 5):
            flip(self.newest, place)
            for form in ("msgpack", "json", "npz"):
                run("convert", self.newest, self.out, "--to", form, status=FAILED)
            flip(self.newest, place)
        os.truncate(self.newest, 5000)
        run("convert", self.newest, self.out, status=FAILED)
        self.assertFalse(self.out.exists())

    def test_what_is_there_is_kept(self):
        self.out.write_text("mine")
        for form in ("msgpack", "json", "npz"):
            self.assertIn("--force", run("convert", self.newest, self.out, "--to", form,
                                         status=FAILED))
            self.assertEqual(self.out.read_text(), "mine")
        link, symlink = self.folder / "link", self.folder / "symlink"
        os.link(self.newest, link)
        os.symlink(self.newest, symlink)
        before = self.newest.read_bytes()
        for other in (self.newest, link, symlink):
            self.assertIn("the same file", run("convert", "-f", self.newest, other, status=USAGE))
        self.assertEqual(self.newest.read_bytes(), before)

    def test_no_room(self):
        """The file that was there stays as it is, and nothing else is left."""
        self.out.write_text("mine")
        names = sorted(os.listdir(self.folder))
        for form in ("msgpack", "json", "npz"):
            done = start("convert", "-f", self.newest, self.out, "--to", form, preexec_fn=lambda:
                         resource.setrlimit(resource.RLIMIT_FSIZE, (300000, 300000)))
            self.assertEqual(done.returncode, FAILED)
            self.assertIn(b"bytes", done.stderr)
            self.assertEqual(self.out.read_text(), "mine")
            self.assertEqual(sorted(os.listdir(self.folder)), names)

    def test_compressed_and_back(self):
        plain, back = self.folder / "plain", self.folder / "back"
        run("convert", self.newest, plain)
        run("convert", "--compress", "zstd:3", self.newest, self.out)
        self.assertLess(self.out.stat().st_size, plain.stat().st_size)
        self.assertIn("fine", run("verify", self.out))
        shown = run("info", self.out)
        self.assertIn("braintools opens what `torpor convert` makes of it", shown)
        described = json.loads(run("info", "--json", self.out))
        self.assertEqual((described["packed"], described["needs"]), (True, []))
        self.assertEqual(described["size"], self.out.stat().st_size)
        self.assertEqual(described["unpacked_size"], plain.stat().st_size)
        self.assertEqual(run("ls", self.out), run("ls", plain))
        run("diff", "--all", self.out, plain)
        run("convert", self.out, back)
        self.assertTrue(back.read_bytes() == plain.read_bytes())

    def test_full_disk(self):
        disk = self.folder / "disk"
        disk.mkdir()
        mount = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=300k", "tmpfs", disk],
                               capture_output=True)
        if mount.returncode != 0:
            self.skipTest("a small disk cannot be mounted here")
        self.addCleanup(subprocess.run, ["umount", disk], check=True)
        for form in ("msgpack", "json", "npz"):
            shown = run("convert", self.newest, disk / "out", "--to", form, status=FAILED)
            self.assertIn("No space left", shown)
            self.assertEqual(os.listdir(disk), [])

    def test_refusals(self):
        for how in ("gzip", "zstd:0", "zstd:20", "zstd:", "zstd1"):
            self.assertIn("zstd:1 to zstd:19", run("convert", "--compress", how, self.newest, self.out,
                                                   status=USAGE))
        run("convert", "--compress=zstd", "--to=npz", self.newest, self.out, status=USAGE)
        for words in (("--to", "xml"), ("--index", "--no-index"), ("--to=json", "--index"),
                      ("--to=npz", "--no-index"), ("--nope",), ("more",)):
            run("convert", self.newest, self.out, *words, status=USAGE)
        run("convert", self.newest, status=USAGE)
        run("convert", self.newest, self.folder, "-f", status=USAGE)
        run("convert", self.folder, self.out, status=USAGE)
        run("convert", self.folder / "no", self.out, status=FAILED)
        run("convert", self.newest, self.folder / "no" / "out", status=FAILED)
        self.assertFalse(self.out.exists())


class Json(Folder):
    def test_complete_tree(self):
        out = self.folder / "out.json"
        for file in (self.newest, *sorted(GOLDEN.glob("*.msgpack"))):
            run("convert", "-f", "--to", "json", file, out)
            self.assertEqual(out.read_text(), run("get", file, ""))
        run("convert", "-f", "--to", "json", self.newest, out)
        neurons = json.loads(out.read_text())["populations"]["neurons"]["ex~c"]
        self.assertEqual(neurons["V_m"], {"value": [-70.0, -65.5, -60.0, -0.1], "unit": "mV"})
        self.assertEqual(neurons["tau_m"], {"value": [20.0] * 4, "unit": "ms"})


class Npz(Folder):
    def setUp(self):
        super().setUp()
        self.out = self.folder / "out.npz"

    def test_archive(self):
        run("convert", "--to", "npz", self.newest, self.out)
        with zipfile.ZipFile(self.out) as archive:
            self.assertIsNone(archive.testzip())
            self.assertIn(V_M + ".npy", archive.namelist())
            self.assertIn(V_M + ".unit.npy", archive.namelist())
        again = self.folder / "again.npz"
        run("convert", "--to", "npz", self.newest, again)
        self.assertEqual(self.out.read_bytes(), again.read_bytes())

    @unittest.skipIf(numpy is None, "needs numpy")
    def test_checkpoint(self):
        run("convert", "--to", "npz", self.newest, self.out)
        with numpy.load(self.out) as values:
            self.assertEqual(values[V_M].tolist(), [-70, -65.5, -60, -0.1])
            self.assertEqual(values[V_M + ".unit"], "mV")
            self.assertEqual(values[TAU].tolist(), [20.0] * 4)
            self.assertEqual((values["clock"], values["clock.unit"], values["step"]), (30, "ms", 300))
            self.assertEqual(values["host/name"], "demo")
            self.assertEqual(values["fingerprint"], "coba n=4 \x1b[31m")
            weights = values["populations/neurons/ex~0c/weights/values"]
            self.assertTrue((weights == numpy.arange(100000) * 0.5).all())
            leaves = {node["path"] for node in run_json("ls", "--all", "--json", self.newest)
                      if "entries" not in node}
            self.assertEqual(leaves, {key for key in values if not key.endswith(".unit")})

    @unittest.skipIf(numpy is None, "needs numpy")
    def test_golden(self):
        """Every array's bytes and shape as braintools stored them."""
        for file in sorted(GOLDEN.glob("*.msgpack")):
            with self.subTest(file.name):
                run("convert", "-f", "--to", "npz", file, self.out)
                with numpy.load(self.out) as values:
                    for node in run_json("ls", "--all", "--json", file):
                        if "entries" in node:
                            continue
                        value = values[node["path"] or "root"]
                        if "dtype" in node:
                            self.check_array(file, node, value, values)

    def check_array(self, file, node, value, values):
        raw = run("get", file, "--format", "raw", "--", node["path"], text=False)
        self.assertEqual(list(value.shape), node["shape"])
        if node["dtype"] == "bfloat16":
            halves = numpy.frombuffer(raw, "<u2").astype("<u4") << 16
            self.assertEqual(value.tobytes(), halves.tobytes())
            return
        self.assertEqual(value.tobytes(), raw)
        if value.dtype.kind == "V":
            self.assertEqual(values[node["path"] + ".dtype"], node["dtype"])
        else:
            self.assertEqual(value.dtype.name, node["dtype"])

    @unittest.skipIf(numpy is None, "needs numpy")
    def test_names_that_meet(self):
        """A leaf that is called as the unit of another."""
        quantity = (GOLDEN / "16_quantities_array.msgpack").read_bytes()
        self.assertEqual(quantity[0] & 0xf0, 0x80)
        file = self.folder / "file"
        file.write_bytes(bytes([quantity[0] + 1]) + b"\xa7mV.unit\x07" + quantity[1:])
        self.assertIn("mV.unit", run("convert", "--to", "npz", file, self.out, status=FAILED))
        self.assertFalse(self.out.exists())


class LargeArchive(unittest.TestCase):
    def test_beyond_four_gigabytes(self):
        """A member of more than 2^32 bytes, and one behind it."""
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "large.zip")
            subprocess.run([os.environ["ZIP_LARGE"], path], check=True, timeout=120)
            with zipfile.ZipFile(path) as archive:
                large, small = archive.infolist()
                self.assertEqual((large.filename, large.file_size), ("large", (1 << 32) + 5))
                self.assertEqual(archive.read(small), b"behind")
                with archive.open(large) as member:
                    self.assertEqual(member.read(3), b"\0\0\0")


unittest.main(verbosity=2)
