"""A run that was cut, in a fresh process that resumes it: it ends in the same state as one that was not, bit for bit.

With TORPOR_NEURON_LONG=1 in the environment: three cuts of every network.
"""

import json
import signal
import time
from pathlib import Path

import pytest
from conftest import LONG, differences, fork_script, start

NETWORKS = ["ring", "integrate_and_fire"]
OTHERS = ["watched", "stochastic", "randoms", "played", "extracellular", "linear_mechanism", "gap_junctions", "pointers", "vec_events",
          "threads", "multi_compartment_ions"]
CUTS, UNTIL = (3.025, 37.025, 61.5), 80.0


def cut_and_resume(run, folder, cut, **options):
    """Simulate until `cut` with a checkpoint there, then in a fresh process until the end. The file of the state at the end."""
    options = {**options, "every": f"{cut} ms", "dir": str(folder / "checkpoints"), "save": str(folder / "cut.msgpack")}
    fork_script("simulate.py", json.dumps({**options, "until": cut}), cwd=folder)
    resumed = run("simulate.py", json.dumps({**options, "until": UNTIL, "save": str(folder / "resumed.msgpack")}))
    assert resumed["n_spikes"] > 0, "a network that does not fire proves nothing"
    return folder / "resumed.msgpack"


@pytest.mark.parametrize(
    "network, how",
    [(network, how) for network in NETWORKS for how in ("run", "psolve", "fadvance")]
    + [(network, "psolve") for network in OTHERS]
    + [("statements", "run"), ("callbacks", "run")],
)
def test_same_state_for_each_cut(run, fork, tmp_path, network, how):
    options = {"network": network, "how": how}
    whole = tmp_path / "whole.msgpack"
    # rxd makes Vectors, whose numbers depend on how often NEURON has looked at the model, and counts that in its state;
    # threads exchange events at times that depend on where psolve() was begun. Both are the same with
    # checkpoints in either run.
    armed = {"dir": "whole", "every": 1000} if network in ("multi_compartment_ions", "threads") else {}
    counted = ["trees/rxd/state"] if network == "multi_compartment_ions" else []
    fork("simulate.py", json.dumps({**options, **armed, "until": UNTIL, "save": str(whole)}))
    for cut in CUTS if LONG or network in NETWORKS else CUTS[1:]:
        folder = tmp_path / str(cut)
        folder.mkdir()
        assert [path for path in differences(whole, cut_and_resume(run, folder, cut, **options)) if path not in counted] == []


def test_another_seed_differs(fork, tmp_path):
    """The comparison notices what a wrong generator would change."""
    for seed in (7, 8):
        options = {"network": "ring", "until": UNTIL, "arguments": {"seed": seed}, "save": str(tmp_path / f"{seed}.msgpack")}
        fork("simulate.py", json.dumps(options))
    found = differences(tmp_path / "7.msgpack", tmp_path / "8.msgpack")
    assert "populations/segments/v" in found and "trees/vectors/Vector[1]" in found


def newest_ms(folder):
    return max((int(file.name[5:21]) / 1e6 for file in Path(folder).glob("ckpt-*.msgpack")), default=0.0)


@pytest.mark.parametrize("network", NETWORKS)
def test_killed_from_outside(run, fork, tmp_path, network):
    """SIGKILL at any moment, twice; the run that is killed would go on for long, so that no machine is too slow."""
    options = {"network": network, "dir": "checkpoints", "every": 5, "save": "never.msgpack", "until": 1e6}
    reached = 0.0
    for _ in range(2):
        process = start("simulate.py", json.dumps(options), cwd=tmp_path)
        while newest_ms(tmp_path / "checkpoints") <= reached:
            assert process.poll() is None, process.communicate()
            time.sleep(0.002)
        process.kill()
        process.communicate()
        assert process.returncode == -signal.SIGKILL
        reached = newest_ms(tmp_path / "checkpoints")
    until = reached + 20.0
    run("simulate.py", json.dumps({**options, "until": until, "save": "resumed.msgpack"}))
    fork("simulate.py", json.dumps({"network": network, "until": until, "save": "whole.msgpack"}))
    assert differences(tmp_path / "whole.msgpack", tmp_path / "resumed.msgpack") == []
