"""Loops of the script's own inside of a run: what they do after NEURON's step is done once, in the step of the checkpoint, too."""

import json

import pytest
from conftest import differences

LOOPS = ["advance", "before", "python", "step", "continuerun", "stopped", "stopped_in_psolve", "event_after_play", "played", "played_at", "interpolated"]
IN_ROUNDS = ["advance", "before", "step"]  # of several steps between two looks at t


@pytest.mark.parametrize("loop, rounds", [(loop, False) for loop in LOOPS] + [(loop, True) for loop in IN_ROUNDS])
def test_resumed(run, fork, tmp_path, loop, rounds):
    options = {"loop": loop, "rounds": rounds}
    whole = fork("loops.py", json.dumps({**options, "until": 30, "save": "whole.msgpack"}))
    options.update(every=9.99 if rounds else 10, dir="checkpoints")
    fork("loops.py", json.dumps({**options, "until": 25, "save": "cut.msgpack"}))
    resumed = run("loops.py", json.dumps({**options, "until": 30, "save": "resumed.msgpack"}))
    assert resumed == whole and (whole["t"] < 21) == loop.startswith("stopped")
    assert differences(tmp_path / "whole.msgpack", tmp_path / "resumed.msgpack") == []
