# SPDX-License-Identifier: GPL-2.0-or-later
"""Scripts of several runs that are killed resume in the same run. Changes between the runs take effect once."""

import json

import pytest


def phases(run, folder, how, check=True, **options):
    folder.mkdir(exist_ok=True)
    options = {"style": "simulate", "simulate": {"every": 25.0, "dir": str(folder / "c")}, **options}
    return run("phases.py", how, json.dumps(options), check=check)


@pytest.mark.parametrize("die_after", [0, 1, 3])
@pytest.mark.parametrize("how, style", [("simulate", "simulate"), ("every", "simulate"), ("every", "run")])
def test_killed_in_one_of_several_runs(run, tmp_path, how, style, die_after):
    uncut = phases(run, tmp_path / "uncut", "plainly", style=style)
    assert uncut["recorded"] > 1000
    assert phases(run, tmp_path / "cut", how, check=False, style=style, die_after=die_after)["exit"] == 9
    resumed = phases(run, tmp_path / "cut", how, style=style)
    assert resumed.pop("found") == (how == "every")
    uncut.pop("found")
    assert resumed == uncut


@pytest.mark.parametrize("how, what", [("simulate", "grow"), ("every", "grow"), ("simulate", "plain")])
def test_network_that_grows(run, tmp_path, how, what):
    """grow: the checkpoint of a later run has nodes that the script creates between runs, with the ids that they have
    without checkpoints. plain: part of the time is simulated without checkpoints."""
    uncut = phases(run, tmp_path / "uncut", "plainly", **{what: True})
    assert phases(run, tmp_path / "cut", how, check=False, die_after=2, **{what: True})["exit"] == 9
    resumed = phases(run, tmp_path / "cut", how, **{what: True})
    for key in ("digest", "recorded", "draws"):
        assert resumed[key] == uncut[key]
