# SPDX-License-Identifier: GPL-2.0-or-later
"""nest.Disconnect: which synapses were removed is restored; their number must be the same in the live network."""

import torpor


def test_others_were_removed(run, fork, tmp_path):
    saved, restored = fork("disconnected.py", "save", tmp_path / "x"), run("disconnected.py", "restore", tmp_path / "x")
    assert restored == saved and saved["recorded"] > 100 and saved["error"] == ""
    paths = torpor.diff(str(tmp_path / "x.save"), str(tmp_path / "x.restore")).paths()
    assert [path for path in paths if "to_do_total_" not in path and "earlier_runs" not in path] == []


def test_none_were_removed(fork, tmp_path):
    fork("disconnected.py", "save", tmp_path / "x")
    assert "num_connections: this network has 1640, the checkpoint 1635" in fork("disconnected.py", "unlike", tmp_path / "x")["error"]
