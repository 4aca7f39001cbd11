"""What is changed of the model before a run that is resumed, or in it: restored, or an error that names it."""

import json

import pytest
from conftest import execute


def simulate(start, **options):
    return start("changed.py", json.dumps(options))


def test_membrane_currents(run, fork):
    """Those of use_fast_imem, recorded over a resume, and read between runs that are passed over."""
    whole = simulate(fork, ends=[6, 16, 30])
    simulate(fork, dir="checkpoints", ends=[6, 16])
    assert simulate(run, dir="checkpoints", ends=[6, 16, 30]) == whole
    assert 0.0 not in [current for _, current, *_ in whole["found"]]


@pytest.mark.parametrize("statement", ["dend.Ra = 300", "dend.rallbranch = 3", "secondorder = 2", "noise.MCellRan4(5)"])
def test_restored(run, fork, statement):
    """Set by a statement of hoc in the run."""
    whole = simulate(fork, in_run=statement)
    assert whole["found"] != simulate(fork)["found"]
    simulate(fork, in_run=statement, dir="checkpoints", ends=[22])
    assert simulate(run, in_run=statement, dir="checkpoints") == whole


@pytest.mark.parametrize(
    "change, named",
    [
        ("dend.Ra = 300", "trees/sections/Ra"),
        ("dend.rallbranch = 3", "trees/sections/rallbranch"),
        ("soma { disconnect() }  soma connect dend(0), 0.5", "trees/sections/parent_x"),
        ("secondorder = 2", "trees/globals/secondorder"),
        ({"interval": 0.25}, "Vector[1] has interval 0.25"),
        ({"x": 0.7}, "Vector[1] has variable v"),
        ("netcon.record(new Vector())", "PreSyn/times"),
    ],
)
def test_another_model_is_named(fork, change, named):
    simulate(fork, dir="checkpoints", ends=[12])
    change = change if isinstance(change, dict) else {"before": change}
    assert named in fork("changed.py", json.dumps({**change, "dir": "checkpoints"}), status=1)


@pytest.mark.parametrize("statement", ["trace.record(&dend.v(0.7), 0.5)", "steps.play_remove()", "cvode.record_remove(steps)"])
def test_records_otherwise_between_runs(fork, statement):
    """That is what the next run is compared with then."""
    whole = simulate(fork, between=statement, ends=[6, 16])
    assert simulate(fork, between=statement, ends=[6, 16], dir="checkpoints") == whole


@pytest.mark.parametrize(
    "then, now, named",
    [
        ({"ends": [12]}, {"at": 13}, "trees/events/time differs from when this run began"),
        ({"ends": [12, 18], "later": 4}, {"ends": [12, 18], "later": 5}, "trees/events/time differs from when run 2 of this script began"),
    ],
)
def test_another_event_is_named(fork, then, now, named):
    """That the script itself puts into the queue before a run."""
    simulate(fork, dir="checkpoints", **then)
    assert named in fork("changed.py", json.dumps({**now, "dir": "checkpoints"}), status=1)


@pytest.mark.parametrize(
    "statement, named",
    [
        ("dend.L = 300", "L of section dend has changed"),
        ("dend.diam = 2", "the area of segment dend(0.1) has changed"),
        ("dend { pt3dadd(0, 0, 0, 1)  pt3dadd(400, 0, 0, 2) }", "the area of segment dend("),
        ("soma clamp.loc(0.5)", "an object of IClamp has got another place"),
        ("netcon.setpost(other)", "NetCon.setpost() has been called"),
        ("netcon.record()", "NetCon.record() has been called"),
        ("trace.record(&dend.v(0.7), 0.5)", "Vector.record(), Vector.play() or Vector.play_remove() has been called"),
        ("steps.play_remove()", "Vector.record(), Vector.play() or Vector.play_remove() has been called"),
        ("cvode.active(1)", "CVode.active() has been changed"),
    ],
)
def test_refused_by_name_in_the_run(tmp_path, statement, named):
    """The checkpoints before stay, so that a resume makes the change again."""
    _, _, errors = execute("changed.py", json.dumps({"in_run": statement, "dir": "checkpoints", "ends": [18]}), cwd=tmp_path, fresh=False)
    assert named in errors
    newest = max(int(file.name[5:21]) for file in (tmp_path / "checkpoints").glob("ckpt-*.msgpack"))
    assert newest == 10_000_000


def test_parameters_that_are_swept(run, fork):
    """tn.run() for each of them, in one folder: each is a trajectory of its own, also when the script is started again."""
    first = fork("parameters.py", "run", "checkpoints")
    assert len(set(first)) == 3
    assert run("parameters.py", "run", "checkpoints") == first == fork("parameters.py", "plain", "-")


def test_restore_before_initialisation(run, fork):
    whole = fork("parameters.py", "save", "half.msgpack")
    assert len(whole) == 801
    assert run("parameters.py", "restore", "half.msgpack") == whole
