# SPDX-License-Identifier: GPL-2.0-or-later
"""Several ranks: one checkpoint of all of them, one of which is killed at any moment. The wheel has no MPI, so processes take
each other for ranks (lent_ranks.py), each with a network of its own: all that the adapter does on several ranks, but not the
exchange of spikes, which is NEST's. tests/nest/mpi tries both with an MPI build."""

import json
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

HERE = Path(__file__).parent
NETWORK = {"threads": 2, "synapse": "stdp_synapse", "delay": "random"}
ENDLESS = 1e6  # ms


def start(folder, n, **options):
    """The processes of the ranks."""
    folder.mkdir(exist_ok=True)
    for old in (*folder.glob("rank-*.json"), *folder.glob("socket")):
        old.unlink()
    ranks = []
    for rank in range(n):
        while rank > 0 and not (folder / "socket").exists():
            assert ranks[0].poll() is None, ranks[0].communicate()
            time.sleep(0.01)
        said = {"network": NETWORK, "report": str(folder), "lent": [rank, n, str(folder / "socket")], **options}
        command = [sys.executable, HERE / "ranks.py", json.dumps(said)]
        ranks.append(subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True))
    return ranks


def outcomes(folder, ranks):
    """What each rank has written, when all have ended."""
    said = [rank.communicate(timeout=100)[0] for rank in ranks]
    files = [folder / f"rank-{rank}.json" for rank in range(len(ranks))]
    assert all(file.exists() for file in files), said
    return [json.loads(file.read_text()) for file in files]


def run(folder, n=2, **options):
    return outcomes(folder, start(folder, n, **options))


def manifests(folder):
    return sorted(file for file in folder.glob("ckpt-*.msgpack") if ".shard-" not in file.name)


def newest_ms(folder):
    return max((int(file.name[5:21]) / 10 for file in manifests(folder)), default=0.0)


def kill_one(folder, runs, simulate):
    """Kill a rank behind the next checkpoint. The others end by themselves, with an error that says why."""
    begin = newest_ms(folder / "c")
    ranks = start(folder, 2, runs=runs, simulate=simulate)
    while newest_ms(folder / "c") <= begin:
        assert all(rank.poll() is None for rank in ranks), [rank.communicate() for rank in ranks]
        time.sleep(0.002)
    time.sleep(random.uniform(0, 0.03))
    victim = random.randrange(2)
    ranks[victim].kill()
    ranks[1 - victim].communicate(timeout=100)
    ranks[victim].communicate()
    assert ranks[victim].returncode == -signal.SIGKILL and ranks[1 - victim].returncode == 1
    said = json.loads((folder / f"rank-{1 - victim}.json").read_text())
    assert "lent ranks: " in said["error"], said


@pytest.mark.parametrize("more", [{"mode": "sync"}, {"mode": "async"}, {"incremental": "yes"}], ids=lambda more: "".join(more.values()))
def test_a_rank_is_killed(tmp_path, more):
    simulate = {"dir": str(tmp_path / "c"), "every": 20.0, **more}
    for first in (60.0, 60.0, 60.0):
        kill_one(tmp_path, [first, ENDLESS], simulate)
    until = newest_ms(tmp_path / "c") + 30.0
    resumed = run(tmp_path, runs=[60.0, until - 60.0], simulate=simulate)
    assert resumed == run(tmp_path / "straight", runs=[60.0, until - 60.0])
    assert resumed[0] != resumed[1] and all(rank["recorded"] > 1000 for rank in resumed)
    newest = manifests(tmp_path / "c")[-1]
    shards = sorted(file.name for file in newest.parent.glob(newest.stem + ".shard-*"))
    assert shards == [f"{newest.stem}.shard-{k}-of-2.msgpack" for k in range(2)]


def test_by_hand(tmp_path):
    saved = run(tmp_path, runs=[40.0, 50.0], save=str(tmp_path / "hand.msgpack"))
    assert run(tmp_path, runs=[50.0], restore=str(tmp_path / "hand.msgpack")) == saved


def test_other_numbers_of_ranks_are_refused(tmp_path):
    simulate = {"dir": str(tmp_path / "c"), "every": 20.0}
    run(tmp_path, runs=[40.0], simulate=simulate)
    for n, now in ((1, "1 rank:"), (3, "3 ranks:")):
        for said in run(tmp_path, n, runs=[80.0], simulate=simulate):
            assert f"it was saved on 2 ranks, and this run is on {now}" in said["error"], said
    assert newest_ms(tmp_path / "c") == 40.0


@pytest.mark.parametrize("what", ["simulate", "save"])
def test_what_one_rank_refuses(tmp_path, what):
    options = {"simulate": {"dir": str(tmp_path / "c")}} if what == "simulate" else {"save": str(tmp_path / "hand.msgpack")}
    for said in run(tmp_path, runs=[10.0, 10.0], network={}, grows=1, **options):
        assert said["error"].startswith("rank 1: structural plasticity: ") and "on one process only" in said["error"], said
    assert not list(tmp_path.rglob("*.msgpack"))
