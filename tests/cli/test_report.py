"""torpor report: a page about a file or two. What a browser makes of it is in test_browser.py."""
import html.parser
import re
import struct
import unittest

from tool import FAILED, GOLDEN, USAGE, Folder, flip, run, start

EVIL = '<script>alert(1)</script><img src="http://localhost:9/x">\'"&'


class Page(html.parser.HTMLParser):
    """Texts by the element that they are in, and which elements and attributes there are."""

    def __init__(self, text):
        super().__init__()
        self.tags, self.attributes, self.texts, self.open = set(), set(), [], []
        self.feed(text)
        self.close()
        assert not self.open, self.open

    def handle_starttag(self, tag, attributes):
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attributes}
        if tag != "meta":
            self.open.append(tag)

    def handle_startendtag(self, tag, attributes):
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attributes}

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if data.strip():
            self.texts.append((self.open[-1], data))

    def of(self, tag):
        return [text for found, text in self.texts if found == tag]


def map_of(*entries):
    """A msgpack map of texts as keys and encoded values."""
    packed = [b"\xda" + len(key.encode()).to_bytes(2, "big") + key.encode() + value for key, value in entries]
    return b"\xde" + len(entries).to_bytes(2, "big") + b"".join(packed)


def text_of(text):
    return b"\xdb" + len(text.encode()).to_bytes(4, "big") + text.encode()


def array_of(*values):
    data = struct.pack(f"<{len(values)}d", *values)
    payload = b"\x93\x91" + bytes([len(values)]) + b"\xa7float64\xc4" + bytes([len(data)]) + data
    return b"\xc7" + bytes([len(payload)]) + b"\x01" + payload


