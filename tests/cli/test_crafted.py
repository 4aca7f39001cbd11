"""Files that somebody made on purpose, or that one changed bit made: sound by every checksum, and wrong in what they say."""
import ctypes
import ctypes.util
import json
import struct
import unittest

from tool import FAILED, Folder, run

LIBRARY = ctypes.CDLL(ctypes.util.find_library("xxhash"))
LIBRARY.XXH3_64bits.restype = ctypes.c_uint64
LIBRARY.XXH3_64bits.argtypes = ctypes.c_char_p, ctypes.c_size_t


def xxh3(data):
    return LIBRARY.XXH3_64bits(data, len(data))


def text(key):
    return b"\xdb" + struct.pack(">I", len(key)) + key


def uint64_array(shape, *values):
    """shape: of less than 128, in msgpack."""
    payload = b"\x93" + shape + b"\xa6uint64\xc4" + struct.pack("<B%dQ" % len(values), 8 * len(values), *values)
    return b"\xc7" + bytes([len(payload)]) + b"\x01" + payload


def trailer(version, place, content):
    """What a file ends with, whose index, without the trailer's content, is `content`."""
    return b"TORPOR\r\n" + struct.pack("<5Q", version, place, len(content), xxh3(content), place + len(content) + 48)


def with_index(root, entries=b"", in_a_list=False):
    """root: the head of a map, with one entry more than `entries` has."""
    body = root + entries + b"\xb0__torpor_index__" + b"\x91" * in_a_list
    index = (b"\x84\xa6ranges" + uint64_array(b"\x92\x01\x03", 0, len(body), xxh3(body)) + b"\xa5paths\xc4\x00"
             b"\xa6places" + uint64_array(b"\x91\x00") + b"\xa7trailer\xc4\x30")
    return body + index + trailer(1, len(body), index)


class Crafted(Folder):
    def file(self, content):
        path = self.folder / "crafted"
        path.write_bytes(content)
        return path

    def refused(self, content, words):
        file = self.file(content)
        self.assertIn(words, run("verify", file, status=FAILED))
        self.assertIn(words, run("ls", file, status=FAILED))

    def test_nobody_can_read_it(self):
        run("verify", self.file(with_index(b"\x82", b"\xa1x\x01")))
        self.refused(with_index(b"\x82", b"\xa1x\x01", in_a_list=True), "__torpor_index__ is not where the trailer says")
        self.refused(with_index(b"\x83", b"\xa1x\x01\xa1x\x02"), '"x"')
        self.refused(with_index(b"\x82", b"\xa1x\xa1\xff"), "UTF-8")
        self.refused(with_index(b"\x82", b"\xa1x" + b"\x91" * 600 + b"\x01"), "512")

    def test_one_bit_of_a_packed_file(self):
        """c1 has become c5, the head of a bin, whose length happens to be that of the file."""
        length = 3 + (ord("T") << 8 | ord("O"))
        table = struct.pack("<QQ", 0, 0) + b"\xa7trailer\xc4\x30"
        place = length - 48 - len(table)
        self.refused(b"\xc5TORPOR\n" + bytes(place - 8) + table + trailer(3, place, table), "is damaged")

    def test_keys_with_nul(self):
        """They are no names before it, nor are they as long as they say up to it."""
        file = self.file(b"\x82\xa1a\x01\xa3a\x00b\x02")
        out = self.folder / "json"
        run("convert", "--to", "json", file, out)
        self.assertEqual(json.loads(out.read_text()), {"a": 1, "a\0b": 2})
        self.assertEqual(json.loads(run("get", "--format", "json", file, "")), {"a": 1, "a\0b": 2})
        nested = b"\x81" + text(b"v\0" + b"x" * (1 << 20)) + b"\x81" + text(b"codec") + b"\x01"
        layout = b"\x81" + text(b"p") + b"\x82" + text(b"count") + b"\x05" + text(b"nested") + nested
        column = uint64_array(b"\x91\x01", 7)
        content = with_index(b"\x84", text(b"format") + b"\x80" + text(b"layout") + layout + text(b"populations")
                             + b"\x81" + text(b"p") + b"\x81" + text(b"v") + column)
        run("ls", self.file(content))
        self.assertIn("7", run("get", self.file(content), "populations/p/v"))


if __name__ == "__main__":
    unittest.main()
