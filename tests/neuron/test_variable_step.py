"""CVODE, local step and IDA: a run that was cut, in a fresh process, ends as one that was not and that took the same checkpoints.

With TORPOR_NEURON_LONG=1 in the environment: all ways to simulate, and every mechanism.
"""

import json
import re
import shutil
import signal
import time
from pathlib import Path

import pytest
from conftest import LONG, differences, start
from test_mechanisms import REPORT, outcome

UNTIL, EVERY = 80.0, 20
QUICK = [("variable", "cvode", "panel"), ("variable", "local", "run"), ("variable", "local", "psolve"), ("linear_mechanism", "ida", "run")]
MORE = [
    (network, solver, how)
    for network in ("variable", "extracellular", "linear_mechanism", "gap_junctions", "randoms", "threads")
    for solver in ("cvode", "local", "ida")
    for how in ("run", "panel", "psolve", "solve", "fadvance")
    if (network, solver, how) not in QUICK and (network, solver) != ("threads", "ida")  # which NEURON does not have
]
CUTS = (1, 2, 3)  # checkpoints that are left


def newest_ms(folder):
    return max((int(file.name[5:21]) / 1e6 for file in Path(folder).glob("ckpt-*.msgpack")), default=0.0)


def simulate(start, folder, script="simulate.py", **options):
    """Simulate with checkpoints, resuming from what is in the folder. The file of the state at the end."""
    save = folder.with_suffix(".msgpack")
    result = start(script, json.dumps({"every": EVERY, "until": UNTIL, **options, "dir": str(folder), "save": str(save)}))
    assert result["n_spikes"] > 0, "a network that does not fire proves nothing"
    return save


def compare_each_cut(run, fork, tmp_path, n_taken, **options):
    """Resume from each checkpoint of a run, as if it had been killed before it took the next one."""
    options["options"] = {"keep": 100}
    whole = simulate(fork, tmp_path / "whole", **options)
    taken = sorted((tmp_path / "whole").glob("ckpt-*.msgpack"))
    assert len(taken) == n_taken
    for n_left in CUTS:
        folder = tmp_path / f"cut-{n_left}"
        folder.mkdir()
        if (tmp_path / "whole" / "ends").exists():  # a script of several runs
            shutil.copytree(tmp_path / "whole" / "ends", folder / "ends")
        for file in taken[:n_left]:
            shutil.copy(file, folder)
        assert differences(whole, simulate(run, folder, **options)) == [], taken[n_left - 1]


@pytest.mark.parametrize("network, solver, how", QUICK + MORE * LONG)
def test_same_state_for_each_cut(run, fork, tmp_path, network, solver, how):
    """Checkpoints at the ends of a solver's own steps, and at round times, at which there are also events."""
    every, n_taken = (20.01, 3) if how in ("run", "fadvance") else (20, 4)
    compare_each_cut(run, fork, tmp_path, n_taken, network=network, solver=solver, how=how, every=every)


@pytest.mark.parametrize("solver, how", [("cvode", "continuerun"), *([("local", "continuerun"), ("ida", "psolve")] * LONG)])
def test_scripts_of_several_runs(run, fork, tmp_path, solver, how):
    compare_each_cut(run, fork, tmp_path, 3, script="runs.py", solver=solver, how=how, until=60, every=17)


def test_without_files(fork, tmp_path):
    """A run that writes no checkpoint, but has the same `every`, is the same run; one of another `every` is another."""
    options = {"network": "variable", "solver": "cvode"}
    whole = simulate(fork, tmp_path / "whole", **options)
    none = simulate(fork, tmp_path / "none", **options, options={"checkpoints": "no"})
    assert not (tmp_path / "none").exists() and differences(whole, none) == []
    assert differences(whole, simulate(fork, tmp_path / "other", **{**options, "every": 10})) != []


def stopped(tmp_path, number, **options):
    """Start a run that would go on for long, end it by a signal after its second checkpoint, and return what it wrote to stderr."""
    options = {**options, "every": EVERY, "dir": "checkpoints", "save": "never.msgpack", "until": 1e6}
    process = start("simulate.py", json.dumps(options), cwd=tmp_path)
    while newest_ms(tmp_path / "checkpoints") < 2 * EVERY:
        assert process.poll() is None, process.communicate()
        time.sleep(0.002)
    process.send_signal(number)
    _, errors = process.communicate(timeout=60)
    assert process.returncode == -number, errors
    return errors


@pytest.mark.parametrize("solver", ["local", *(["cvode", "ida"] * LONG)])
def test_killed_from_outside(run, fork, tmp_path, solver):
    options = {"network": "variable", "solver": solver, "how": "psolve"}
    stopped(tmp_path, signal.SIGKILL, **options)
    until = newest_ms(tmp_path / "checkpoints") + 1.5 * EVERY
    resumed = simulate(run, tmp_path / "checkpoints", **options, until=until)
    assert differences(simulate(fork, tmp_path / "whole", **options, until=until), resumed) == []


