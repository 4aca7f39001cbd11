"""Programs that save, each in variants, and the folder that a run of them left which had stopped."""
import os
import pathlib
import re
import shutil
import signal
import subprocess

from shim import CHAIN, CLI, MODES, FaultCase

NETWORK = ["--neurons", "40", "--poisson-rate", "90 Hz", "--delays", "2.5 ms", "--stdp"]


class Demo(FaultCase):
    program, output, n_before = "torpor-demo", "run.txt", 400
    variants = {**{mode: ["--mode", mode] for mode in MODES},
                "packed": ["--mode", "async", "--compress", "zstd", "--incremental", "compare", "--full_every", "2"]}

    def setUp(self):
        super().setUp()
        self.expected = self.straight()
        self.prepared = self.folder / "prepared"
        self.prepared.mkdir()
        self.prepare()

    def straight(self):
        return self.uninterrupted(network=NETWORK)

    def run_command(self, variant):
        return self.command("--every", "20 ms", *self.variants[variant], "--keep", "2", "--keep-every", "3", network=NETWORK)

    def run_before(self):
        """Checkpoints 200, 400 and 600."""
        self.digest(self.command("--every", "20 ms", "--keep", "9", network=NETWORK, n_steps=600))

    def prepare(self):
        self.run_before()
        self.spoil()
        for name in ("run", self.output):
            shutil.move(self.folder / name, self.prepared / pathlib.Path(name).name)

    def spoil(self):
        """The newest checkpoint is damaged; a temp file of a dead process; an output that is too long."""
        newest = self.checkpoints()[-1]
        for path in (self.folder / "run").glob(f"{newest.name[:21]}*"):  # of shards: all
            data = bytearray(path.read_bytes())
            data[len(data) // 2] ^= 1
            path.write_bytes(data)
        with open(self.folder / self.output, "ab") as file:  # more than the whole run will write
            file.write(b"lost\n" * 10000)
        (self.folder / "run" / f".{newest.name}.tmp-999999-0123456789abcdef").write_bytes(b"half")

    def begin(self, is_recovery):
        shutil.rmtree(self.folder / "run", ignore_errors=True)
        (self.folder / self.output).unlink(missing_ok=True)
        if is_recovery:
            shutil.copytree(self.prepared / "run", self.folder / "run")
            shutil.copy(self.prepared / pathlib.Path(self.output).name, self.folder / self.output)

    def newest_intact(self):
        result = subprocess.run([CLI, "latest", self.folder / "run"], capture_output=True, text=True)
        return int(re.search(r"ckpt-(\d+)", result.stdout).group(1)) if result.returncode == 0 else None


class Saver(Demo):
    """Checkpoints that are several files: shards of threads as ranks, and files that refer to earlier ones."""
    program, output, n_before = "saver", "out/output", 50
    variants = {"shards": ["2"], "chains": ["1", CHAIN], "chained shards": ["2", CHAIN]}

    def saver(self, *words, **options):
        (self.folder / "out").mkdir(exist_ok=True)
        return ["env", *(f"TORPOR_{key}={value}" for key, value in options.items()), os.environ["TORPOR_SAVER"],
                str(self.folder / "run"), *words]

    def straight(self):
        result = self.execute(self.saver("1", CHECKPOINTS="no"))
        self.assertEqual(result.returncode, 0, result.stderr)
        return result.stdout.splitlines()[-1], self.spikes()

    def run_command(self, variant):
        return self.saver(*self.variants[variant], KEEP="2", KEEP_EVERY="3")

    def digest(self, command):
        result = self.execute(command)
        self.assertEqual(result.returncode, 0, result.stderr)
        return result.stdout.splitlines()[-1]

    def spikes(self, name="run"):
        return (self.folder / self.output).read_bytes()

    def run_before(self):
        self.digest(self.saver("1", ",incremental=compare,full_every=2", KEEP="9"))

    def checkpoints(self, name="run"):
        return [path for path in super().checkpoints(name) if ".shard-" not in path.name]


class Branching(Saver):
    """A resume from an older checkpoint moves what comes after it aside, with what that needs."""
    n_before = 30

    def run_command(self, variant):
        return self.saver(*self.variants[variant], KEEP="9", KEEP_EVERY="2",
                          RESUME=str(self.folder / "run" / "ckpt-0000000000000030.msgpack"))

    def run_before(self):
        """30 is needed by 40, which is moved; so are shards."""
        self.digest(self.saver("1", ",incremental=compare,full_every=2", KEEP="9"))
        shutil.rmtree(self.folder / "shards", ignore_errors=True)
        (self.folder / "run").rename(self.folder / "whole")
        self.digest(self.saver("2", KEEP="9"))
        for path in (self.folder / "run").glob("ckpt-*5?.*msgpack"):
            shutil.move(path, self.folder / "whole" / path.name)
        shutil.rmtree(self.folder / "run")
        (self.folder / "whole").rename(self.folder / "run")


class Manager(Demo):
    """The checkpoint manager of the Python package."""
    program, output, n_before = "keeper", "run.out", 10
    variants = {"at once": ["at-once"], "in background": ["in-background"]}

    def run_command(self, variant):
        return self.script(*self.variants[variant])

    def script(self, *words):
        (self.folder / self.output).touch()
        return [os.environ["TORPOR_PYTHON"], "-B", os.path.join(os.path.dirname(__file__), f"{self.program}.py"),
                str(self.folder / "run"), *words]

    def straight(self):
        result = self.execute(self.run_command(next(iter(self.variants))), env={**os.environ, "TORPOR_CHECKPOINTS": "no"})
        self.assertEqual(result.returncode, 0, result.stderr)
        shutil.rmtree(self.folder / "run", ignore_errors=True)
        return result.stdout.splitlines()[-1], b""

    def digest(self, command):
        result = self.execute(command)
        self.assertEqual(result.returncode, 0, result.stderr)
        return result.stdout.splitlines()[-1]

    def spikes(self, name="run"):
        return b""

    def run_before(self):
        self.digest(self.script("at-once", "11"))


class Nest(Manager):
    """A script for a simulator."""
    program, every, n_before = "host_nest", "20 ms", 400
    variants = {mode: [mode] for mode in MODES}
    in_the_way = "0000000000000800"  # no third checkpoint of the run before

    def script(self, mode):
        return ["env", f"TORPOR_MODE={mode}", f"TORPOR_EVERY={self.every}", *super().script()]

    def run_before(self):
        result = self.run_with(self.script("sync"), f"create@{self.in_the_way}:1=signal:{int(signal.SIGKILL)}")
        self.assertEqual(result.returncode, -signal.SIGKILL, result.stderr)


class Neuron(Nest):
    program, every, n_before, in_the_way = "host_neuron", "10 ms", 20000000, "0000000040000000"
    variants = {mode: [mode] for mode in ("sync", "async")}  # NEURON cannot be forked
