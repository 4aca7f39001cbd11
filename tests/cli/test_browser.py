"""The page of torpor report in a real browser: it is seen, and no request leaves it."""
import collections
import http.server
import os
import re
import struct
import subprocess
import threading
import unittest
import zlib

from tool import Folder, run

SCRIPT = "<script>document.documentElement.className = 'hit'</script>"


class Web:
    """Every server that the browser might ask: counts the requests."""

    def __enter__(self):
        self.asked = asked = []

        class Answer(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                asked.append(self.path)
                self.send_response(204)
                self.end_headers()

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Answer)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.server.server_close()

    def browse(self, page, *words):
        return subprocess.run(
            [os.environ["BROWSER"], "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage",
             "--disable-background-networking", "--disable-component-update", "--no-first-run",
             f"--user-data-dir={page.parent / 'browser'}", "--window-size=500,1500",
             f"--host-resolver-rules=MAP * 127.0.0.1:{self.server.server_port}", *words, page.as_uri()],
            capture_output=True, timeout=120, cwd=page.parent, check=True).stdout.decode()


def pixels(path):
    """How often each colour is in a PNG file of 8 bits and no interlacing, as browsers write them."""
    content, at, data = path.read_bytes(), 8, b""
    while at < len(content):
        length, kind = struct.unpack(">I4s", content[at:at + 8])
        if kind == b"IHDR":
            width, height, bits, colours, _, _, interlaced = struct.unpack(">IIBBBBB", content[at + 8:at + 21])
            assert (bits, interlaced) == (8, 0)
        elif kind == b"IDAT":
            data += content[at + 8:at + 8 + length]
        at += length + 12
    data, n = zlib.decompress(data), {2: 3, 6: 4}[colours]
    above, found = bytearray(width * n), collections.Counter()
    for y in range(height):
        row = bytearray(data[y * (width * n + 1):(y + 1) * (width * n + 1)])
        how, row = row[0], row[1:]
        for i in range(len(row)):
            left, up, corner = row[i - n] if i >= n else 0, above[i], above[i - n] if i >= n else 0
            guess = left + up - corner
            paeth = min((abs(guess - left), 0, left), (abs(guess - up), 1, up), (abs(guess - corner), 2, corner))[2]
            row[i] = row[i] + [0, left, up, (left + up) // 2, paeth][how] & 255
        above = row
        found.update(bytes(row[i:i + 3]).hex() for i in range(0, len(row), n))
    return found


class Browser(Folder):
    def test_page_is_seen(self):
        page, shot = self.folder / "report.html", self.folder / "shot.png"
        run("report", self.events_a, self.events_b, "-o", page)
        with Web() as web:
            web.browse(page, f"--screenshot={shot}")
            self.assertEqual(web.asked, [])
        found = pixels(shot)
        self.assertGreater(sum(found.values()) - found["ffffff"], 10_000)
        self.assertGreater(found["f2b880"], 500)  # the first file
        self.assertGreater(found["1f3f78"], 200)  # the second

    def test_no_request_and_no_script(self):
        """Names and texts of the file ask for pictures and have scripts. They are escaped, so that not even the
        page without its policy (see page.c) does anything."""
        evil = f'{SCRIPT}<img src="http://example.org/a.png"><link rel="stylesheet" href="http://example.org/b">'
        for end in ("", "</text></svg>", "</title>", '">', "</style>"):
            name = (end + evil).encode()
            text = b"\xda" + len(name).to_bytes(2, "big") + name
            payload = b"\x93\x91\x02\xa7float64\xc4\x10" + struct.pack("<2d", 0, 1)
            file = self.folder / (end + evil).replace("/", ":")[:200]
            file.write_bytes(b"\x82" + text + text + b"\xda" + len(name + b"2").to_bytes(2, "big") + name + b"2"
                             + b"\xc7" + bytes([len(payload)]) + b"\x01" + payload)
            page = self.folder / "report.html"
            run("report", file, self.events_a, "--force", "-o", page)
            without_policy = self.folder / "without.html"
            without_policy.write_text(re.sub("<meta http-equiv.*", "", page.read_text()))
            for one in (page, without_policy):
                with Web() as web:
                    shown = web.browse(one, "--dump-dom")
                    self.assertEqual(web.asked, [], end)
                self.assertNotIn('class="hit"', shown)
                self.assertIn("&lt;script&gt;", shown)

    def test_a_page_that_is_not_escaped_would_be_heard(self):
        page = self.folder / "page.html"
        page.write_text(f'<!DOCTYPE html><p>{SCRIPT}<img src="http://example.org/a.png">')
        with Web() as web:
            self.assertIn('class="hit"', web.browse(page, "--dump-dom"))
            self.assertEqual(web.asked, ["/a.png"])


unittest.main(verbosity=2)
