# SPDX-License-Identifier: GPL-2.0-or-later
"""Scripts that draw nodes and connections between their runs: resumed in a later run, they draw the same ones, although the
earlier runs are skipped."""

import json

import pytest

from test_phases import phases


@pytest.mark.parametrize(
    "how, style, threads, rng, seed, durations, deaths",
    [
        ("simulate", "simulate", 1, "mt19937_64", 7, [60.3, 60.3, 60.3], [1]),
        ("every", "simulate", 2, "Philox_32", 11, [0.2, 60.1, 40.0, 60.3], [2, 3]),
        ("every", "manager", 4, "Threefry_64", 5, [50.0, 50.0, 31.8], [2]),
    ],
    ids=["one-thread", "resumed-twice-first-run-within-a-slice", "four-threads-prepare-and-run"],
)
def test_drawn_between_runs(run, fork, tmp_path, how, style, threads, rng, seed, durations, deaths):
    network = {"threads": threads, "rng": rng, "seed": seed}
    same = dict(network=network, style=style, phases=durations, draw=True)
    if rng == "Philox_32":
        same["other_rng"] = "mt19937"  # from the end of the first run on
    uncut = phases(fork, tmp_path / "uncut", "plainly", **same)
    assert uncut["recorded"] > 1000
    for die_after in deaths:
        assert phases(fork, tmp_path / "cut", how, check=False, die_after=die_after, **same)["exit"] == 9
    resumed = phases(run, tmp_path / "cut", how, **same)
    assert resumed.pop("found") == (how == "every")
    uncut.pop("found")
    assert resumed == uncut


def test_chosen_by_results_of_an_earlier_run(run, fork, tmp_path):
    """The spikes of a skipped run are those that the script read then."""
    uncut = phases(fork, tmp_path / "uncut", "plainly", choose=True)
    assert phases(fork, tmp_path / "cut", "simulate", check=False, die_after=1, choose=True)["exit"] == 9
    assert phases(run, tmp_path / "cut", "simulate", choose=True) == uncut
