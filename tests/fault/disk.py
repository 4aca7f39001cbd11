"""A disk that loses power: what may be on it after a crash, for a sequence of calls that recorder.c wrote down.

What the model keeps is what POSIX promises, and no more: fsync of a file makes its bytes durable, fsync of a folder its
names. Until then each sector that was written, each cut of a file and each change of a name is on the disk or is not,
independently of the others, in any order. Two changes of one name keep their order, a rename is never half done.
A file that grew may be longer without the bytes: it has zeros or what was on the disk before.
"""
import os
import pathlib
import random

SECTOR = 512


class File:
    def __init__(self, durable=b""):
        self.durable, self.now, self.pending = bytes(durable), bytearray(durable), []

    def write(self, place, data):
        self.pending.append((place, data))
        self.now.extend(bytes(max(0, place + len(data) - len(self.now))))
        self.now[place:place + len(data)] = data

    def cut(self, length):
        self.pending.append((length, None))
        del self.now[length:]
        self.now.extend(bytes(length - len(self.now)))

    def sync(self):
        self.durable, self.pending = bytes(self.now), []

    def draw(self, draw):
        if draw.survival == 1:
            return bytes(self.now)
        data = bytearray(self.durable)
        for place, written in self.pending:
            if written is None:
                if draw.keeps():
                    del data[place:]
                    data.extend(bytes(place - len(data)))
                continue
            if draw.keeps():  # the new length is kept, whatever becomes of the bytes
                data.extend(draw.junk(place + len(written) - len(data)))
            begin = place
            while begin < place + len(written):
                end = min(place + len(written), begin - begin % SECTOR + SECTOR)
                if draw.keeps():
                    data.extend(draw.junk(end - len(data)))
                    data[begin:end] = written[begin - place:end - place]
                begin = end
        return bytes(data)


class Folder:
    def __init__(self):
        self.durable, self.now = {}, {}


class Draw:
    """The choices of one crash; `survival` is the chance of each thing that is not durable."""

    def __init__(self, seed, survival, is_ordered):
        self.random = random.Random(seed)
        self.survival, self.is_ordered = survival, is_ordered
        self.has_junk = self.random.random() < 0.5

    def keeps(self):
        return self.random.random() < self.survival

    def junk(self, length):
        return b"" if length <= 0 else self.random.randbytes(length) if self.has_junk else bytes(length)


def draws(seed, n):
    """The first: nothing survives that is not durable. The second: all names and no bytes. Then anything."""
    chances = random.Random(seed)
    for i in range(n):
        if i < 2:
            yield Draw(f"{seed} {i}", 0, i == 1)
        else:
            yield Draw(f"{seed} {i}", chances.choice((0.1, 0.5, 0.9, 1)), chances.random() < 0.4)


class Disk:
    def __init__(self, root):
        """As the folder `root` is now; all of that is durable. `root` itself always is."""
        self.root = str(root)
        self.names = []  # changes of names that are not durable: [(folder, name, node or None)], oldest first
        self.top = Folder()
        self.by_inode = {os.stat(root).st_ino: self.top}
        self._load(root, self.top)

    def _load(self, path, folder):
        for entry in os.scandir(path):
            node = Folder() if entry.is_dir() else File(pathlib.Path(entry.path).read_bytes())
            self.by_inode[entry.inode()] = node
            folder.now[entry.name] = folder.durable[entry.name] = node
            if entry.is_dir():
                self._load(entry.path, node)

    def _find(self, path):
        """The folder and the name of an absolute path; None: not below the root."""
        path = os.path.normpath(path)
        if not path.startswith(self.root + "/"):
            return None
        *folders, name = path[len(self.root) + 1:].split("/")
        folder = self.top
        for part in folders:
            folder = folder.now[part]
        return folder, name

    def _change(self, *changes):
        for folder, name, node in changes:
            if node is None:
                del folder.now[name]
            else:
                folder.now[name] = node
        self.names.append(changes)

    def _sync_folder(self, folder):
        """Its names, and what has to come before them."""
        wanted = {(id(folder), name) for changes in self.names for at, name, _ in changes if at is folder}
        stay = []
        for changes in reversed(self.names):
            keys = {(id(at), name) for at, name, _ in changes}
            if keys & wanted:
                wanted |= keys
            else:
                stay.append(changes)
        stay.reverse()
        for changes in self.names:
            if not any(changes is other for other in stay):
                self._set(changes)
        self.names = stay

    @staticmethod
    def _set(changes):
        for folder, name, node in changes:
            folder.durable.pop(name, None)
            if node is not None:
                folder.durable[name] = node

    def apply(self, call, fields, data):
        """Returns whether it was a call on a file of ours."""
        if call in ("create", "mkdir"):
            inode, path = fields.split(" ", 1)
            place = self._find(path)
            if place is None:
                return False
            self.by_inode[int(inode)] = node = Folder() if call == "mkdir" else File()
            self._change((*place, node))
        elif call in ("rename", "link", "unlink"):
            first, *rest = [self._find(path) for path in fields.split("\t")]
            if first is None:
                return False
            node = first[0].now[first[1]]
            if call == "rename" and any(folder.now.get(name) is node for folder, name in rest):
                return True  # both names are of one file: rename() does nothing
            gone = [] if call == "link" else [(*first, None)]
            self._change(*gone, *[(*place, node) for place in rest])
        else:
            inode, *numbers = map(int, fields.split())
            node = self.by_inode.get(inode)
            if node is None:
                return False
            if isinstance(node, Folder):
                self._sync_folder(node)
            elif call == "sync":
                node.sync()
            elif call == "write":
                node.write(numbers[0], data)
            else:
                node.cut(0 if call == "empty" else numbers[0])
        return True

    def _surviving_names(self, draw):
        if draw.is_ordered:  # as a journal keeps them
            return self.names[:len(self.names) if draw.survival in (0, 1)
                              else draw.random.randint(0, len(self.names))]
        kept, lost = [], set()
        for changes in self.names:
            keys = {(id(folder), name) for folder, name, _ in changes}
            if keys & lost or not draw.keeps():
                lost |= keys
            else:
                kept.append(changes)
        return kept

    def crash(self, draw):
        """What is found afterwards: {path below the root: bytes; None: a folder}."""
        entries = {}  # id of a folder -> its entries
        for changes in self._surviving_names(draw):
            for folder, name, node in changes:
                names = entries.setdefault(id(folder), dict(folder.durable))
                names.pop(name, None)
                if node is not None:
                    names[name] = node
        found, contents = {}, {}

        def walk(folder, prefix):
            for name, node in sorted(entries.get(id(folder), folder.durable).items()):
                if isinstance(node, Folder):
                    found[prefix + name] = None
                    walk(node, f"{prefix}{name}/")
                else:
                    if id(node) not in contents:
                        contents[id(node)] = node.draw(draw)
                    found[prefix + name] = contents[id(node)]
        walk(self.top, "")
        return found


def read_record(path):
    """(call, how much was said by then, fields, bytes) of each call."""
    with open(path, "rb") as file:
        while line := file.readline():
            call, said, fields = line.decode().rstrip("\n").split(" ", 2)
            data = None
            if call == "write":
                data = file.read(int(fields.split()[2]))
                file.read(1)
            yield call, int(said), fields, data


def write_files(found, root):
    for path, data in found.items():
        place = pathlib.Path(root, path)
        if data is None:
            place.mkdir(parents=True, exist_ok=True)
        else:
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(data)
