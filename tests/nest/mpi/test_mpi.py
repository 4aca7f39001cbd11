# SPDX-License-Identifier: GPL-2.0-or-later
"""Several ranks of a NEST with MPI, which no wheel has: to be run by hand, with the adapter built for that NEST.

    PYTHONPATH=BUILD/python PYTHON -m pytest tests/nest/mpi

PYTHON has NEST and pytest, and BUILD was configured with -DTORPOR_NEST=ON -DTORPOR_PYTHON=PYTHON; see host-api/nest/README.md.
TORPOR_MPIRUN is the launcher of NEST's MPI, "mpirun --oversubscribe" if it is not given. A rank is killed behind a checkpoint,
and the run is resumed on as many ranks, or on others: the state of each virtual process, its spikes and its generators end as in a
run that was not killed.
"""

import json
import os
import random
import shlex
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1]))

from test_ranks import ENDLESS, HERE, PROCESSES, manifests, newest_ms, whole  # noqa: E402

MPIRUN = shlex.split(os.environ.get("TORPOR_MPIRUN", "mpirun --oversubscribe"))
# As root, and with more ranks and threads than cores.
ENVIRONMENT = {**os.environ, "OMPI_ALLOW_RUN_AS_ROOT": "1", "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM": "1", "OMP_WAIT_POLICY": "passive",
               "OMPI_MCA_mpi_yield_when_idle": "1", "OMPI_MCA_hwloc_base_binding_policy": "none"}  # fmt: skip
LAYOUTS = [(2, 2), (4, 1)]  # ranks, threads of each
MODES = [{"mode": "sync"}, {"mode": "async"}, {"incremental": "yes"}]
NETWORKS = [
    {"synapse": "static_synapse"},
    {"synapse": "stdp_synapse", "delay": "random"},
    {"synapse": "stdp_synapse", "delay": "random", "model": "iaf_psc_exp", "rng": "Philox_32"},
    {"synapse": "tsodyks_synapse", "model": "aeif_cond_exp", "rng": "Threefry_64"},
]


def start(folder, n, **options):
    folder.mkdir(exist_ok=True)
    for old in folder.glob("rank-*"):
        old.unlink()
    said = json.dumps({"report": str(folder), **options})
    return subprocess.Popen(
        [*MPIRUN, "-n", str(n), sys.executable, HERE / "ranks.py", said], stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        text=True, env=ENVIRONMENT, start_new_session=True
    )  # fmt: skip


def end(process):
    """What was said. Nothing may hang."""
    try:
        return process.communicate(timeout=200)[0]
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        raise


def run(folder, n, **options):
    """What each rank has written, when all have ended."""
    said = end(start(folder, n, **options))
    files = [folder / f"rank-{rank}.json" for rank in range(n)]
    assert all(file.exists() for file in files), said
    return [json.loads(file.read_text()) for file in files]


def kill_one(folder, n, **options):
    begin = newest_ms(folder / "c")
    process = start(folder, n, **options)
    while newest_ms(folder / "c") <= begin:
        assert process.poll() is None, process.communicate()
        time.sleep(0.002)
    time.sleep(random.uniform(0, 0.05))
    os.kill(int((folder / f"rank-{random.randrange(n)}.pid").read_text()), signal.SIGKILL)
    end(process)
    assert process.returncode != 0


@pytest.mark.parametrize("network", NETWORKS, ids=lambda network: "-".join(network.values()))
@pytest.mark.parametrize("n, threads", LAYOUTS)
@pytest.mark.parametrize("more", MODES, ids=lambda more: "".join(more.values()))
def test_a_rank_is_killed(tmp_path, n, threads, network, more):
    network = {**network, "threads": threads}
    simulate = {"dir": str(tmp_path / "c"), "every": 13.7, **more}
    for _ in range(2):
        kill_one(tmp_path, n, network=network, runs=[10.0, ENDLESS], reads=True, simulate=simulate)
    runs = [10.0, newest_ms(tmp_path / "c") + 20.0]
    resumed = run(tmp_path, n, network=network, runs=runs, reads=True, simulate=simulate)
    assert resumed == run(tmp_path / "straight", n, network=network, runs=runs, reads=True)
    assert sum(rank["recorded"] for rank in resumed) > 1000, "a network that does not fire proves nothing"
    newest = manifests(tmp_path / "c")[-1]
    assert len(list(newest.parent.glob(newest.stem + ".shard-*"))) == n


