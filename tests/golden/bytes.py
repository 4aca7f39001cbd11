"""bytes.py FOLDER: each checkpoint is what plugin/FORMAT.md says, by a reader and a writer that know
nothing but that page: it is read with Python's msgpack, written again, and the bytes are the same."""
import pathlib
import struct
import sys

import msgpack
import numpy as np
import xxhash

ROOT = ["format", "host", "clock", "fingerprint", "step", "layout", "generators", "populations",
        "trees", "outputs", "origin", "provenance", "__torpor_index__"]
MAY_MISS = {"generators", "trees", "outputs", "origin"}
TRAILER = struct.Struct("<8s5Q")


def read_extension(code, data):
    assert code == 1, code
    shape, dtype, payload = msgpack.unpackb(data, raw=False)
    return np.frombuffer(payload, dtype).reshape(shape)


def write_array(array):
    payload = msgpack.packb([list(array.shape), array.dtype.name, array.tobytes()])
    return msgpack.packb(msgpack.ExtType(1, payload))


def map_header(n):
    return msgpack.Packer().pack_map_header(n)


def is_quantity(value):
    return isinstance(value, dict) and list(value)[:5] == ["mantissa", "scale", "base", "dim",
                                                           "factor"]


def write(value, place, path, leaves):
    """The bytes of a value that begins at `place`; its leaves are noted as (path, place)."""
    is_map = isinstance(value, dict)
    if not is_map or not value or is_quantity(value):
        leaves.append((path, place))
    if isinstance(value, np.ndarray):
        return write_array(value)
    if not is_map:
        return msgpack.packb(value)
    out = map_header(len(value))
    below = [] if is_quantity(value) else leaves
    for key, child in value.items():
        out += msgpack.packb(key)
        escaped = key.replace("~", "~0").replace("/", "~1").replace("\0", "~2") or "~3"
        out += write(child, place + len(out), f"{path}/{escaped}" if path else escaped, below)
    return out


def write_file(tree):
    leaves = []
    tree = {key: value for key, value in tree.items() if key != "__torpor_index__"}
    body = write(tree, 0, "", leaves)
    body = map_header(len(tree) + 1) + body[len(map_header(len(tree))):]
    body += msgpack.packb("__torpor_index__")
    # Files below 4 MiB without payloads of 64 KiB have one range.
    ranges = np.array([[0, len(body), xxhash.xxh3_64_intdigest(body)]], "uint64")
    paths = b"".join(path.encode() + b"\0" for path, _ in leaves)
    places = np.array([place for _, place in leaves], "uint64")
    index = (map_header(4) + msgpack.packb("ranges") + write_array(ranges) +
             msgpack.packb("paths") + msgpack.packb(paths) + msgpack.packb("places") +
             write_array(places) + msgpack.packb("trailer") + b"\xc4\x30")
    return body + index + TRAILER.pack(b"TORPOR\r\n", 1, len(body), len(index),
                                       xxhash.xxh3_64_intdigest(index),
                                       len(body) + len(index) + TRAILER.size)


def check(file):
    data = file.read_bytes()
    assert len(data) < 50_000, "golden files are small"
    tree = msgpack.unpackb(data, ext_hook=read_extension, raw=False, strict_map_key=True)
    assert [key for key in ROOT if key in tree or key not in MAY_MISS] == list(tree), list(tree)
    assert tree["format"] == {"name": "torpor checkpoint", "version": 1}
    assert list(tree["host"]) == ["name", "version", "ranks", "rank"]
    assert is_quantity(tree["clock"]) and tree["clock"]["unit"] == "ms"
    for population, entry in tree["layout"].items():
        columns = tree["populations"]
        for part in population.split("/"):
            columns = columns[part]
        assert list(entry)[:3] == ["type", "version", "count"], entry
        assert entry.keys() <= {"type", "version", "count", "codec", "nested", "hidden",
                                "references"}, entry
        by_codec = [path for path, nested in entry.get("nested", {}).items() if "codec" in nested]
        if "codec" not in entry:
            check_columns(columns, entry["count"], "", by_codec)
    for output in tree.get("outputs", {}).values():
        assert list(output) == ["byte_length", "xxh3"], output
    if "origin" in tree:
        check_origin(tree, data)
    assert write_file(tree) == data, "written again, the bytes differ"


def check_origin(tree, data):
    """The run began where the file was saved, so each digest is that of the value in the file."""
    origin = tree["origin"]
    assert list(origin) == ["paths", "flags", "steps", "digests"], list(origin)
    paths = [path.decode() for path in origin["paths"].split(b"\0")]
    assert paths.pop() == "" and len(set(paths)) == len(paths)
    flags, steps, digests = origin["flags"], origin["steps"], origin["digests"]
    assert (flags.dtype, steps.dtype, digests.dtype) == ("uint8", "uint64", "uint64")
    assert flags.shape == (len(paths),) and digests.shape == (len(steps), len(paths))
    assert list(steps) == [tree["step"], 2**64 - 1, tree["step"]], steps
    index = tree["__torpor_index__"]
    places = dict(zip(index["paths"].decode().split("\0"), index["places"]))
    for number, path in enumerate(paths):
        section, population, *rest = path.split("/")
        if section == "layout":
            found = struct.pack("<Q", tree["layout"][population.replace("~1", "/")][rest[0]])
        else:
            unpacker = msgpack.Unpacker(raw=False)
            unpacker.feed(data[places[path]:])
            unpacker.skip()
            found = data[places[path]:places[path] + unpacker.tell()]
        expected = [xxhash.xxh3_64_intdigest(found), 0, 0]
        expected[2] = expected[0] * bool(flags[number] & 2)
        assert list(digests[:, number]) == expected, path


def check_columns(columns, count, place, by_codec):
    """`place`: below the population, as in the paths of nested types that a codec wrote its own way."""
    for key, value in columns.items():
        path = f"{place}/{key}" if place else key
        if path in by_codec:
            assert isinstance(value, dict), path
        elif isinstance(value, dict) and list(value) == ["values", "counts"]:
            values, counts = value["values"], value["counts"]
            values = values["mantissa"] if is_quantity(values) else values
            total = int(counts.sum()) * (count if len(counts) == 1 else 1)
            assert counts.dtype == "uint64" and len(counts) in (1, count), path
            assert len(values) == total, path
        elif isinstance(value, dict) and not is_quantity(value):
            check_columns(value, count, path, by_codec)
        else:
            array = value["mantissa"] if is_quantity(value) else value
            assert array.shape[0] in (1, count), path


def main():
    files = sorted(pathlib.Path(sys.argv[1]).glob("*.msgpack"))
    for file in files:
        check(file)
    print(f"{len(files)} files, 0 failures")
    sys.exit(not files)


main()
