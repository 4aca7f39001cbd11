# SPDX-License-Identifier: GPL-2.0-or-later
"""`torpor diff` reports which neurons and synapses differ, by NEST's ids."""

import json
import os
import subprocess
from pathlib import Path

import pytest
import torpor

BIN = Path(os.environ["PYTHONPATH"].split(os.pathsep)[0]).parent / "bin"


def tool(*words):
    return subprocess.run([BIN / "torpor", *words], capture_output=True, text=True).stdout


@pytest.mark.parametrize("targets", [None, False])
def test_who_differs(fork, tmp_path, targets):
    changed = fork("diff.py", tmp_path, json.dumps(targets))
    found = {one["path"]: one for one in torpor.diff(tmp_path / "a.msgpack", tmp_path / "b.msgpack", rows=1000)}
    rows = lambda path: [row["labels"] for row in found[f"populations/{path}"]["rows"]]
    assert [row["node"] for row in rows("nodes/iaf_psc_alpha/V_m")] == changed["neurons"]
    for key, path in (("synapses", "synapses/stdp_synapse"), ("device", "synapses_from_devices/static_synapse"),
                      ("recorded", "synapses_to_devices/static_synapse")):  # fmt: skip
        assert len(changed[key]) >= 1
        ours = sorted([row["source"], row.get("target")] for row in rows(f"{path}/weight"))
        assert ours == sorted([source, None if targets is False else target] for source, target in changed[key])
    assert not torpor.diff(tmp_path / "a.msgpack", tmp_path / "again.msgpack")


def test_what_people_look_at(fork, tmp_path):
    """V_m and weights, but no members of NEST's classes; the events of recorders; a page of both."""
    fork("diff.py", tmp_path, "null")
    files = tmp_path / "a.msgpack", tmp_path / "b.msgpack"
    shown = tool("diff", *files).splitlines()
    paths = [line.split(":")[0] for line in shown[:-1]]
    assert "populations/nodes/iaf_psc_alpha/V_m" in paths and "populations/synapses/stdp_synapse/weight" in paths
    assert not [path for path in paths if "S_." in path or path.endswith("_")]
    assert "hidden value" in shown[-1]
    assert "populations/nodes/iaf_psc_alpha/S_.y3_" in tool("diff", "--all", *files)
    memory = torpor.open(files[0])["populations"]["recorders"]["memory"]
    n_samples = len(memory["V_m"]["values"])
    n_events = len(memory["times"]["values"]) - n_samples
    assert n_samples > 0 and n_events > 0
    assert f"{n_events} events" in tool("plot", files[0], "populations/recorders/memory")
    assert f"{n_samples} points" in tool("plot", files[0], "populations/recorders/memory/V_m")
    tool("report", *files, "-o", tmp_path / "report.html")
    page = (tmp_path / "report.html").read_text()
    assert "populations/nodes/iaf_psc_alpha/V_m</text>" in page and "NEST 3.10.0" in page


def test_the_same_state_twice(run, tmp_path):
    """Two processes whose memory was filled with different bytes: their checkpoints of each model are equal."""
    folders = [tmp_path / "a", tmp_path / "b"]
    for folder, byte in zip(folders, (0, 0x5A)):
        folder.mkdir()
        assert run("uninitialized.py", folder, byte, timeout=600)["saved"] > 170
    files = sorted(file.name for file in folders[0].iterdir())
    assert files == sorted(file.name for file in folders[1].iterdir())
    different = {file: str(torpor.diff(folders[0] / file, folders[1] / file)) for file in files}
    assert {file: text for file, text in different.items() if text} == {}