def test_by_hand(tmp_path):
    network = {"threads": 2, "synapse": "stdp_synapse", "delay": "random"}
    saved = run(tmp_path, 2, network=network, runs=[40.3, 50.0], save=str(tmp_path / "hand.msgpack"))
    assert run(tmp_path, 2, network=network, runs=[50.0], restore=str(tmp_path / "hand.msgpack")) == saved


# NEST delivers the spikes of a step in another order on 2 ranks of 2 threads: only sums of these weights are the same in any order.
EXACT = {"synapse": "static_synapse"}
CHANGES = [(before, after, network) for before, after in ((1, 4), (4, 1)) for network in NETWORKS]
CHANGES += [(before, after, EXACT) for before, after in ((1, 2), (2, 1), (2, 4), (4, 2))]


@pytest.mark.parametrize("before, after, network", CHANGES)
def test_another_number_of_ranks(tmp_path, before, after, network):
    simulate = {"dir": str(tmp_path / "c"), "every": 13.7, **random.choice(MODES)}
    for _ in range(2):
        kill_one(tmp_path, before, network={**network, "threads": PROCESSES // before}, runs=[20.0, ENDLESS], simulate=simulate)
    runs = [20.0, newest_ms(tmp_path / "c") + 20.0]
    resumed = run(tmp_path, after, network={**network, "threads": PROCESSES // after}, runs=runs, simulate=simulate)
    for n in (before, after):
        assert whole(resumed) == whole(run(tmp_path / "straight", n, network={**network, "threads": PROCESSES // n}, runs=runs))
    assert sum(rank["recorded"] for rank in resumed) > 1000


@pytest.mark.parametrize("before", [1, 2, 4])
@pytest.mark.parametrize("after", [1, 2, 4])
@pytest.mark.parametrize("until", [40.0, 40.3])
def test_state_on_another_number_of_ranks(tmp_path, before, after, until):
    """What is restored, and what is saved again on as many ranks as before, in a network in which the order of spikes matters."""
    network = {"synapse": "stdp_synapse", "delay": "random", "weight": "random"}
    here, there = ({**network, "threads": PROCESSES // n} for n in (before, after))
    first, again = str(tmp_path / "first.msgpack"), str(tmp_path / "again.msgpack")
    saved = run(tmp_path, before, network=here, runs=[until, 50.0], save=first, draws=False)
    run(tmp_path, after, network=there, runs=[0.0, 0.0], restore=first, save=again, draws=False)
    assert whole(run(tmp_path, before, network=here, runs=[50.0], restore=again)) == whole(saved)


def test_what_one_rank_refuses(tmp_path):
    for said in run(tmp_path, 2, runs=[10.0], grows=1, simulate={"dir": str(tmp_path / "c")}):
        assert said["error"].startswith("rank 1: structural plasticity: "), said


def test_a_signal_to_one_rank_stops_all(tmp_path):
    options = {"network": {"threads": 2}, "simulate": {"dir": str(tmp_path / "c"), "every": 20.0}}
    process = start(tmp_path, 2, runs=[ENDLESS], **options)
    while newest_ms(tmp_path / "c") == 0:
        assert process.poll() is None, process.communicate()
        time.sleep(0.002)
    os.kill(int((tmp_path / "rank-1.pid").read_text()), signal.SIGUSR1)
    end(process)
    assert process.returncode != 0
    runs = [newest_ms(tmp_path / "c") + 10.0]
    assert run(tmp_path, 2, runs=runs, **options) == run(tmp_path / "straight", 2, runs=runs, network={"threads": 2})
