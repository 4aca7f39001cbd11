"""torpor prune: retention by hand."""
import fcntl
import unittest

from tool import FAILED, USAGE, Folder, flip, run, run_json, start


class Prune(Folder):
    def left(self):
        return sorted(self.folder.glob("ckpt-*"))

    def test_keeps_the_newest(self):
        everything = self.left()
        shown = run_json("prune", self.folder, "--keep", 1, "--dry-run", "--json")
        self.assertEqual(shown["removed"], [str(self.middle), str(self.oldest)])
        self.assertEqual(shown["bytes"], sum(f.stat().st_size for f in everything[:2]))
        self.assertEqual((shown["dry_run"], shown["left"], shown["keep"]), (True, 1, 1))
        self.assertEqual(self.left(), everything)
        self.assertIn("0 of 3", run("prune", self.folder))
        self.assertEqual(self.left(), everything)
        self.assertIn(f"removed {self.oldest}\n1 of 3", run("prune", self.folder, "--keep=2"))
        self.assertEqual(self.left(), [self.middle, self.newest])
        self.assertFalse(run_json("prune", self.folder, "-k", 1, "--json")["dry_run"])
        self.assertEqual(self.left(), [self.newest])
        self.assertTrue(self.network_a.exists())

    def test_damaged_ones_do_not_count(self):
        flip(self.newest, 400000)
        run("prune", self.folder, "--keep", 1)
        self.assertEqual(self.left(), [self.middle, self.newest])
        flip(self.middle, 400000)
        run("prune", self.folder, "--keep", 1)
        self.assertEqual(self.left(), [self.middle, self.newest])

    def test_waits_for_nobody(self):
        with open(self.folder / ".torpor.lock", "w") as lock:
            lock.write("4242 elsewhere\n")
            lock.flush()
            fcntl.flock(lock, fcntl.LOCK_EX)
            shown = run("prune", self.folder, "--keep", 1, status=FAILED)
        for words in ("4242", "elsewhere", "nothing was removed"):
            self.assertIn(words, shown)
        self.assertEqual(len(self.left()), 3)
        run("prune", self.folder, "--keep", 1)

    def test_refusals(self):
        self.assertIn("no folder", run("prune", self.folder / "no", status=FAILED))
        self.assertFalse((self.folder / "no").exists())
        self.assertIn("is a file", run("prune", self.newest, status=USAGE))
        for keep in ("0", "-1", "x", "99999999999999999999"):
            run("prune", self.folder, "--keep", keep, status=USAGE)
        run("prune", status=USAGE)
        self.assertEqual(len(self.left()), 3)

    def test_empty_folder(self):
        for file in self.left():
            file.unlink()
        self.assertIn("0 of 0", run("prune", self.folder))

    def test_full_disk(self):
        """What was removed is reported by the exit status, not lost silently."""
        with open("/dev/full", "w") as full:
            done = start("prune", self.folder, "--keep", 2, stdout=full)
        self.assertEqual(done.returncode, FAILED)
        self.assertIn(b"standard output", done.stderr)
        self.assertEqual(len(self.left()), 2)


unittest.main(verbosity=2)