class Report(Folder):
    def page(self, *files, status=0):
        out = self.folder / "report.html"
        done = start("report", "--force", "-o", out, *files)
        self.assertEqual((done.returncode, done.stdout), (status, b""), done.stderr)
        return Page(out.read_text()), done.stderr.decode()

    def test_one_file(self):
        page, _ = self.page(self.events_a)
        self.assertEqual(page.of("title"), ["events-a.msgpack"])
        self.assertEqual(page.of("h2"), ["What it is", "Populations"])
        for text in ("checkpoint of a simulation", "demo 1.2", "50.0 ms", "500", "here",
                     "intact: every byte was checked", "coba n=4 \\x1b[31m"):
            self.assertIn(text, page.of("td"))
        self.assertEqual(page.of("h3")[0], "populations/neurons/ex~0c")
        for text in ("populations/recorders/memory, node=900", "200 events", "10 events",
                     "populations/recorders/memory, node=901", "4 values, -70.0 to -0.1 mV"):
            self.assertIn(text, page.of("text"))
        recorded = [text for text in page.of("text") if "node=902" in text]
        self.assertEqual(recorded, ["populations/recorders/memory/V_m, node=902"])  # a course, and no raster
        self.assertIn("200 points", page.of("text"))
        self.assertIn("20.0 ms (all 4)", page.of("td"))
        self.assertNotIn("scratch", page.of("th"))  # hidden

    def test_two_files(self):
        page, _ = self.page(self.network_a, self.network_b)
        self.assertEqual(page.of("h2"), ["What they are", "What differs", "Populations"])
        differ = dict(zip(page.of("b"), page.of("span")))
        self.assertEqual(list(differ), ["V_m", "V_th", "spikes/values", "weight"])
        self.assertIn("3 of 12500 differ, first in row 17", differ["V_m"])
        shown = page.of("text")
        self.assertIn("network-a.msgpack: 12500 values, -77.499 to -65.0 mV", shown)
        self.assertIn("network-b.msgpack: 25000 events, one row in 209 is shown", shown)
        page, _ = self.page(self.network_a, self.network_a)
        self.assertIn("Nothing: both have the same state, bit for bit.", page.of("p"))
        page, _ = self.page(self.middle, self.hidden)
        self.assertIn("1 hidden value differs too; torpor diff --all lists all.", page.of("p"))

    def test_the_same_files_give_the_same_page(self):
        out = self.folder / "report.html"
        self.page(self.network_a, self.network_b)
        first = out.read_bytes()
        self.page(self.network_a, self.network_b)
        self.assertEqual(out.read_bytes(), first)

    def test_files_of_braintools(self):
        for file in sorted(GOLDEN.glob("*.msgpack")):
            page, _ = self.page(file)
            self.assertEqual(page.of("h2"), ["What it is", "Values"])

    def test_texts_of_a_file_are_texts(self):
        """Keys, texts, names of files: nothing becomes an element or an attribute."""
        usual, _ = self.page(self.events_a, self.events_b)
        path = self.folder / EVIL.replace("/", "-")
        number = b"\xcb" + bytes(8)
        array = array_of(0.0, 1.0)
        quantity = map_of(("value", array), ("unit", text_of("degC")))
        path.write_bytes(map_of((EVIL, map_of((EVIL, array), ("text", text_of(EVIL)), (EVIL + "2", number))),
                                ("</svg></text>" + EVIL, array), ("warm", quantity),
                                ("format", map_of(("name", text_of("torpor checkpoint")))),
                                ("host", map_of(("name", text_of(EVIL)), ("version", text_of(EVIL)))),
                                ("provenance", map_of((EVIL, text_of(EVIL))))))
        bare = self.folder / "bare"
        bare.write_bytes(path.read_bytes().replace(b"format", b"formbt"))
        for files in ((path,), (bare,), (bare, self.events_a), (self.events_a, path), (bare, path)):
            page, _ = self.page(*files)
            self.assertLessEqual(page.tags, usual.tags)
            self.assertLessEqual(page.attributes, usual.attributes)
            self.assertTrue([text for _, text in page.texts if "<script>" in text])

    def test_page_fetches_nothing(self):
        out = self.folder / "report.html"
        page, _ = self.page(self.events_a, self.events_b)
        self.assertFalse(page.tags & {"script", "link", "img", "iframe", "object", "a", "form", "image", "use"})
        self.assertFalse(page.attributes & {"src", "href", "style"})
        self.assertIn("default-src 'none'", out.read_text())
        self.assertEqual(set(re.findall(r"https?://[\w./]*", out.read_text())), {"http://www.w3.org/2000/svg"})

    def test_page_is_of_bounded_size(self):
        out = self.folder / "report.html"
        n = 3000
        big = self.folder / "big"
        big.write_bytes(map_of(*((f"{i} " + "<" * 3000, array_of(0.0, 1.0)) for i in range(n)),
                               ("text", text_of("&" * 1_000_000))))
        run("report", big, "-o", out)
        text = out.read_text()
        self.assertEqual(text.count("<figure>"), 60)
        self.assertIn(f"{n + 1 - 1000} fields are left out, and {1000 - 60} have no picture", text)
        self.assertLess(len(text), 8_000_000)
        run("report", big, self.newest, "-f", "-o", out)
        self.assertIn("torpor diff lists them", out.read_text())
        self.assertLess(out.stat().st_size, 8_000_000)
        self.page(self.network_a, self.network_b)
        self.assertLess(out.stat().st_size, 500_000)

    def test_damage(self):
        """The page says what is damaged, and shows nothing of the content."""
        flip(self.newest, 400000)
        for files in ((self.newest,), (self.newest, self.middle), (self.middle, self.newest)):
            page, told = self.page(*files, status=FAILED)
            self.assertIn("weights", told)
            self.assertTrue([text for text in page.of("td") if text.startswith("damaged: ")])
            self.assertNotIn("svg", page.tags)
            self.assertEqual(len(page.of("h2")), 1)
        (self.folder / "junk").write_bytes(b"\xc1")
        self.page(self.folder / "junk", status=FAILED)

    def test_refusals(self):
        out = self.folder / "report.html"
        self.assertIn("--output", run("report", self.newest, status=USAGE))
        run("report", "-o", out, status=USAGE)
        run("report", self.newest, self.newest, self.newest, "-o", out, status=USAGE)
        self.assertIn("No such file", run("report", self.folder / "no", "-o", out, status=FAILED))
        self.assertIn("is a folder", run("report", self.folder, "-o", out, status=USAGE))
        self.assertFalse(out.exists())
        out.write_text("mine")
        self.assertIn("--force", run("report", self.newest, "-o", out, status=FAILED))
        self.assertEqual(out.read_text(), "mine")


unittest.main(verbosity=2)
