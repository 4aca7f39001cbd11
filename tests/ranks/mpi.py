"""The built-in host under mpirun: killed on some ranks, resumed on others, and equal to the uninterrupted run of one
process. TORPOR_MPIRUN is the launcher, TORPOR_DEMO_MPI the program, TORPOR_SHIM that of tests/fault.

TORPOR_TEST_KILLS is how often each kind of victim is killed; with TORPOR_TEST_EACH_CALL a rank dies at each call of a
commit, else at those of the manifest and a few others."""
import errno
import os
import pathlib
import re
import shlex
import signal
import subprocess
import sys
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "resume"))
from demo import CLI, EVERYTHING, N_STEPS, Case, ms  # noqa: E402

MPIRUN = shlex.split(os.environ["TORPOR_MPIRUN"])
DEMO_MPI = os.environ["TORPOR_DEMO_MPI"]
SHIM = os.environ.get("TORPOR_SHIM", "")
MODES = ("sync", "async")  # MPI does not survive a fork
N_KILLS = int(os.environ.get("TORPOR_TEST_KILLS", "3"))
EACH_CALL = "TORPOR_TEST_EACH_CALL" in os.environ
CHANGES = ("create", "write", "pwrite", "fsync", "rename", "unlink", "ftruncate")  # "any" of tests/fault/shim.c
HOW = ([], ["--writers", "1"], ["--writers", "2"], ["--incremental", "yes"],
       ["--writers", "2", "--incremental", "compare"])
ENVIRONMENT = dict(os.environ, OMPI_ALLOW_RUN_AS_ROOT="1", OMPI_ALLOW_RUN_AS_ROOT_CONFIRM="1",
                   OMPI_MCA_btl_vader_single_copy_mechanism="none")
# The rank as both MPIs tell it to the program.
WRAPPER = """#!/bin/sh
rank=${OMPI_COMM_WORLD_RANK:-$PMI_RANK}
if [ "$rank" = "$TORPOR_FAULTY_RANK" ]; then
    export LD_PRELOAD="$TORPOR_TEST_SHIM"
else
    unset TORPOR_FAULTS
fi
if [ "$rank" = "$TORPOR_ODD_RANK" ]; then
    export TORPOR_KEEP=9
fi
exec "$@"
"""


def children(pid):
    """The processes below this one, by their command lines."""
    found, parents = {}, {pid}
    listed = subprocess.run(["ps", "-eo", "pid=,ppid=,args="], capture_output=True, text=True).stdout
    rows = [line.split(None, 2) for line in listed.splitlines()]
    for _ in range(4):
        for row in rows:
            if len(row) == 3 and int(row[1]) in parents:
                found[int(row[0])] = row[2]
                parents.add(int(row[0]))
    return found


