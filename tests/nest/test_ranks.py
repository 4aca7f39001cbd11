# SPDX-License-Identifier: GPL-2.0-or-later
"""Several ranks: one checkpoint of all of them, one of which is killed at any moment. The wheel has no MPI, so processes take
each other for ranks (lent_ranks.py), each with virtual processes that are connected with no others: all that the adapter does on
several ranks, but not the exchange of spikes, which is NEST's. tests/nest/mpi tries both with an MPI build."""

import json
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from conftest import LONG
from forks import Forks

HERE = Path(__file__).parent
NETWORK = {"threads": 2, "synapse": "stdp_synapse", "delay": "random"}
ENDLESS = 1e6  # ms
FORKS = [Forks(HERE, "nest", "torpor_nest", "state", "brunel", "lent_ranks") for _ in range(4)]  # of each rank


def start(folder, n, fresh=True, **options):
    """The processes of the ranks, or forks for them."""
    folder.mkdir(exist_ok=True)
    for old in (*folder.glob("rank-*.json"), *folder.glob("socket")):
        old.unlink()
    ranks = []
    for rank in range(n):
        while rank > 0 and not (folder / "socket").exists():
            assert not fresh or ranks[0].poll() is None, ranks[0].communicate()
            time.sleep(0.01)
        said = {"network": NETWORK, "report": str(folder), "lent": [rank, n, str(folder / "socket")], **options}
        if not fresh:
            FORKS[rank].begin(HERE / "ranks.py", [json.dumps(said)], None, {**os.environ}, 100)
            continue
        command = [sys.executable, HERE / "ranks.py", json.dumps(said)]
        ranks.append(subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True))
    return ranks


def run(folder, n=2, fresh=False, **options):
    """What each rank has written, when all have ended."""
    fresh = fresh or LONG
    ranks = start(folder, n, fresh, **options)
    said = [rank.communicate(timeout=100)[0] for rank in ranks] if fresh else [FORKS[rank].end() for rank in range(n)]
    files = [folder / f"rank-{rank}.json" for rank in range(n)]
    assert all(file.exists() for file in files), said
    return [json.loads(file.read_text()) for file in files]


def manifests(folder):
    return sorted(file for file in folder.glob("ckpt-*.msgpack") if ".shard-" not in file.name)


def newest_ms(folder):
    return max((int(file.name[5:21]) / 10 for file in manifests(folder)), default=0.0)


def kill_one(folder, runs, simulate, n=2, behind=0.0, **options):
    """Kill a rank behind the next checkpoint later than `behind` ms. The others end by themselves, with an error that says why."""
    begin = max(newest_ms(folder / "c"), behind)
    ranks = start(folder, n, runs=runs, simulate=simulate, **options)
    while newest_ms(folder / "c") <= begin:
        assert all(rank.poll() is None for rank in ranks), [rank.communicate() for rank in ranks]
        time.sleep(0.002)
    time.sleep(random.uniform(0, 0.03))
    victim = random.randrange(n)
    ranks[victim].kill()
    for number, rank in enumerate(ranks):
        rank.communicate(timeout=100)
        assert rank.returncode == (-signal.SIGKILL if number == victim else 1)
        if number != victim:
            said = json.loads((folder / f"rank-{number}.json").read_text())
            assert "lent ranks: " in said["error"], said


@pytest.mark.parametrize("more", [{"mode": "sync"}, {"mode": "async"}, {"incremental": "yes"}], ids=lambda more: "".join(more.values()))
def test_a_rank_is_killed(tmp_path, more):
    simulate = {"dir": str(tmp_path / "c"), "every": 20.0, **more}
    for behind in (0.0, 60.0):  # in the first run, and in the second
        kill_one(tmp_path, [60.0, ENDLESS], simulate, behind=behind, reads=True)
    until = newest_ms(tmp_path / "c") + 30.0
    resumed = run(tmp_path, fresh=True, runs=[60.0, until - 60.0], simulate=simulate, reads=True)
    assert resumed == run(tmp_path / "straight", runs=[60.0, until - 60.0], reads=True)
    assert resumed[0] != resumed[1] and all(rank["recorded"] > 1000 for rank in resumed)
    newest = manifests(tmp_path / "c")[-1]
    shards = sorted(file.name for file in newest.parent.glob(newest.stem + ".shard-*"))
    assert shards == [f"{newest.stem}.shard-{k}-of-2.msgpack" for k in range(2)]


