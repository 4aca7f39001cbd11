# SPDX-License-Identifier: GPL-2.0-or-later
"""Scripts of several runs that are killed resume in the same run. Changes between the runs take effect once."""

import functools
import json

import pytest
from conftest import LONG, fork_script


def phases(start, folder, how, check=True, **options):
    folder.mkdir(exist_ok=True)
    options = {"style": "simulate", "simulate": {"every": 25.0, "dir": str(folder / "c")}, **options}
    return start("phases.py", how, json.dumps(options), check=check)


@pytest.fixture(scope="module")
def uncut_in(tmp_path_factory):
    """By style: the end of a run without checkpoints."""
    return functools.cache(lambda style: phases(fork_script, tmp_path_factory.mktemp(style), "plainly", style=style))


ALL = [(how, style, n) for how, style in (("simulate", "simulate"), ("every", "simulate"), ("every", "run")) for n in (0, 1, 3)]
QUICK = [("simulate", "simulate", 0), ("simulate", "simulate", 3), ("every", "simulate", 1), ("every", "run", 0), ("every", "run", 3)]


@pytest.mark.parametrize("how, style, die_after", ALL if LONG else QUICK)
def test_killed_in_one_of_several_runs(run, fork, tmp_path, uncut_in, how, style, die_after):
    uncut = {**uncut_in(style)}
    assert uncut["recorded"] > 1000
    assert phases(fork, tmp_path / "cut", how, check=False, style=style, die_after=die_after)["exit"] == 9
    resumed = phases(run, tmp_path / "cut", how, style=style)
    assert resumed.pop("found") == (how == "every")
    uncut.pop("found")
    assert resumed == uncut


@pytest.mark.parametrize("how, what", [("simulate", "grow"), ("every", "grow"), ("simulate", "plain")])
def test_network_that_grows(run, fork, tmp_path, how, what):
    """grow: the checkpoint of a later run has nodes that the script creates between runs, with the ids that they have
    without checkpoints. plain: part of the time is simulated without checkpoints."""
    uncut = phases(fork, tmp_path / "uncut", "plainly", **{what: True})
    assert phases(fork, tmp_path / "cut", how, check=False, die_after=2, **{what: True})["exit"] == 9
    resumed = phases(run, tmp_path / "cut", how, **{what: True})
    for key in ("digest", "recorded", "draws"):
        assert resumed[key] == uncut[key]
