# SPDX-License-Identifier: GPL-2.0-or-later
"""Networks whose synapses come and go during a run, resumed in a fresh process, end byte for byte like the uncut run."""

import json
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
import torpor
from conftest import LONG, fork_script

CURVES = ("linear", "gaussian", "sigmoid")
# Cuts between two updates (each 20 ms), at one, and in the middle of a slice of 1 ms. 300 synapses of the script's own
# come to be in another order each time they are sorted, 1500 do not.
CASES = [
    dict(curve="linear", synapse="static_synapse", fixed=300, save_at=265.0, seed=1, drawn=True),
    dict(curve="gaussian", synapse="stdp_synapse", fixed=0, save_at=203.7, seed=2, rng="Philox_32"),
    dict(curve="sigmoid", synapse="tsodyks_synapse", fixed=1500, save_at=260.0, seed=3, gaps=True),
]
MORE = [
    dict(curve=curve, synapse=synapse, fixed=fixed, save_at=save_at, seed=seed, until=500.0, interval=interval)
    for curve in CURVES
    for synapse in ("static_synapse", "stdp_synapse", "stdp_synapse_hom", "tsodyks_synapse")
    for seed, (fixed, save_at, interval) in enumerate(
        [(0, 63.2, 10.0), (300, 180.0, 20.0), (300, 244.9, 17.0), (1500, 300.0, 0.5), (40, 377.7, 1.0)], start=11
    )
] + [dict(named="", fixed=300, save_at=110.5, seed=20, until=200.0)]  # they are sorted, but none is made


def name(case):
    return "-".join(str(value) for value in case.values())


def growing(path, model="growing_ex"):
    """Synapses of a checkpoint: how many exist, and how many were removed."""
    disabled = torpor.msgpack_load(str(path))["populations"]["synapses"][model]["disabled"]
    n = len(torpor.msgpack_load(str(path))["trees"]["labels"][f"synapses/{model}"]["target"])
    n_removed = int(np.broadcast_to(disabled, n).sum())
    return n - n_removed, n_removed


def pair(run, tmp_path, case, **more):
    """The final states of the run that is saved on its way, and of the run that is resumed there."""
    options = {"until": 320.0, "path": str(tmp_path / "x"), **case}
    saved = fork_script("plastic.py", "save", json.dumps(options))
    resumed = run("plastic.py", "restore", json.dumps({**options, **more}))
    return options, saved, resumed


def differences(path, *kinds):
    one, other = (f"{path}.{kind}" for kind in kinds)
    return list(torpor.diff(one, other).paths())


@pytest.mark.parametrize("case", CASES, ids=name)
def test_resumed_run_is_the_same(run, tmp_path, case):
    options, saved, resumed = pair(run, tmp_path, case)
    assert resumed == saved and saved["recorded"] > 500
    assert differences(options["path"], "save", "restore") == []
    there, removed = growing(options["path"])
    there_later, removed_later = growing(options["path"] + ".save")
    assert 0 < removed < removed_later, "no synapse was removed before, or behind the cut"
    assert there + removed < there_later + removed_later, "no synapse was made behind the cut"


@pytest.mark.long
@pytest.mark.parametrize("case", MORE, ids=name)
def test_further_networks(run, tmp_path, case):
    options, saved, resumed = pair(run, tmp_path, case)
    assert resumed == saved and saved["recorded"] > 500
    assert differences(options["path"], "save", "restore") == []


def test_saving_changes_nothing(fork, tmp_path):
    options = {**CASES[1], "until": 260.0, "path": str(tmp_path / "x")}
    assert fork("plastic.py", "save", json.dumps(options)) == fork("plastic.py", "straight", json.dumps(options))


@pytest.mark.parametrize("case", [CASES[0], CASES[2]], ids=name)
def test_killed_inside_of_one_run(run, tmp_path, case):
    """Checkpoints each 23 ms: in all phases of the updates, each 20 ms."""
    case = {key: value for key, value in case.items() if key != "save_at"}
    simulate = {"dir": str(tmp_path / "c"), "every": 23.0}
    options = {**case, "until": 1e6, "path": str(tmp_path / "x"), "simulate": simulate}
    script = Path(__file__).parent / "plastic.py"
    for above in (4, 9):
        process = subprocess.Popen([sys.executable, script, "simulate", json.dumps(options)], stdout=subprocess.DEVNULL)
        while newest_step(tmp_path / "c") < above * 230:
            assert process.poll() is None
            time.sleep(0.002)
        process.kill()
        assert process.wait() == -signal.SIGKILL
    options["until"] = newest_step(tmp_path / "c") / 10 + 77.0
    resumed = run("plastic.py", "simulate", json.dumps(options))
    assert resumed == fork_script("plastic.py", "plainly", json.dumps(options)) and resumed["recorded"] > 500
    paths = differences(options["path"], "simulate", "plainly")
    assert [path for path in paths if "to_do_total_" not in path and "earlier_runs" not in path] == []


