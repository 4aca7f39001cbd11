"""What a script reads between its runs, and does by it: the same when these runs are passed over, or an error that names tn.once."""

import json
import signal

import pytest
from conftest import WAYS, differences, execute, run_until_killed


def die(tmp_path, number, **options):
    """Kill the script in the middle of its run `number`."""
    run_until_killed("closed_loop.py", {**options, "die_in": number}, tmp_path)


@pytest.mark.parametrize("way", WAYS)
def test_killed_in_each_run(run, fork, tmp_path, way):
    """Uninterrupted; then killed in its second run, resumed, killed in its third, resumed: what was read, and the state."""
    options = WAYS[way]
    whole = fork("closed_loop.py", json.dumps({**options, "dir": "whole", "save": "whole.msgpack"}))
    options = {**options, "dir": "checkpoints", "save": "resumed.msgpack"}
    for number in (0, 1, 2):
        die(tmp_path, number, **options)
    resumed = run("closed_loop.py", json.dumps(options))
    assert len(resumed["found"][2]["spikes"]) > 5 and resumed["found"] == whole["found"]
    assert differences(tmp_path / "whole.msgpack", tmp_path / "resumed.msgpack") == []
    assert fork("closed_loop.py", json.dumps(options))["drawn"][:2] == resumed["drawn"][:2], "once() was not kept"


@pytest.mark.parametrize("how", ["continuerun", "psolve"])
@pytest.mark.parametrize("between", ["dt", "nseg", "cell"])
def test_model_changed_between_runs(run, fork, tmp_path, how, between):
    options = {"how": how, "between": between}
    whole = fork("closed_loop.py", json.dumps({**options, "save": "whole.msgpack"}))
    options = {**options, "dir": "checkpoints", "save": "resumed.msgpack"}
    for number in (1, 2):
        die(tmp_path, number, **options)
    resumed = run("closed_loop.py", json.dumps(options))
    assert resumed["found"] == whole["found"]
    assert differences(tmp_path / "whole.msgpack", tmp_path / "resumed.msgpack") == []


def test_error_in_a_run(run, fork, tmp_path):
    """A script that ends by an error in its second run, and is mended, goes on there."""
    options = {"how": "psolve", "dir": "checkpoints", "save": "end.msgpack"}
    assert "ZeroDivisionError" in fork("closed_loop.py", json.dumps({**options, "fail_in": 1}), status=1)
    assert max((tmp_path / "checkpoints").glob("ckpt-*.msgpack")).name == "ckpt-0000000035000000.msgpack"
    assert len(run("closed_loop.py", json.dumps(options))["found"]) == 3


def test_checkpoints_do_not_change_the_run(fork, tmp_path):
    whole = fork("closed_loop.py", json.dumps({"how": "continuerun", "save": "whole.msgpack"}))
    armed = fork("closed_loop.py", json.dumps({"how": "continuerun", "dir": "checkpoints", "save": "armed.msgpack"}))
    assert whole["found"] == armed["found"] and differences(tmp_path / "whole.msgpack", tmp_path / "armed.msgpack") == []
    assert len(list((tmp_path / "checkpoints" / "ends").glob("run-*.msgpack"))) == 2, "the last end is of no use"


def test_ends_of_runs_do_not_put_off_checkpoints(fork, tmp_path):
    """By wall time, where each run is shorter."""
    options = {"how": "psolve", "ends": list(range(2, 160, 2)), "every": None, "options": {"every_wall": "100 ms"}}
    fork("closed_loop.py", json.dumps({**options, "dir": "checkpoints", "save": "end.msgpack"}))
    assert list((tmp_path / "checkpoints").glob("ckpt-*.msgpack"))


def test_what_was_not_read_by_once_is_not_a_number(fork, tmp_path):
    options = {"how": "continuerun", "reads": "once", "careless": True, "dir": "checkpoints", "save": "end.msgpack"}
    die(tmp_path, 1, **options)
    found = fork("closed_loop.py", json.dumps(options))["found"]
    assert found[0]["v"] != found[0]["v"] and found[0]["g"] != found[0]["g"] and found[0]["spikes"] == []
    assert found[1]["v"] == found[1]["v"] and len(found[1]["spikes"]) > 5


def test_refusals(fork, tmp_path):
    options = {"how": "continuerun", "dir": "checkpoints", "save": "end.msgpack"}
    errors = fork("closed_loop.py", json.dumps({**options, "how": "fadvance"}), status=1)
    assert "h.fadvance()" in errors and "tn.once(function)" in errors and not (tmp_path / "checkpoints").exists()
    die(tmp_path, 2, **options)
    for change, text in [
        ({"ends": [20, 30, 60]}, "run 2 of the script ends at 30 ms, and ended at 40 ms when an earlier process simulated it"),
        ({"change": 4}, "point_processes/ExpSyn/tau differs from when run 3 of this script began"),
    ]:
        assert text in fork("closed_loop.py", json.dumps({**options, **change}), status=1)
    other = {**options, "dir": "other", "options": {"resume": str(next((tmp_path / "checkpoints").glob("ckpt-*.msgpack")))}}
    fork("closed_loop.py", json.dumps(other))  # brings the ends along
    fork("closed_loop.py", json.dumps({**options, "dir": "other"}))
    (first, *_) = (tmp_path / "checkpoints" / "ends").glob("run-1-*.msgpack")
    first.write_bytes(first.read_bytes()[:-1000])
    errors = fork("closed_loop.py", json.dumps(options), status=1)
    assert "the end of run 1, which an earlier process has simulated, cannot be restored" in errors and "tn.once" in errors


def test_ends_that_take_too_much_room(fork, tmp_path):
    """The run goes on, and a resume in a later run says what is missing."""
    options = {"how": "continuerun", "dir": "limited", "save": "end.msgpack", "options": {"most_end_bytes": 1}}
    status, _, errors = execute("closed_loop.py", json.dumps({**options, "die_in": 2}), cwd=tmp_path, fresh=False)
    assert status == -signal.SIGKILL and errors.count("the ends of 1 runs take") == 1
    errors = fork("closed_loop.py", json.dumps(options), status=1)
    assert "the end of run 2, which an earlier process has simulated, cannot be restored" in errors and 'reads="once"' in errors