@pytest.mark.parametrize("number", [signal.SIGTERM, *([signal.SIGINT] * LONG)])
def test_a_signal_waits_for_the_next_checkpoint(run, fork, tmp_path, number):
    options = {"network": "variable", "solver": "cvode", "how": "fadvance"}
    errors = stopped(tmp_path, number, **options)
    assert f"got {number.name}: the run saves and stops at time" in errors
    assert ("KeyboardInterrupt" in errors) == (number == signal.SIGINT)
    newest = newest_ms(tmp_path / "checkpoints")
    assert newest % EVERY < 1, "a checkpoint at another time"
    resumed = simulate(run, tmp_path / "checkpoints", **options, until=newest + 30)
    assert differences(simulate(fork, tmp_path / "whole", **options, until=newest + 30), resumed) == []


def test_what_makes_another_run_is_refused(fork, tmp_path):
    options = {"network": "variable", "solver": "cvode", "dir": "checkpoints", "until": 30, "save": "end.msgpack"}
    fork("simulate.py", json.dumps({**options, "every": 10}))
    for change, text in [
        ({"every": 5}, "option every is 5 ms, and was 10 ms before"),
        ({"every": None}, "option every: a checkpoint changes the run of the host neuron"),
        ({"every": 10, "options": {"every_wall": "1 min"}}, "option every_wall: a checkpoint changes the run"),
        ({"every": 10, "solver": "local"}, "trees/solver/use_local_dt differs"),
        ({"every": 10, "solver": ""}, "variable step"),
    ]:
        assert text in fork("simulate.py", json.dumps({**options, **change}), status=1)


def test_tolerances_of_variables(run, fork, tmp_path):
    """CVode.atolscale(): another one is refused by name, or with origin="warn" that of the checkpoint counts."""
    options = {"network": "ring", "solver": "cvode", "how": "psolve", "atolscale": {"v": 0.1, "m_hh": 0.01, "ExpSyn.g": 0.001}}
    whole = simulate(fork, tmp_path / "whole", **options)
    assert differences(whole, simulate(fork, tmp_path / "other", **{**options, "atolscale": {"v": 0.1}})) != []
    simulate(fork, tmp_path / "cut", **options, until=50)
    other = {"dir": str(tmp_path / "cut"), "save": "end.msgpack", "every": EVERY, "until": UNTIL}
    changed = {**options, "atolscale": {"v": 0.1, "m_hh": 0.02, "ExpSyn.g": 0.002}}
    errors = fork("simulate.py", json.dumps({**changed, **other}), status=1)
    assert "trees/solver/atolscale/ExpSyn.g" in errors and "from when this run began" in errors
    errors = fork("simulate.py", json.dumps({**options, **other, "atolscale": {}, "options": {"origin": "warn"}}), status=1)
    assert "CVode.atolscale() of ExpSyn.g was saved, and is not set" in errors
    assert differences(whole, simulate(run, tmp_path / "cut", **changed, options={"origin": "warn"})) == []


def test_a_method_that_changes_under_way_is_refused(fork):
    assert "CVode.active has changed since checkpoints began" in fork("refused.py", "variable_step_since_checkpoints_began")["text"]


@pytest.mark.skipif(not LONG, reason="long; set TORPOR_NEURON_LONG=1")
@pytest.mark.parametrize("solver", ["cvode", "local", "ida"])
def test_all_mechanisms(tmp_path, solver):
    # A new current at each step keeps IDA's steps so short that one ms takes ten thousand.
    names = [name for name in re.findall(r"^\| `([\w.]+)` \|", REPORT.read_text(), re.M) if (name, solver) != ("Random", "ida")]
    for what in ("cut", "resume"):
        process = start("sweep.py", what, tmp_path, "mechanisms", *names, cwd=tmp_path, TORPOR_NEURON_SOLVER=solver)
        out, errors = process.communicate(timeout=1800)
        assert process.returncode == 0, out[-500:] + errors[-2000:]
    cut, resumed = (json.loads((tmp_path / f"{what}.json").read_text()) for what in ("cut", "resumed"))
    outcomes = {name: outcome(name, tmp_path / name, result, resumed.get(name, []), {}) for name, result in cut["results"].items()}
    refused = {"VClamp": "does not work with CVODE", "Hiding": "BBCOREPOINTER"}
    wrong = {name: text for name, text in outcomes.items() if text.startswith(("DIFFERS", "FAILED"))}
    assert set(wrong) == set(refused) and all(refused[name] in text for name, text in wrong.items()), wrong