def test_resumed_in_one_of_several_runs(run, tmp_path):
    options = {**CASES[0], "path": str(tmp_path / "x"), "simulate": {"dir": str(tmp_path / "c"), "every": 23.0}}
    del options["save_at"]
    fork_script("plastic.py", "every", json.dumps({**options, "until": 210.0}))
    # finish() has saved the end. A run that goes on from there is split there, which changes the last bits of calcium traces.
    (tmp_path / "c" / "ckpt-0000000000002100.msgpack").unlink()
    assert newest_step(tmp_path / "c") == 2070
    resumed = run("plastic.py", "every", json.dumps({**options, "until": 320.0}))
    assert resumed == fork_script("plastic.py", "runs", json.dumps({**options, "until": 320.0})) and resumed["recorded"] > 500


def test_which_synapses_there_are_is_not_kept(run, tmp_path):
    """The script learns so when it begins its next run, not only when it is started again."""
    options = {**CASES[0], "path": str(tmp_path / "x"), "simulate": {"dir": str(tmp_path / "c"), "every": 23.0}, "looks": True}
    del options["save_at"]
    once = json.dumps({**options, "until": 80.0})
    run("plastic.py", "every", once, PYTHONWARNINGS="error::RuntimeWarning")
    warned = run("plastic.py", "every", json.dumps({**options, "until": 90.0}), check=False, PYTHONWARNINGS="error::RuntimeWarning")
    assert "RuntimeWarning: the script has read which synapses there are, by nest.GetConnections" in warned["text"]


def newest_step(folder):
    return max((int(f.name[5:21]) for f in folder.glob("ckpt-*.msgpack")), default=0)


STATE = ["", "/Ca", "synaptic_elements_map_", "generators/rank_synced", "generators/thread/"]


@pytest.fixture(scope="module")
def redefined(tmp_path_factory):
    """The script changes how synapses grow, and how often they come and go, before it saves."""
    path = tmp_path_factory.mktemp("plastic") / "x"
    options = dict(until=260.0, save_at=170.5, redefine=True, seed=5, path=str(path))
    return options, fork_script("plastic.py", "save", json.dumps(options))


@pytest.mark.parametrize("kind", [*STATE, "structural_plasticity_update_interval_", "structural_plasticity_enabled_"])
def test_left_out(fork, redefined, kind):
    options, saved = redefined
    enable = {"enable": False} if "enabled" in kind or not kind else {}
    result = fork("plastic.py", "restore", json.dumps({**options, "leave_out": kind, **enable}), check=False)
    assert (result.get("digest") == saved["digest"]) == (not kind), result


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory):
    path = tmp_path_factory.mktemp("refused") / "x"
    fork_script("plastic.py", "save", json.dumps(dict(until=121.0, save_at=120.0, path=str(path))))
    return path


def attempt(fork, options, path):
    result = fork("refused.py", json.dumps(options), path, "plastic")
    assert result["goes_on"], "NEST did not go on as if nothing had been tried"
    return result["error"]


@pytest.mark.parametrize(
    "options, words",
    [
        ({"n": 50}, ["growing_", "is not in this network"]),
        ({"n": 70}, ["iaf_psc_exp", "70", "60"]),
        ({"synapse": "stdp_synapse"}, ["growing_ex", "stdp_synapse"]),
        ({"fixed": 30}, ["static_synapse", "other synapses"]),
        ({"weight": 80.0, "named": "other"}, ["structural_plasticity_synapses", "other"]),
        ({"threads": 2, "enable": False}, ["thread"]),
    ],
    ids=lambda value: "-".join(map(str, value.values())) if isinstance(value, dict) else None,
)
def test_other_network(fork, checkpoint, options, words):
    error = attempt(fork, options, checkpoint)
    assert error and all(word in error for word in words), error


def change(tree, key, index, value):
    labels = tree["trees"]["labels"]["synapses/growing_ex"]
    labels = labels if key in labels else labels["source"]
    labels[key] = labels[key].copy()
    labels[key][index] = value


def drop(tree, key):
    del tree["trees"]["labels"]["synapses/growing_ex"][key]


MANIPULATIONS = {
    "no such node": lambda t: change(t, "target", 3, 4_000_000),
    "node 0": lambda t: change(t, "target", 3, 0),
    "a device": lambda t: change(t, "target", 3, 61),
    "another target": lambda t: change(t, "target", 3, t["trees"]["labels"]["synapses/growing_ex"]["target"][3] % 60 + 1),
    "source of a device": lambda t: change(t, "values", -1, 62),
    "unsorted": lambda t: change(t, "values", 0, 59),
    "many": lambda t: change(t, "counts", 0, 4_000_000_000),
    "no targets": lambda t: drop(t, "target"),
    "no labels": lambda t: t["trees"]["labels"].pop("synapses/growing_ex"),
}


@pytest.mark.parametrize("damage", MANIPULATIONS if LONG else ["no such node", "another target", "many", "no labels"])
def test_content_that_does_not_fit(fork, checkpoint, tmp_path, damage):
    """Index and digests are right, but the values are not: this is noticed before anything is changed."""
    tree = torpor.msgpack_load(str(checkpoint))
    MANIPULATIONS[damage](tree)
    file = tmp_path / "manipulated.msgpack"
    torpor.msgpack_save(str(file), tree, index=True)
    error = attempt(fork, {}, file)
    assert "growing_ex" in error and file.name in error, error


@pytest.mark.parametrize("what, word", [("normal", "uniform distribution"), ("uniform", "")])
def test_refused_kinds(fork, what, word):
    error = fork("late.py", what)["error"]
    assert word in error and bool(word) == bool(error), error
