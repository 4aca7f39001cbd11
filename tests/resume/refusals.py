"""Bad input: one clear error that says what to do next, a non-zero exit, and nothing lost."""
import contextlib
import os
import subprocess
import unittest

from demo import DEMO, MODES, N_STEPS, Case


def flip_bit(path, position, bit=0):
    with open(path, "r+b") as file:
        file.seek(position)
        byte = file.read(1)[0]
        file.seek(position)
        file.write(bytes([byte ^ 1 << bit]))


class Usage(Case):
    def test_unknown_option(self):
        self.refused([DEMO, "--frequency", "3"], "--frequency", "--help", status=2)

    def test_bad_values(self):
        for option, value in (("--neurons", "many"), ("--neurons", "0"), ("--duration", "3"),
                              ("--duration", "3 mV"), ("--duration", "-1 s"), ("--threads", "0"),
                              ("--poisson-rate", "10 ms"), ("--delays", "1 s"), ("--seed", "-1")):
            with self.subTest(option=option, value=value):
                self.refused([DEMO, option, value], option, "--help", status=2)

    def test_bad_checkpoint_options(self):
        for key, value in (("every", "3 parsec"), ("every", "5 mV"), ("every", "often"),
                           ("keep", "0"), ("mode", "magic"), ("mismatch", "perhaps"), ("origin", "perhaps"),
                           ("fingerprint", "perhaps"), ("checkpoints", "maybe"),
                           ("fsync", "maybe"), ("signals", "NOPE"), ("maxh", "-2"),
                           ("every_wall", "soon"), ("compress", "gzip")):
            with self.subTest(key=key, value=value):
                self.refused(self.command(f"--{key}", value), key, value)

    def test_bad_environment(self):
        environment = dict(os.environ, TORPOR_EVERY="3 parsec")
        self.refused(self.command(), "TORPOR_EVERY", "parsec", env=environment)


class Plugin(Case):
    def refused_plugin(self, path, *patterns):
        environment = dict(os.environ, TORPOR_PLUGIN_PATH=str(path))
        return self.refused(self.command(), *patterns, env=environment)

    def test_not_a_shared_object(self):
        path = self.folder / "torpor.so"
        path.write_text("not a shared object")
        self.refused_plugin(path, "torpor.so")


class Folder(Case):
    def test_is_a_file(self):
        path = self.folder / "occupied"
        path.write_text("precious")
        self.refused(self.command("--every", "10 ms", "--dir", str(path)), "occupied")
        self.assertEqual(path.read_text(), "precious")

    def test_cannot_be_made(self):
        (self.folder / "file").write_text("")
        self.refused(self.command("--every", "10 ms", "--dir", str(self.folder / "file" / "run")),
                     "file/run")

    @unittest.skipIf(os.geteuid() == 0, "root may read everything")
    def test_unreadable(self):
        self.digest(self.command("--every", "10 ms"))
        (self.folder / "run").chmod(0)
        try:
            self.refused(self.command("--every", "10 ms"), "run", "[Pp]ermission")
        finally:
            (self.folder / "run").chmod(0o700)
        self.assertEqual(len(self.checkpoints()), 3)

    def test_nothing_to_resume(self):
        self.refused(self.command("--resume", "require"), "run")
        self.refused(self.command("--resume", str(self.folder / "none.msgpack")), "none.msgpack")
        self.assertFalse((self.folder / "run").exists(), "a folder was made all the same")


