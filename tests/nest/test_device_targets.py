# SPDX-License-Identifier: GPL-2.0-or-later
"""Connections to and from devices are compared like those between neurons."""

import json


def test_other_nodes_are_refused(run, tmp_path):
    cases = [(0, 0, 0), (5, 0, 0), (0, 5, 0), (0, 0, 1)]
    same, stimulated, recorded, noise = run("device_targets.py", tmp_path / "x.msgpack", json.dumps(cases))["errors"]
    assert same == ""
    assert "connectivity/from devices: static_synapse" in stimulated
    assert "connectivity/to devices: static_synapse" in recorded
    assert "connectivity/from devices: static_synapse" in noise
