# SPDX-License-Identifier: GPL-2.0-or-later
"""A resume finds the generators that the script has just seeded equal to those of the run's beginning, whatever their
kind and whatever was in their memory before."""

import pytest

KINDS = ("mt19937", "mt19937_64", "Philox_32", "Philox_64", "Threefry_32", "Threefry_64")


@pytest.mark.parametrize("kind", KINDS)
def test_seeds_are_compared_in_each_kind(run, fork, tmp_path, kind):
    straight = fork("generators.py", kind, tmp_path / "straight", 0)
    killed = fork("generators.py", kind, tmp_path / "killed", 1, check=False)
    assert killed.get("exit") == 9 or killed == straight  # it may end before it can be killed
    assert run("generators.py", kind, tmp_path / "killed", 0) == straight
