"""Variables of hoc that statements of hoc change in a run, and that the simulation depends on."""

import json

import pytest
from conftest import WAYS, differences, run_until_killed

import torpor


def die(tmp_path, at, **options):
    run_until_killed("hoc_variables.py", {**options, "die_at": at}, tmp_path)


@pytest.mark.parametrize("way", WAYS)
def test_killed_and_resumed(run, fork, tmp_path, way):
    """Uninterrupted; killed in the first and in the second run, and resumed: the state, and what the variables hold."""
    options = {**WAYS[way], "every": 7, "dir": "whole", "save": "whole.msgpack"}
    whole = fork("hoc_variables.py", json.dumps(options))
    options.update(dir="checkpoints", save="resumed.msgpack")
    for at in (16, 33):
        die(tmp_path, at, **options)
    resumed = run("hoc_variables.py", json.dumps(options))
    x, kicks, limit, *_ = whole["held"]
    assert x > 100 and kicks > 1 and limit > 200 and len(whole["spikes"]) > 5
    assert resumed == whole
    assert differences(tmp_path / "whole.msgpack", tmp_path / "resumed.msgpack") == []


def test_what_the_script_sets(run, fork, tmp_path):
    """A longer run, and another variable of the script's own, are the script's after a resume."""
    options = {"how": "continuerun", "every": 7, "dir": "checkpoints", "save": "resumed.msgpack", "ends": [20]}
    fork("hoc_variables.py", json.dumps(options))
    longer = {**options, "ends": [30], "declares": "mine_ = 5"}
    resumed = run("hoc_variables.py", json.dumps(longer))
    whole = fork("hoc_variables.py", json.dumps({**longer, "dir": "whole"}))
    assert resumed == whole and resumed["held"][-2:] == [30, 1]


def test_rewound_in_one_process(fork):
    """Variables that had not changed when the file was saved, too."""
    first, again = fork("hoc_variables.py", json.dumps({"how": "continuerun", "rewinds": True, "save": "end.msgpack"}))["held"]
    assert first == again and first[0] > 100


def test_saves_are_the_same(fork, tmp_path):
    """What a run takes in wall time is in none, nor what stdrun.hoc counts."""
    options = {"how": "continuerun", "every": 7, "ends": [20]}
    for name in "abc":
        fork("hoc_variables.py", json.dumps({**options, "dir": name, "save": f"{name}.msgpack"}))
        assert differences(tmp_path / "a.msgpack", tmp_path / f"{name}.msgpack") == []
    saved = [torpor.msgpack_load(str(next((tmp_path / name).glob("ckpt-*14000000.msgpack"))))["trees"]["hoc"] for name in "abc"]
    members = [f"Counter[1].{name}" for name in ("n", "name", "of_phase")]
    assert list(saved[0]) == [*members, "kicks_", "last_", "on_the_fly_", "seen_", "x_"]
    assert len({repr(tree) for tree in saved}) == 1


def test_what_cannot_be_set_again_is_named(fork, tmp_path):
    options = {"how": "continuerun", "every": 7, "dir": "checkpoints", "save": "end.msgpack", "ends": [20]}
    fork("hoc_variables.py", json.dumps(options))
    for hoc, text in [("double seen_[2][2]", "trees/hoc/seen_: expected float64 [2, 2], found float64 [3, 2]"), ("double x_[2]", "trees/hoc/x_"),
                      ("objref counters_[2]", "Counter[1].n, which a run had changed when it was saved, is not there")]:  # fmt: skip
        errors = fork("hoc_variables.py", json.dumps({**options, "ends": [30], "declares": hoc}), status=1)
        assert text in errors
