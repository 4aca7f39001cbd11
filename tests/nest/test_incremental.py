# SPDX-License-Identifier: GPL-2.0-or-later
"""incremental=yes: what no run changes is not read or written again, and nothing else is left out."""

import json
import os
import subprocess
from pathlib import Path

import pytest
import torpor
from test_kill import kill_behind, newest_ms, start

BIN = Path(os.environ["PYTHONPATH"].split(os.pathsep)[0]).parent / "bin"


def files_of(folder):
    return sorted(folder.glob("ckpt-*.msgpack"))


def whole_bytes(file, folder):
    subprocess.run([BIN / "torpor", "convert", "--force", file, folder / "whole"], check=True)
    return (folder / "whole").read_bytes()


def assert_same(folder):
    """Made whole, each file has what the one has that was whole from the start, byte by byte. Returns the pairs of files."""
    pairs = list(zip(files_of(folder / "yes"), files_of(folder / "no"), strict=True))
    for pair in pairs:
        one, other = (whole_bytes(file, folder) for file in pair)
        assert one == other, pair
    return pairs


def weights_of(file):
    return torpor.open(file)["populations"]["synapses"]["static_synapse"]["weight"]


@pytest.mark.parametrize("kind", ["static", "stdp", "tsodyks", "growing"])
def test_files_are_those_of_whole_saves(fork, tmp_path, kind):
    """Three runs, each with several checkpoints. The script changes weights, parameters, defaults, nodes and connections
    between them."""
    for incremental in ("yes", "no"):
        fork("incremental.py", tmp_path, incremental, kind, SOURCE_DATE_EPOCH="1")
    pairs = assert_same(tmp_path / kind)
    steps = [int(file.name[5:21]) for file, _ in pairs]
    assert len(pairs) == 16
    if kind not in ("static", "stdp"):
        return
    for run_end in (220, 440, 660):
        first, *later = [pair for pair, step in zip(pairs, steps) if run_end - 220 < step <= run_end]
        sizes = [[file.stat().st_size for file in pair] for pair in (first, *later[:3])]
        assert sizes[0][0] == sizes[0][1]
        assert all(ours < (0.6 if kind == "static" else 0.9) * whole for ours, whole in sizes[1:])
    in_runs = [weights_of(pairs[steps.index(step)][0]) for step in (200, 240, 640)]
    assert in_runs[0].sum() != in_runs[1].sum() and len(in_runs[1]) != len(in_runs[2])


@pytest.mark.parametrize("synapse, mode", [("static_synapse", "async"), ("stdp_synapse", "sync")])
def test_killed_and_resumed(run, fork, tmp_path, synapse, mode):
    folder = tmp_path / "checkpoints"
    simulate = {"dir": str(folder), "every": 10.0, "mode": mode, "incremental": "yes", "full_every": 3}
    options = {"threads": 2, "delay": "random", "synapse": synapse, "simulate": simulate}
    reached = 0.0
    for _ in range(2):
        reached = kill_behind(reached + 35.0, folder, start("simulate", options))
    options["until"] = newest_ms(folder) + 30.0
    result = run("one_run.py", "simulate", json.dumps(options))
    assert result == fork("one_run.py", "simulate-plainly", json.dumps(options))
    assert result["recorded"] > 100
