"""The NetCons of a checkpoint are those that are there, whatever was made, moved or removed since the one before."""

import pytest


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_netcons(run, seed):
    run("netcons.py", seed)
