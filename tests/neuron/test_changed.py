"""What is changed of the model before a run that is resumed, or in it: restored, or an error that names it."""

import json

import pytest


def simulate(run, **options):
    return run("changed.py", json.dumps(options))


def test_membrane_currents(run):
    """Those of use_fast_imem, recorded over a resume, and read between runs that are passed over."""
    whole = simulate(run, ends=[6, 16, 30])
    simulate(run, dir="checkpoints", ends=[6, 16])
    assert simulate(run, dir="checkpoints", ends=[6, 16, 30]) == whole
    assert 0.0 not in [current for _, current, *_ in whole["found"]]


@pytest.mark.parametrize("statement", ["dend.Ra = 300", "dend.rallbranch = 3", "secondorder = 2"])
def test_restored(run, statement):
    """Set by a statement of hoc in the run."""
    whole = simulate(run, in_run=statement)
    assert whole["found"] != simulate(run)["found"]
    simulate(run, in_run=statement, dir="checkpoints", ends=[22])
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
def test_another_model_is_named(run, change, named):
    simulate(run, dir="checkpoints", ends=[12])
    change = change if isinstance(change, dict) else {"before": change}
    assert named in run("changed.py", json.dumps({**change, "dir": "checkpoints"}), status=1)