class Ranks(Case):
    def setUp(self):
        super().setUp()
        self.wrapper = self.folder / "wrapper"
        self.wrapper.write_text(WRAPPER)
        self.wrapper.chmod(0o755)

    def on_ranks(self, n, *options, name="run", **arguments):
        command = self.command(*options, name=name, **arguments)
        return [*MPIRUN, "-n", str(n), str(self.wrapper), DEMO_MPI, *command[1:]]

    def start(self, command, **more):
        run = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                               cwd=self.folder, env=ENVIRONMENT | more, start_new_session=True)
        self.addCleanup(self.end, run)
        return run

    def end(self, run):
        try:
            os.killpg(run.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        run.communicate()

    def finish(self, command, **more):
        """Run to the end; the last line, and what was said."""
        run = self.start(command, **more)
        out, said = run.communicate(timeout=200)
        self.assertEqual(run.returncode, 0, f"{command}\n{out}\n{said}")
        return [line for line in out.splitlines() if line.startswith("digest")][-1], said

    def manifests(self, name="run"):
        return [path for path in self.checkpoints(name) if ".shard-" not in path.name]

    def wait_for(self, n_checkpoints, run, name="run"):
        for _ in range(6000):
            if len(self.manifests(name)) >= n_checkpoints or run.poll() is not None:
                return
            time.sleep(0.01)
        self.fail("no checkpoints")

    def wait_until_gone(self, processes):
        for _ in range(3000):
            if not any(pathlib.Path(f"/proc/{pid}/status").exists() and
                       "State:\tZ" not in pathlib.Path(f"/proc/{pid}/status").read_text()
                       for pid in processes):
                return
            time.sleep(0.01)
        self.fail(f"these outlive their job: {processes}")

    def resumes(self, expected, n, name="run", *options):
        digest, said = self.finish(self.on_ranks(n, "--every", "10 ms", *options, name=name))
        self.assert_same_run(expected, digest, name)
        return said


class Digest(Ranks):
    def test_independent_of_ranks_and_threads(self):
        expected = self.uninterrupted()[0]
        for n, threads, options in ((1, 1, []), (2, 2, ["--in-blocks"]), (3, 1, []), (4, 1, ["--in-blocks"])):
            with self.subTest(ranks=n, threads=threads, options=options):
                digest, _ = self.finish(self.on_ranks(n, "--no-checkpoints", *options, threads=threads))
                self.assertEqual(digest, expected)

    def test_chain_of_restarts(self):
        """1 -> 4 -> 2 -> 3 -> one process without MPI -> 2, each dealt out otherwise."""
        expected = self.uninterrupted()
        for i, (n, options) in enumerate(((1, []), (4, []), (2, ["--in-blocks"]), (3, []))):
            self.finish(self.on_ranks(n, "--every", "7 ms", *options, n_steps=150 * (i + 1)))
        self.digest(self.command("--every", "7 ms", n_steps=800))
        digest, said = self.finish(self.on_ranks(2, "--every", "7 ms"))
        self.assertIn("resumed from", said)
        self.assert_same_run(expected, digest)


class Kills(Ranks):
    N_STEPS = 1000

    def victims(self, run, kind):
        below = children(run.pid)
        ranks = [pid for pid, command in below.items() if command.startswith(DEMO_MPI)]
        return {"rank": [self.random.choice(ranks)] if ranks else [], "all": ranks,
                "launcher": [run.pid]}[kind], [*below]

    def kill_and_resume(self, expected, kind, name):
        before, after = self.random.choice((2, 3, 4)), self.random.choice((1, 2, 3, 4))
        mode, more = self.random.choice(MODES), self.random.choice(HOW)
        run = self.start(self.on_ranks(before, "--every", "10 ms", "--mode", mode, *more, name=name))
        self.wait_for(self.random.randrange(1, 5), run, name)
        time.sleep(self.random.random() * 0.05)
        killed, below = self.victims(run, kind)
        for pid in killed:
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
        run.communicate(timeout=100)
        self.wait_until_gone(below)
        with self.subTest(kind=kind, before=before, after=after, mode=mode, more=more):
            self.resumes(expected, after, name)

    def test_random_moments(self):
        expected = self.uninterrupted()
        for kind in ("rank", "all", "launcher"):
            for i in range(N_KILLS):
                self.kill_and_resume(expected, kind, f"{kind}-{i}")

    def calls_of_commit(self, options, n, rank):
        """(number among all calls that change files of the run, call, last part of its path) of the save at step
        200."""
        name = f"calls-{n}-{rank}-{len(options)}"
        log = self.folder / "log"
        log.unlink(missing_ok=True)
        self.finish(self.on_ranks(n, *options, n_steps=350, name=name), TORPOR_FAULTS_LOG=str(log),
                    TORPOR_FAULTY_RANK=str(rank), TORPOR_TEST_SHIM=SHIM)
        lines = [line.partition(" ") for line in log.read_text().splitlines()]
        changes = [(call, path.rsplit("/", 1)[-1]) for call, _, path in lines if call in CHANGES and name in path]
        begin = next(i for i, (_, path) in enumerate(changes) if "200.shard" in path)
        end = next(i for i, (_, path) in enumerate(changes) if "300.shard" in path)
        return [(i + 1, *changes[i]) for i in range(begin, end)]

    def test_each_call_of_a_commit(self):
        """A rank dies before a call of the second save; the checkpoint before it, or this one, is there. The folder
        has the name of the run."""
        expected = self.uninterrupted()
        usual = ["--every", "10 ms", "--keep", "1", "--fsync", "yes", "--mode", "sync"]
        points = []
        for n, rank, more in ((2, 0, []), (2, 1, []), (3, 0, ["--writers", "1"]), (3, 2, []),
                              (4, 2, ["--writers", "2"]), (2, 0, ["--incremental", "compare"]),
                              (3, 1, ["--writers", "2", "--incremental", "compare"])):
            calls = self.calls_of_commit([*usual, *more], n, rank)
            said = [call for _, call, _ in calls]
            for call, times in (("create", 1), ("pwrite", 1), ("fsync", 2), ("rename", 1)):  # file and folder
                self.assertGreaterEqual(said.count(call), times * (2 if rank == 0 else 1), calls)
            points += [(n, rank, more, *call) for call in calls]
        manifest = [point for point in points if point[:3] == (2, 0, []) and (
            "200.msgpack" in point[5] or (point[4] == "fsync" and not point[5].startswith((".ckpt", "ckpt"))))]
        self.assertGreaterEqual(len(manifest), 5)
        rest = [point for point in points if point not in manifest]
        if not EACH_CALL:
            rest = self.random.sample(rest, 4)
        for i, (n, rank, more, number, call, path) in enumerate([*manifest, *rest]):
            with self.subTest(ranks=n, rank=rank, options=more, call=call, path=path):
                name = f"point-{i}"
                run = self.start(self.on_ranks(n, *usual, *more, name=name), TORPOR_TEST_SHIM=SHIM,
                                 TORPOR_FAULTS=f"any@{name}:{number}=signal:{int(signal.SIGKILL)}", TORPOR_FAULTY_RANK=str(rank))
                run.communicate(timeout=100)
                self.assertNotEqual(run.returncode, 0, "it was not killed")
                said = self.resumes(expected, self.random.choice((1, 2, 3, 4)), name)
                self.assertRegex(said, r"resumed from .*ckpt-0+[12]00\.msgpack")


class Stops(Ranks):
    def test_usr1_saves_at_the_same_step_everywhere(self):
        expected = self.uninterrupted()
        for n in (2, 3):
            name = f"usr1-{n}"
            command = self.on_ranks(n, "--every", "off", "--every_wall", "off", name=name)
            long = [part if part != ms(N_STEPS) else "1000 s" for part in command]
            run = self.start(long)
            for _ in range(3000):
                ranks = [pid for pid, line in children(run.pid).items() if line.startswith(DEMO_MPI)]
                if len(ranks) == n and (self.folder / name / ".torpor.lock").exists():
                    break
                time.sleep(0.01)
            time.sleep(0.3)
            os.kill(self.random.choice(ranks), signal.SIGUSR1)  # one of them: the others learn it
            said = run.communicate(timeout=100)[1]
            stopped = re.search(r"stopping at time ([0-9.]+) ms, step (\d+): got SIGUSR1 on rank \d", said)
            self.assertIsNotNone(stopped, said)
            self.assertEqual([path.name for path in self.manifests(name)], [f"ckpt-{int(stopped[2]):016d}.msgpack"])
            n_steps = int(stopped[2]) + 100
            expected = self.uninterrupted(n_steps=n_steps)
            digest, _ = self.finish(self.on_ranks(4, name=name, n_steps=n_steps))
            self.assert_same_run(expected, digest, name)


class Faults(Ranks):
    def test_full_disk_on_one_rank(self):
        expected = self.uninterrupted()
        for mode, writers in (("sync", "all"), ("async", "all"), ("async", "2")):
            with self.subTest(mode=mode, writers=writers):
                name = f"full-{mode}-{writers}"
                faults = f"pwrite@300.shard-1:1+=errno:{errno.ENOSPC}"
                digest, said = self.finish(self.on_ranks(3, "--every", "10 ms", "--mode", mode, "--writers", writers,
                                                         name=name, n_steps=450),
                                           TORPOR_FAULTS=faults, TORPOR_FAULTY_RANK="1", TORPOR_TEST_SHIM=SHIM)
                self.assertRegex(said, r"the run goes on: rank 1: .*No space left")
                names = {path.name for path in (self.folder / name).iterdir()}
                self.assertFalse([n for n in names if "ckpt-0000000000000300" in n], names)
                self.assertIn("ckpt-0000000000000400.msgpack", names)
                self.resumes(expected, 2, name)

    def test_two_jobs_on_one_folder(self):
        first = self.start(self.on_ranks(2, "--every", "10 ms", n_steps=10**7))
        self.wait_for(1, first)
        second = self.start(self.on_ranks(2, "--every", "10 ms", "--spikes", "other.txt"))
        said = second.communicate(timeout=100)[1]
        self.assertNotEqual(second.returncode, 0)
        self.assertRegex(said, r"rank 0: folder \"[^\"]*\" is held by process \d+")

    def test_another_current_is_refused(self):
        self.finish(self.on_ranks(3, "--every", "10 ms", "--current", "20 pA", n_steps=500))
        for n in (2, 3):
            run = self.start(self.on_ranks(n, "--every", "10 ms", "--current", "21 pA"))
            said = run.communicate(timeout=100)[1]
            self.assertNotEqual(run.returncode, 0)
            self.assertRegex(said, r"origin: neurons/excitatory/I_e.* differ")


class Commands(Ranks):
    def torpor(self, *words, status=0):
        result = subprocess.run([CLI, *map(str, words)], capture_output=True, text=True)
        self.assertEqual(result.returncode, status, f"{words}\n{result.stdout}\n{result.stderr}")
        return result.stdout + result.stderr

    def test_other_options_on_a_rank(self):
        run = self.start(self.on_ranks(3, "--every", "50 ms"), TORPOR_ODD_RANK="1")
        self.assertIn("rank 0 has keep=3, and rank 1 has keep=9", run.communicate(timeout=60)[1])
        self.assertNotEqual(run.returncode, 0)
        self.assertEqual(self.manifests("run"), [])

    def test_see_the_whole(self):
        self.finish(self.on_ranks(3, "--every", "50 ms"))
        self.finish(self.on_ranks(4, "--every", "50 ms", "--in-blocks", "--writers", "2", name="other"))
        self.digest(self.command("--every", "50 ms", name="one"))
        (self.folder / "one.txt").rename(self.folder / "kept.txt")
        of_three, of_four, of_one = (self.manifests(name)[-1] for name in ("run", "other", "one"))
        converted = self.folder / "converted.msgpack"
        self.torpor("convert", of_three, converted)
        for path in (of_three, of_four, converted):
            self.assertEqual(self.torpor("get", path, "populations/synapses/excitatory/weight"),
                             self.torpor("get", of_one, "populations/synapses/excitatory/weight"))
            differences = self.torpor("diff", path, of_one, status=1)
            self.assertRegex(differences, r"^outputs", "only the names of their files differ")
            self.assertNotIn("populations", differences)
            self.assertIn("V_m", self.torpor("ls", path))
        self.assertIn("fine", self.torpor("verify", of_three))
        self.assertEqual(self.torpor("latest", self.folder / "run").strip(), str(of_three))
        self.assertEqual(self.torpor("info", self.folder / "run").count("intact"), 2)
        shard = of_three.with_name(of_three.name.replace(".msgpack", ".shard-1-of-3.msgpack"))
        shard.write_bytes(shard.read_bytes()[:-1])
        self.assertIn("shard-1-of-3", self.torpor("verify", of_three, status=1))
        self.assertIn(str(self.manifests()[0]) + "\n", self.torpor("latest", self.folder / "run"))
        self.torpor("prune", self.folder / "other", "--keep", "1")
        self.assertEqual(len(list((self.folder / "other").glob("ckpt-*"))), 1 + 2)

    def test_shards_that_refer_to_earlier_ones(self):
        """Begun on 2, 4 and 2 ranks, each time resumed on others: what does not change is written once in a while."""
        large = {"network": ["--neurons", "1500", *EVERYTHING[2:]]}
        options = ["--every", "5 ms", "--keep", "2", "--incremental"]
        expected = self.uninterrupted(n_steps=400, **large)
        for kind, before, after, mode, writers in (("yes", 2, 1, "sync", 2), ("compare", 2, 4, "async", 2),
                                                   ("yes", 4, 2, "async", 4), ("compare", 4, 4, "sync", 2)):
            with self.subTest(kind=kind, before=before, after=after, mode=mode, writers=writers):
                name = f"{kind}-{before}-{writers}"
                folder, more = self.folder / name, ["--writers", str(writers)]
                self.finish(self.on_ranks(before, *options, kind, "--mode", mode, *more, name=name, n_steps=250, **large))
                needed, *_, newest = self.manifests(name)
                needs = re.findall(r"needs +(\S+)", self.torpor("info", newest))
                self.assertIn(needed.name, needs)
                sizes = [sum(path.stat().st_size for path in folder.glob(f"{manifest.stem}.shard-*"))
                         for manifest in (needed, newest)]
                self.assertLess(sizes[1], 0.6 * sizes[0])
                self.assertEqual(self.torpor("verify", folder).count("fine"), len(self.manifests(name)))
                self.torpor("prune", folder, "--keep", "1")
                self.assertEqual({path.name for path in self.manifests(name)}, {*needs, newest.name})
                digest, _ = self.finish(self.on_ranks(after, *options, kind, name=name, n_steps=400, **large))
                self.assert_same_run(expected, digest, name)
                self.assertEqual(self.torpor("verify", folder).count("fine"), len(self.manifests(name)))


if __name__ == "__main__":
    unittest.main(verbosity=2)
