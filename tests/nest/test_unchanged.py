# SPDX-License-Identifier: GPL-2.0-or-later
"""Of each model, in a network that makes it fire or change: what the adapter takes for unchanged in a run is unchanged."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import torpor

HERE = Path(__file__).parent
SET_BY_USER, STAYS = 1, 2  # plugin/checkpoint/origin.h


@pytest.fixture(scope="module")
def swept(tmp_path_factory):
    """A folder with checkpoints of each model, from the second of two runs between which the script has set nothing."""
    folder = tmp_path_factory.mktemp("swept")
    process = subprocess.run([sys.executable, HERE / "sweep.py", "check", folder], capture_output=True, text=True, timeout=900,
                             env=os.environ)  # fmt: skip
    assert process.returncode == 0, process.stdout[-2000:] + process.stderr[-2000:]
    return folder


def test_what_incremental_checkpoints_leave_out(swept):
    """Parameters, delays and static weights stay in a run."""
    checked = json.loads((swept / "checked.json").read_text())
    assert not {model: result["changed"] for model, result in checked.items() if result["changed"]}
    assert sum(result["checkpoints"] == 6 for result in checked.values()) > 150


def test_what_later_runs_compare(swept):
    """It is the same after a run, in which the script has set nothing."""
    compared, changed = set(), set()
    for folder in swept.iterdir():
        files = sorted(folder.glob("ckpt-*.msgpack"))
        if not files:
            continue
        section = torpor.open(files[-1])["origin"]
        paths = bytes(section["paths"]).decode().split("\0")[:-1]
        first, second = section["digests"]
        for path, flags, one, other in zip(paths, section["flags"], first, second):
            if flags & STAYS:
                assert flags & SET_BY_USER
                compared.add(path)
                if one != other:
                    changed.add(path)
    assert len(compared) > 1000 and any(path.endswith("/weight") for path in compared)
    assert not changed, sorted(changed)
