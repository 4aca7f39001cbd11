"""SIGKILL at random moments, of runs that save all the time, again and again until one gets to its end: it is the
uninterrupted one, and no temp file is left. Meanwhile another process wants the folder.

40 kills; 10,000 with TORPOR_FAULT_LONG, or as many as there are in TORPOR_FAULT_SECONDS.
"""
import collections
import os
import re
import signal
import subprocess
import time
import unittest

from counts import LONG, SECONDS, count
from shim import CHAIN, CLI, IS_SANITIZED, MODES, FaultCase

N_KILLS = 10000 if LONG else 12 if IS_SANITIZED else 40  # resume.interrupted has 180
IN_A_CHAIN = 12
IN_A_SLOW_CHAIN = IN_A_CHAIN if LONG else 3  # simulators in Python take long to start
HERE = os.path.dirname(os.path.abspath(__file__))
SAVER = os.environ["TORPOR_SAVER"]
KEEPER = os.path.join(HERE, "keeper.py")
PYTHON = os.environ.get("TORPOR_PYTHON", "")  # that has the package; "": none
SIMULATORS = os.environ.get("TORPOR_SIMULATORS", "").split()  # neuron, nest: those that there are adapters for


class Kills(FaultCase):
    def setUp(self):
        super().setUp()
        (self.folder / "out").mkdir()
        self.expected = {}
        self.n_killed = 0
        self.n_killed_of = collections.Counter()

    def demo(self):
        seed = self.random.randrange(1, 4)
        options = [*self.random.choice(([], ["--compress", "zstd"])),
                   *self.random.choice(([], ["--incremental", "compare"]))]
        command = self.command("--every", "0.7 ms", "--mode", self.random.choice(MODES), *options, seed=seed)
        return f"demo {seed}", command, lambda: self.uninterrupted(seed), "run.txt"

    def saver(self):
        words = self.random.choice((["2"], ["1", CHAIN], ["2", CHAIN]))
        command = ["env", f"TORPOR_MODE={self.random.choice(('sync', 'async'))}", "TORPOR_KEEP=2", SAVER,
                   str(self.folder / "run"), *words]
        return "saver", command, lambda: self.straight(command, "out/output"), "out/output"

    def keeper(self):
        command = [PYTHON, "-B", KEEPER, str(self.folder / "run"), self.random.choice(("at-once", "in-background"))]
        return "keeper", command, lambda: self.straight([*command[:3], str(self.folder / "straight"), command[4]], None), None

    def simulator(self, name):
        mode = self.random.choice(MODES if name == "nest" else ("sync", "async"))
        command = ["env", f"TORPOR_MODE={mode}", PYTHON, "-B", os.path.join(HERE, f"host_{name}.py"),
                   str(self.folder / "run")]
        return name, command, lambda: self.straight(command, None), None

    def neuron(self):
        return self.simulator("neuron")

    def nest(self):
        return self.simulator("nest")

    def straight(self, command, output):
        result = self.execute(command, env={**os.environ, "TORPOR_CHECKPOINTS": "no"})
        self.assertEqual(result.returncode, 0, result.stderr)
        return result.stdout.splitlines()[-1], output and (self.folder / output).read_bytes()

    def empty(self):
        self.execute(["rm", "-rf", "run", "run.txt", "out/output"])

    def disturb(self):
        """Somebody else looks into the folder, or wants to prune it."""
        if (self.folder / "run").exists():
            words = self.random.choice((["latest"], ["info"], ["verify"], ["prune", "--keep", "2"]))
            result = subprocess.run([CLI, *words, self.folder / "run"], capture_output=True, text=True)
            self.assertIn(result.returncode, (0, 1), result.stderr)

    def kill_chain(self, program):
        name, command, oracle, output = program()
        self.empty()
        if name not in self.expected:
            self.expected[name] = oracle()
            self.empty()
        begin = time.monotonic()
        self.execute(command)
        whole = time.monotonic() - begin
        self.empty()
        in_a_chain = IN_A_SLOW_CHAIN if name in SIMULATORS else IN_A_CHAIN
        last = min(N_KILLS, self.n_killed + in_a_chain)
        n_refused = 0
        while True:
            process = subprocess.Popen([*self.from_an_older_one(name), *command], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                                       cwd=self.folder, start_new_session=True)
            if self.n_killed < last and time.monotonic() < self.end:
                time.sleep(self.random.uniform(0, 0.7) * whole)
                if self.random.random() < 0.1:
                    self.disturb()
                self.kill(process)
            out, said = process.communicate(timeout=300)
            if process.returncode == 1 and re.search("is held by|No such file", said) and n_refused < 3:
                n_refused += 1  # it began while the folder was being pruned, and begins again
            elif process.returncode != -signal.SIGKILL:
                break
            else:
                self.n_killed += 1
                self.n_killed_of[program.__name__] += 1
        self.assertEqual(process.returncode, 0, said)
        self.assertEqual(out.splitlines()[-1], self.expected[name][0], said)
        if output:
            self.assertTrue((self.folder / output).read_bytes() == self.expected[name][1], "the outputs differ")
        self.assertEqual([path.name for path in (self.folder / "run").iterdir() if ".tmp-" in path.name], [])
        self.assert_all_intact()
        self.assert_whole_aside()

    def from_an_older_one(self, name):
        """Now and then ranks go on from a checkpoint that is not the newest: the newer ones are set aside."""
        if name == "saver" and self.random.random() < 0.3 and (self.folder / "run").exists():
            manifests = [path for path in self.checkpoints() if ".shard-" not in path.name]
            if manifests:
                return ["env", f"TORPOR_RESUME={self.random.choice(manifests)}"]
        return []

    def assert_whole_aside(self):
        """A kill may leave second names of a part in one folder; the next start has set all aside in another."""
        self.assertEqual([name for name, is_whole in self.aside().items() if not is_whole], [])

    def kill(self, process):
        """The run, or all that it forked too, at once."""
        try:
            if self.random.random() < 0.5:
                os.killpg(process.pid, signal.SIGKILL)
            else:
                process.kill()
        except ProcessLookupError:
            pass

    def test_chains(self):
        self.end = time.monotonic() + SECONDS
        programs = [self.demo, self.saver, *([self.keeper] if PYTHON else []),
                    *(getattr(self, name) for name in SIMULATORS)]
        n_chains = 0
        seconds = dict.fromkeys(programs, 0.0)
        while self.n_killed < N_KILLS and time.monotonic() < self.end:
            program = min(seconds, key=seconds.get)  # each gets as much time, and quick ones more kills
            begin = time.monotonic()
            with self.subTest(program=program.__name__, chain=n_chains):
                n_chains += 1
                self.kill_chain(program)
            seconds[program] += time.monotonic() - begin
        count("kills at random moments", self.n_killed)
        for name, n in self.n_killed_of.items():
            count(f"kills at random moments, {name}", n)
        count("chains of restarts that were run to their end", n_chains)


if __name__ == "__main__":
    unittest.main(verbosity=2)