def test_by_hand(tmp_path):
    saved = run(tmp_path, runs=[40.0, 50.0], save=str(tmp_path / "hand.msgpack"))
    assert run(tmp_path, fresh=True, runs=[50.0], restore=str(tmp_path / "hand.msgpack")) == saved


OTHERS = [(1, 2), (2, 4), (4, 1)]
PROCESSES = 4  # virtual ones, on any number of ranks


def network_on(n, **network):
    return {**NETWORK, "threads": PROCESSES // n, **network}


def whole(ranks):
    """What all ranks have written, by virtual process: the same on any number of them."""
    assert not any("error" in rank for rank in ranks), ranks
    assert all(rank["time"] == ranks[0]["time"] for rank in ranks), ranks
    merged = {"time": ranks[0]["time"], "processes": {}, "draws": {}}
    for rank in ranks:
        for key in ("processes", "draws"):
            assert merged[key].keys().isdisjoint(rank[key])
            merged[key].update(rank[key])
    assert len(merged["processes"]) == PROCESSES
    return merged


@pytest.mark.parametrize("before, after", OTHERS)
def test_another_number_of_ranks(tmp_path, before, after):
    simulate = {"dir": str(tmp_path / "c"), "every": 13.7, **random.choice([{"mode": "sync"}, {"mode": "async"}, {"incremental": "yes"}])}
    for _ in range(2):  # in the first run, and in the second
        kill_one(tmp_path, [20.0, ENDLESS], simulate, n=before, network=network_on(before))
    runs = [20.0, newest_ms(tmp_path / "c") + 10.0]
    resumed = run(tmp_path, after, fresh=True, runs=runs, simulate=simulate, network=network_on(after))
    straight = run(tmp_path / "straight", before, runs=runs, network=network_on(before))
    assert whole(resumed) == whole(straight), simulate
    assert sum(rank["recorded"] for rank in resumed) > 1000, "a network that does not fire proves nothing"
    longer = [*runs, 20.0]  # and back, from a checkpoint of the others
    back = run(tmp_path, before, fresh=True, runs=longer, simulate=simulate, network=network_on(before))
    assert whole(back) == whole(run(tmp_path / "straight", after, runs=longer, network=network_on(after)))


SAVES = [(40.0, "constant", "iaf_psc_alpha"), (40.3, "random", "iaf_psc_exp")]
ALL = [(*numbers, *save) for numbers in OTHERS for save in SAVES]


@pytest.mark.parametrize("before, after, first, delay, model", ALL if LONG else [ALL[1], ALL[2], ALL[5]])
def test_by_hand_on_another_number(tmp_path, before, after, first, delay, model):
    """At the end of a slice, when spikes are exchanged already, and inside of one."""
    options = {"delay": delay, "model": model, "weight": "random"}
    hand = str(tmp_path / "hand.msgpack")
    saved = run(tmp_path, before, runs=[first, 50.0], save=hand, draws=False, network=network_on(before, **options))
    restored = run(tmp_path, after, fresh=True, runs=[50.0], restore=hand, network=network_on(after, **options))
    assert whole(restored) == whole(saved)


def test_other_numbers_of_virtual_processes_are_refused(tmp_path):
    simulate = {"dir": str(tmp_path / "c"), "every": 20.0}
    run(tmp_path, 2, runs=[40.0], simulate=simulate, network=network_on(2))
    for n, threads in ((1, 2), (2, 1)):
        for said in run(tmp_path, n, runs=[80.0], simulate=simulate, network=network_on(n, threads=threads)):
            assert "4 threads" in said["error"] and "2 threads" in said["error"], said
    assert newest_ms(tmp_path / "c") == 40.0


def test_what_was_read_is_of_as_many_ranks(tmp_path):
    simulate = {"dir": str(tmp_path / "c"), "every": 20.0}
    options = {"runs": [40.0, 45.0], "reads": True, "simulate": simulate}
    run(tmp_path, 2, network=network_on(2), **options)
    for said in run(tmp_path, 4, network=network_on(4), **options):
        assert "what the script has read between its runs was of the nodes of each rank" in said["error"], said


@pytest.mark.parametrize("what", ["simulate", "save"])
def test_what_one_rank_refuses(tmp_path, what):
    options = {"simulate": {"dir": str(tmp_path / "c")}} if what == "simulate" else {"save": str(tmp_path / "hand.msgpack")}
    for said in run(tmp_path, runs=[10.0, 10.0], network={}, grows=1, **options):
        assert said["error"].startswith("rank 1: structural plasticity: ") and "on one process only" in said["error"], said
    assert not list(tmp_path.rglob("*.msgpack"))
