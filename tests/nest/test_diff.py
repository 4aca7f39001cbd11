# SPDX-License-Identifier: GPL-2.0-or-later
"""`torpor diff` says which neurons and synapses differ, as NEST numbers them."""

import json

import pytest
import torpor


@pytest.mark.parametrize("targets", [None, False])
def test_who_differs(run, tmp_path, targets):
    changed = run("diff.py", tmp_path, json.dumps(targets))
    found = {one["path"]: one for one in torpor.diff(tmp_path / "a.msgpack", tmp_path / "b.msgpack", rows=1000)}
    rows = lambda path: [row["labels"] for row in found[f"populations/{path}"]["rows"]]
    assert [row["node"] for row in rows("nodes/iaf_psc_alpha/V_m")] == changed["neurons"]
    for key, path in (("synapses", "synapses/stdp_synapse"), ("device", "synapses_from_devices/static_synapse"),
                      ("recorded", "synapses_to_devices/static_synapse")):  # fmt: skip
        assert len(changed[key]) >= 1
        ours = sorted([row["source"], row.get("target")] for row in rows(f"{path}/weight"))
        assert ours == sorted([source, None if targets is False else target] for source, target in changed[key])
    assert not torpor.diff(tmp_path / "a.msgpack", tmp_path / "again.msgpack")
