"""Each piece of state is needed: a restore without it does not end like the run that was not cut.

Each lies in the file once, and the restored state is what lies there. See ablation.py.
"""

import json

import pytest
from conftest import differences, fork_script, run_script

CUT, UNTIL = 37.025, 80.0
PIECES = {
    "ring": [
        "populations/segments/v",
        "populations/mechanisms/hh/m",
        "populations/mechanisms/hh/h",
        "populations/mechanisms/hh/n",
        "populations/point_processes/ExpSyn/g",
        "populations/artificial_cells/NetStim",
        "trees/vectors/Vector[1]",
    ],
    "integrate_and_fire": ["populations/artificial_cells/IntFire1/m", "populations/artificial_cells/IntFire4/m"],
    "watched": ["trees/watch", "trees/random/scop_random", "populations/point_processes/Watched/x", "trees/events"],
    "stochastic": [
        "populations/mechanisms/stochastic/stream",
        "populations/mechanisms/stochastic/open",
        "populations/mechanisms/stochastic/_hidden5",
        "trees/globals/n_calls_stochastic",
    ],
    "randoms": ["trees/random/numbers", "trees/random/kept"],
    "played": ["trees/play_records/position", "trees/events"],
    "extracellular": ["populations/mechanisms/extracellular/vext"],
}


@pytest.fixture(scope="module")
def saved(tmp_path_factory):
    """By network: a folder with the state at the start, at the cut, and at the end."""
    made = {}

    def make(network):
        if network not in made:
            folder = made[network] = tmp_path_factory.mktemp(network)
            for name, until in (("initial", 0.025), ("checkpoint", CUT), ("whole", UNTIL)):
                options = {"network": network, "until": until, "save": str(folder / f"{name}.msgpack")}
                fork_script("simulate.py", json.dumps(options), cwd=folder)
        return made[network]

    return make


@pytest.mark.parametrize("network, piece", [(network, piece) for network, pieces in PIECES.items() for piece in ["", *pieces]])
def test_left_out(tmp_path, saved, network, piece):
    folder = saved(network)
    options = {"network": network, "until": UNTIL, "save": "end.msgpack", "pieces": [piece] if piece else []}
    for name in ("initial", "checkpoint"):
        options[name] = str(folder / f"{name}.msgpack")
    # In a fresh process, if nothing is left out.
    result = (fork_script if piece else run_script)("ablation.py", json.dumps(options), cwd=tmp_path)
    found = result.get("error") or differences(folder / "whole.msgpack", tmp_path / "end.msgpack")
    assert bool(found) == bool(piece), found