class Damage(Case):
    def setUp(self):
        super().setUp()
        self.expected = self.uninterrupted()
        self.saving = self.command("--every", "22 ms")
        self.digest(self.saving)
        self.assertEqual(len(self.checkpoints()), 3)

    def damage(self, path, how):
        size = path.stat().st_size
        if how == "bit":
            flip_bit(path, self.random.randrange(size), self.random.randrange(8))
        elif how == "cut":
            os.truncate(path, self.random.randrange(size))
        elif how == "empty":
            os.truncate(path, 0)
        else:
            path.write_bytes(os.urandom(size))

    def test_newest_is_damaged(self):
        for how in ("bit", "cut", "empty", "other"):
            with self.subTest(how=how):
                newest = self.checkpoints()[-1]
                self.damage(newest, how)
                result = self.execute(self.saving)
                self.assertEqual(result.returncode, 0, result.stderr)
                self.assertIn(newest.name, result.stderr)
                self.assertEqual(result.stdout.splitlines()[-1], self.expected[0])
                self.assertTrue(self.spikes() == self.expected[1])

    def test_all_are_damaged(self):
        for path in self.checkpoints():
            self.damage(path, "bit")
        before = {p.name: p.read_bytes() for p in self.checkpoints()}
        spikes = self.spikes()
        self.refused(self.saving, self.checkpoints()[-1].name, "resume")
        self.assertEqual({p.name: p.read_bytes() for p in self.checkpoints()}, before)
        self.assertEqual(self.spikes(), spikes)

    def test_of_another_model(self):
        before = {p.name: p.read_bytes() for p in self.checkpoints()}
        spikes = self.spikes()
        self.refused(self.command("--every", "22 ms", seed=2), "seed=1", "seed=2")
        self.assertEqual({p.name: p.read_bytes() for p in self.checkpoints()}, before)
        self.assertEqual(self.spikes(), spikes)

    def test_never_sets_the_old_branch_aside(self):
        old = {p.name: p.read_bytes() for p in self.checkpoints()}
        self.assertEqual(self.digest([*self.saving, "--resume", "never"]), self.expected[0])
        aside = {p.name: p.read_bytes() for p in (self.folder / "run").glob("abandoned-*/*.msgpack")}
        self.assertEqual(aside, old)

    def test_after_the_end(self):
        self.refused(self.command("--every", "22 ms", n_steps=N_STEPS // 2), "--duration")

    def test_spikes_do_not_match(self):
        path = self.folder / "run.txt"
        good = path.read_bytes()
        for spoil in ("change", "cut", "remove"):
            with self.subTest(spoil=spoil):
                before = {p.name: p.read_bytes() for p in self.checkpoints()}
                path.write_bytes(good)
                if spoil == "change":
                    flip_bit(path, self.random.randrange(len(good) // 3))
                elif spoil == "cut":
                    os.truncate(path, 10)
                else:
                    path.unlink()
                self.refused(self.saving, "run.txt")
                self.assertEqual({p.name: p.read_bytes() for p in self.checkpoints()}, before)
        path.write_bytes(good)
        self.assertEqual(self.digest(self.saving), self.expected[0])


class Outputs(Case):
    def test_of_two_runs(self):
        """In folders of their own, as in a sweep: the second is refused, the first is as it would be."""
        n_steps = 300000
        expected = self.uninterrupted(n_steps=n_steps)
        first = subprocess.Popen(self.command("--every", "100 ms", n_steps=n_steps),
                                 stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        try:
            while not self.checkpoints():
                self.assertIsNone(first.poll())
            self.refused(self.command("--dir", str(self.folder / "other")), "run.txt", "holds it")
            digest = first.communicate(timeout=300)[0].splitlines()[-1]
        finally:
            first.kill()
            first.wait()
        self.assert_same_run(expected, digest)
        self.assertEqual(list((self.folder / "other").glob("ckpt-*")), [])

    def test_that_cannot_be_cut(self):
        os.mkfifo(self.folder / "pipe")
        for path in ("/dev/null", "/dev/stdout", str(self.folder / "pipe")):
            with self.subTest(path=path):
                result = self.execute(self.command("--spikes", path))
                self.assertEqual(result.returncode, 1, result.stderr)
                self.assertIn(f"output {path}: expected a regular file", result.stderr)
                self.assertEqual(result.stdout, "")  # not a step was made


class NoSpace(Case):
    def test_for_spikes(self):
        if not os.path.exists("/dev/full"):
            self.skipTest("there is no /dev/full")
        self.refused([DEMO, "--no-checkpoints", "--spikes", "/dev/full"], "/dev/full", "No space",
                     "room")

    @contextlib.contextmanager
    def small_disk(self, byte_length):
        path = self.folder / "disk"
        path.mkdir()
        made = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={byte_length}", "tmpfs", path],
                              capture_output=True)
        if made.returncode:
            self.skipTest("mounting a small disk takes root")
        try:
            yield path
        finally:
            subprocess.run(["umount", path], check=True)

    def test_that_old_checkpoints_hold(self):
        """Room for two, and three are to be kept: the oldest goes, again and again."""
        network = ["--neurons", "1000", "--poisson-rate", "5 Hz"]
        expected = self.uninterrupted(network=network)
        self.digest(self.command("--every", "50 ms", name="measured", network=network))
        size = max(path.stat().st_size for path in self.checkpoints("measured"))
        with self.small_disk(size * 5 // 2) as disk:
            for mode in MODES:
                with self.subTest(mode=mode):
                    folder = disk / mode
                    result = self.execute(self.command("--every", "10 ms", "--dir", str(folder),
                                                       "--mode", mode, name=mode,
                                                       network=network))
                    self.assertEqual(result.returncode, 0, result.stderr)
                    self.assertIn("the disk is full: removed the oldest", result.stderr)
                    self.assertNotIn("failed", result.stderr)
                    self.assert_same_run(expected, result.stdout.splitlines()[-1], mode)
                    names = sorted(path.name for path in folder.glob("ckpt-*"))
                    self.assertEqual(names, [f"ckpt-{step:016}.msgpack" for step in (900, 1000)])
                    for path in folder.iterdir():
                        path.unlink()

    def test_for_checkpoints(self):
        expected = self.uninterrupted()
        with self.small_disk(800 << 10) as disk:
            for mode in MODES:
                with self.subTest(mode=mode):
                    folder = disk / mode
                    saving = self.command("--every", "10 ms", "--dir", str(folder), "--mode", mode,
                                          "--keep", "1", name=mode)
                    filler = disk / "filler"
                    short = self.command("--every", "10 ms", "--dir", str(folder), "--mode", mode,
                                         "--keep", "1", name=mode, n_steps=300)
                    self.digest(short)
                    before = {p.name: p.read_bytes() for p in folder.glob("ckpt-*")}
                    self.assertEqual(len(before), 1)
                    with contextlib.suppress(OSError), open(filler, "wb", buffering=0) as file:
                        while True:
                            file.write(bytes(4096))
                    result = self.execute(saving)
                    self.assertEqual(result.returncode, 1, result.stderr)
                    self.assertRegex(result.stderr, "(?i)no space")
                    self.assertEqual({p.name: p.read_bytes() for p in folder.iterdir()
                                      if p.name.startswith("ckpt-")}, before)
                    filler.unlink()
                    self.assert_same_run(expected, self.digest(saving), mode)
                    for path in folder.iterdir():
                        path.unlink()


if __name__ == "__main__":
    unittest.main(verbosity=2)
