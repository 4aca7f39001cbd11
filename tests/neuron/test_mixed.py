"""Random networks of several mechanisms, killed and resumed at three times, end like those that were not.

With TORPOR_NEURON_LONG=1 in the environment: many seeds.
"""

import json
import os

import pytest
import torpor
from conftest import start

QUICK, LONG = range(12), range(12, 300)
SEEDS = [*QUICK, *LONG] if os.environ.get("TORPOR_NEURON_LONG") == "1" else QUICK


@pytest.fixture(scope="module")
def swept(tmp_path_factory):
    """A folder in which each seed was simulated, killed and resumed, and how these processes ended."""
    folder = tmp_path_factory.mktemp("mixed")
    for what in ("cut", "resume"):
        process = start("sweep.py", what, folder, "mixed", *map(str, SEEDS), cwd=folder)
        out, errors = process.communicate(timeout=3000)
        assert process.returncode == 0, out[-500:] + errors[-2000:]
    return folder, json.loads((folder / "cut.json").read_text())["results"], json.loads((folder / "resumed.json").read_text())


@pytest.mark.parametrize("seed", [str(seed) for seed in SEEDS])
def test_killed_and_resumed(swept, seed):
    folder, cut, resumed = swept
    assert cut[seed] == {"straight": "", "killed": "status -9"} and resumed[seed] == ["", "", ""]
    whole = folder / seed / "straight.msgpack"
    for number in (1, 2, 3):
        assert torpor.diff(whole, folder / seed / f"resumed-{number}.msgpack") == []


def test_seeds_differ(swept):
    """The comparison would notice another network."""
    folder, *_ = swept
    assert len(torpor.diff(folder / "0" / "straight.msgpack", folder / "1" / "straight.msgpack")) > 10
