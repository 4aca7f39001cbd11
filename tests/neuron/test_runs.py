"""Scripts of several runs: those that ended before the checkpoint are passed over, what happens between them takes place."""

import json

import pytest
from conftest import LONG, differences, execute

CUTS = (7.025, 20.0, 29.05, 40.0, 52.1)


@pytest.mark.parametrize("how", ["continuerun", "psolve", "fadvance", "rounds"])
def test_resumed_in_each_run(run, fork, tmp_path, how):
    fork("runs.py", json.dumps({"how": how, "until": 60, "save": "whole.msgpack"}))
    for every in CUTS if LONG or how == "continuerun" else CUTS[1:4]:
        folder = str(tmp_path / str(every))
        options = {"how": how, "every": every, "dir": folder}
        fork("runs.py", json.dumps({**options, "until": 20 * (1 + every // 20.1), "save": "cut.msgpack"}))
        resumed = run("runs.py", json.dumps({**options, "until": 60, "save": "resumed.msgpack"}))
        assert resumed["n_spikes"] > 10
        assert differences(tmp_path / "whole.msgpack", tmp_path / "resumed.msgpack") == [], every


@pytest.mark.parametrize("how, reads", [("panel", "any"), ("panel", "once"), ("rounds", "any")])
def test_no_checkpoint_beyond_the_end_of_a_run(run, fork, tmp_path, how, reads):
    """A step may lead there, before the script changes the model for the next run."""
    options = {"how": how, "reads": reads}
    fork("runs.py", json.dumps({**options, "until": 60, "save": "whole.msgpack"}))
    options.update(every=20.02, dir="checkpoints")
    fork("runs.py", json.dumps({**options, "until": 20, "save": "cut.msgpack"}))
    run("runs.py", json.dumps({**options, "until": 60, "save": "resumed.msgpack"}))
    assert differences(tmp_path / "whole.msgpack", tmp_path / "resumed.msgpack") == []


def test_script_that_ends_before_the_checkpoint(fork):
    options = {"how": "continuerun", "every": 35, "dir": "checkpoints", "save": "state.msgpack"}
    fork("runs.py", json.dumps({**options, "until": 40}))
    errors = fork("runs.py", json.dumps({**options, "until": 20}), status=1)
    assert "ends at 20 ms, before its newest checkpoint, which is of 35 ms" in errors
    assert "If another job is simulating in the same folder" in errors and "else simulate at least until 35 ms" in errors


def test_damaged_newest_is_named_once(tmp_path):
    options = {"network": "ring", "every": 5, "dir": "checkpoints", "save": "state.msgpack"}
    for until in (20, 30):
        status, _, errors = execute("simulate.py", json.dumps({**options, "until": until}), cwd=tmp_path, fresh=False)
        assert status == 0, errors
        newest = max((tmp_path / "checkpoints").glob("ckpt-*.msgpack"))
        newest.write_bytes(newest.read_bytes()[:1000])
    assert errors.count("passed over: ") == 1 and "resumed from" in errors


def test_changed_script_is_named(fork):
    options = {"network": "ring", "every": 5, "dir": "checkpoints", "save": "state.msgpack"}
    fork("simulate.py", json.dumps({**options, "until": 20}))
    errors = fork("simulate.py", json.dumps({**options, "until": 30, "arguments": {"tau": 3}}), status=1)
    assert "point_processes/ExpSyn/tau" in errors and "differs from when this run began" in errors
    errors = fork("simulate.py", json.dumps({**options, "until": 30, "arguments": {"n": 12}}), status=1)
    assert "another model" in errors or "12 ExpSyn" in errors


def test_second_trajectory_has_a_folder_of_its_own(run, fork, tmp_path):
    options = {"network": "ring", "every": 5, "dir": "checkpoints", "until": 20, "trajectories": 2}
    whole = fork("simulate.py", json.dumps({**options, "save": "whole.msgpack"}))
    assert (tmp_path / "checkpoints" / "run-2" / "ckpt-0000000020000000.msgpack").exists()
    resumed = run("simulate.py", json.dumps({**options, "save": "resumed.msgpack"}))
    assert resumed == whole and differences(tmp_path / "whole.msgpack", tmp_path / "resumed.msgpack") == []
