# SPDX-License-Identifier: GPL-2.0-or-later
"""Random networks of several models, cut at random times, end like uncut ones."""

import pytest
from conftest import fork_script

QUICK = 4


def check(run, tmp_path, seed):
    straight = fork_script("mixed.py", "straight", seed, tmp_path)
    killed = fork_script("mixed.py", "kill", seed, tmp_path, check=False)
    assert killed.get("exit") == 9 or killed == straight  # it may end before it can be killed
    assert run("mixed.py", "resume", seed, tmp_path) == straight
    # NEST itself lets Ca decay in other steps where a run is split.
    saved = fork_script("mixed.py", "save", seed, tmp_path)
    assert run("mixed.py", "restore", seed, tmp_path) == saved


@pytest.mark.parametrize("seed", range(QUICK))
def test_killed_and_saved(run, tmp_path, seed):
    check(run, tmp_path, seed)


@pytest.mark.long
@pytest.mark.parametrize("seed", range(QUICK, 300))
def test_further_seeds(run, tmp_path, seed):
    check(run, tmp_path, seed)
