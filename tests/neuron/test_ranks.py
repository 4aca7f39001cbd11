"""Several ranks under each MPI: one is killed at any moment, and all are started again. They end in the same state, bit for bit,
as ranks that were not killed, and in that of a single process, where NEURON itself does so.

With TORPOR_NEURON_LONG=1 in the environment: every network with both, and the ways in which NEURON can exchange spikes.
"""

import json
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from conftest import HERE, clean_environment, differences

LONG = os.environ.get("TORPOR_NEURON_LONG") == "1"
LAUNCHERS = {"openmpi": ["mpirun.openmpi", "--oversubscribe"], "mpich": ["mpirun.mpich"]}
# As root, and with other work on the cores.
OPEN_MPI = {"OMPI_ALLOW_RUN_AS_ROOT": "1", "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM": "1", "OMPI_MCA_mpi_yield_when_idle": "1"}
NETWORKS = ["cells", "gaps", "artificial", "ties"]
QUICK = [("openmpi", 2, {"network": "cells", "ends": [4]}), ("openmpi", 3, {"network": "ties"}), ("mpich", 2, {"network": "gaps"})]
ALL = [(mpi, n, {"network": network}) for mpi in LAUNCHERS for n in (2, 3) for network in NETWORKS] + [
    (mpi, 2, {"network": "ties", **more})
    for mpi in LAUNCHERS
    for more in ({"compress": 5}, {"multisend": True}, {"solver": "cvode"}, {"solver": "local"}, {"options": {"writers": 1}})
]


def launch(mpi, n, options, cwd):
    if shutil.which(LAUNCHERS[mpi][0]) is None:
        pytest.skip(f"{mpi} is not installed")
    environment = clean_environment(**OPEN_MPI)
    if mpi == "mpich":  # NEURON takes Open MPI where both are installed
        environment["LD_PRELOAD"] = "libmpich.so.12"
    return subprocess.Popen(
        [*LAUNCHERS[mpi], "-n", str(n), sys.executable, HERE / "ranks.py", json.dumps(options)], stdout=subprocess.PIPE,
        stderr=subprocess.PIPE, text=True, cwd=cwd, env=environment, start_new_session=True
    )  # fmt: skip


def outcome(process):
    """Status, and all that was said. Nothing may hang."""
    try:
        out, errors = process.communicate(timeout=100)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        raise
    return process.returncode, out + errors


def run(mpi, n, options, cwd):
    status, said = outcome(launch(mpi, n, options, cwd))
    assert status == 0, said[-3000:]
    return json.loads(re.search(r"^{.*}$", said, re.M)[0])


def ranks_of(launcher):
    """The processes of the ranks."""
    found, parents = [], {launcher.pid}
    listed = subprocess.run(["ps", "-eo", "pid=,ppid=,args="], capture_output=True, text=True).stdout
    rows = [line.split(None, 2) for line in listed.splitlines()]
    for _ in range(4):
        for pid, parent, command in rows:
            if int(parent) in parents and int(pid) not in parents:
                parents.add(int(pid))
                if command.startswith(sys.executable):
                    found.append(int(pid))
    return found


def newest_ms(folder):
    return max((int(file.name[5:21]) / 1e6 for file in Path(folder).glob("ckpt-*[0-9].msgpack") if ".shard" not in file.name), default=0)


def wait_for_checkpoint(process, folder, after):
    while newest_ms(folder) <= after:
        assert process.poll() is None, process.communicate()
        time.sleep(0.002)


def kill_a_rank(mpi, n, options, cwd):
    process = launch(mpi, n, {**options, "until": 1e6}, cwd)
    wait_for_checkpoint(process, cwd / "checkpoints", newest_ms(cwd / "checkpoints"))
    time.sleep(random.uniform(0, 0.05))
    ranks = ranks_of(process)
    assert len(ranks) == n
    os.kill(random.choice(ranks), signal.SIGKILL)
    status, said = outcome(process)
    assert status != 0, said
    assert not any(Path(f"/proc/{rank}/cmdline").exists() and Path(f"/proc/{rank}/cmdline").read_text() for rank in ranks)


@pytest.mark.parametrize("mpi, n, options", ALL if LONG else QUICK)
def test_rank_killed_and_resumed(tmp_path, mpi, n, options):
    options = {**options, "every": 3.3}
    armed = {**options, "dir": "checkpoints"}
    kill_a_rank(mpi, n, armed, tmp_path)
    until = newest_ms(tmp_path / "checkpoints") + 15
    resumed = run(mpi, n, {**armed, "until": until, "save": "resumed.msgpack"}, tmp_path)
    whole = run(mpi, n, {**options, "dir": "whole", "until": until, "save": "whole.msgpack"}, tmp_path)
    assert resumed["n_spikes"] > 0 and resumed == whole
    assert differences(tmp_path / "whole.msgpack", tmp_path / "resumed.msgpack") == []
    if options["network"] != "ties" and "solver" not in options:
        assert run(mpi, 1, {**options, "until": until}, tmp_path) == whole


def test_other_numbers_of_ranks_are_refused(tmp_path):
    options = {"network": "cells", "until": 10, "every": 4, "dir": "checkpoints"}
    run("openmpi", 2, options, tmp_path)
    for n in (1, 3):
        status, said = outcome(launch("openmpi", n, {**options, "until": 20}, tmp_path))
        now = "1 rank" if n == 1 else f"{n} ranks"
        assert status != 0 and f"it was saved on 2 ranks, and this run is on {now}" in said, said


def test_a_signal_to_one_rank_stops_all(tmp_path):
    process = launch("mpich", 2, {"network": "cells", "until": 1e6, "every": 5, "dir": "checkpoints"}, tmp_path)
    wait_for_checkpoint(process, tmp_path / "checkpoints", 0)
    os.kill(random.choice(ranks_of(process)), signal.SIGUSR1)
    status, said = outcome(process)
    assert status != 0, said
    until = newest_ms(tmp_path / "checkpoints")
    resumed = run("mpich", 2, {"network": "cells", "until": until, "every": 5, "dir": "checkpoints"}, tmp_path)
    assert resumed["t"] == pytest.approx(until)


ENDS = [
    ({"fails": 6, "ends": [6]}, "rank 1 fails"),
    ({"how": "run"}, "simulate by pc.psolve(t)"),
    ({"hides": True}, "rank 1: Hiding keeps state behind a BBCOREPOINTER"),
]


@pytest.mark.parametrize("more, text", ENDS)
def test_nothing_hangs(tmp_path, more, text):
    """A rank that ends by an exception ends all. What is refused on one rank is refused on all."""
    status, said = outcome(launch("openmpi", 2, {"network": "cells", "until": 1e6, "every": 5, "dir": "checkpoints", **more}, tmp_path))
    assert status != 0 and text in said, said
