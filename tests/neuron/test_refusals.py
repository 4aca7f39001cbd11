"""What cannot be saved exactly is refused by name before anything is written, and NEURON runs on."""

import json

import pytest
from conftest import start

import torpor

ORDER, REFUSED = 15, 16  # see torpor/error.h
NAMED = {
    "core_neuron_by_files": "coreneuron.file_mode",
    "python_event": "calls Python",
    "python_method": "calls Python",
    "bin_queue": "queue_mode(1)",
    "self_queue": "queue_mode(0, 1)",
    "bbcore_pointer": "Hiding keeps state behind a BBCOREPOINTER",
    "address": "Addressing keeps the address of memory in its variable memory",
    "address_since_checkpoints_began": "APCount keeps the address of a Vector or Random object in its variable _hidden",
    "recorded_from_another_thread": "on another thread than its variable's",
    "batch_run": "h.batch_run() simulates without checkpoints",
    "solve_with_fixed_step": "CVode.solve() without CVode.active(1) simulates without checkpoints",
    "run_after_one_that_ended_early": "has ended its run to 0.5 ms early, by stoprun",
    "initialised_in_continuerun": "h.finitialize() inside of a run",
    "initialised_in_psolve": "h.finitialize() inside of a run",
    "initialised_in_step": "h.finitialize() inside of a run",
    "run_in_run": "h.run() or h.continuerun() inside of a run",
    "every_again": "call tn.finish() first",
    "mechanism_since_checkpoints_began": "mechanism Channel has been made since checkpoints began",
    "single_channels": "single channels of a KSChan",
}


@pytest.mark.parametrize("name", NAMED)
def test_refused_by_name(fork, tmp_path, name):
    result = fork("refused.py", name)
    assert result["status"] == (ORDER if name == "every_again" else REFUSED) and NAMED[name] in result["text"]
    assert name == "core_neuron_by_files" or abs(result["t"] - 1) < 1e-9
    assert not (tmp_path / "never.msgpack").exists()


def test_state_that_nobody_sees_is_pointed_out(tmp_path):
    """Once in a process, by the names that the MOD file gives it."""
    process = start("unseen.py", cwd=tmp_path)
    _, errors = process.communicate(timeout=60)
    assert process.returncode == 0, errors
    where = "state that its MOD file keeps in VERBATIM"
    assert errors.count(f"Remembering: {where} (static variable seen_before) cannot be seen") == 1
    assert errors.count(f"Destructed: {where} (memory behind POINTER scratch) cannot be seen") == 1
    assert errors.count(where) == 2, "a constant or a function is not state"


def test_another_model_is_named_and_neuron_runs_on(fork):
    """Sections of another name, in an order of their own: nothing is touched."""
    fork("simulate.py", '{"network": "ring", "until": 10, "save": "state.msgpack"}')
    result = fork("another.py", "state.msgpack")
    assert "segment Other[0].soma(0) where Cell[0].soma(0) was saved" in result["text"]
    assert result["unchanged"] and result["t"] > 10


def test_functions_in_another_order_are_named(fork):
    options = {"network": "callbacks", "every": 5, "dir": "checkpoints"}
    fork("simulate.py", json.dumps({**options, "until": 10, "save": "state.msgpack"}))
    options["arguments"] = {"reversed_order": True}
    said = fork("simulate.py", json.dumps({**options, "until": 20, "save": "never.msgpack"}), status=1)
    assert "Kicker.kick, number 2 of those that the script has made known by tn.callback()" in said


def test_another_number_of_threads_is_named(fork):
    options = {"network": "statements", "every": 4, "dir": "checkpoints"}
    fork("simulate.py", json.dumps({**options, "until": 10, "save": "state.msgpack"}))
    options["arguments"] = {"n_threads": 2}
    said = fork("simulate.py", json.dumps({**options, "until": 20, "save": "never.msgpack"}), status=1)
    assert "it was saved on 1 thread, and this run is on 2 threads" in said and "ParallelContext.nthread(1)" in said


@pytest.mark.parametrize("tree, key, named", [("trees", "hoc", "trees/hoc"), ("trees", "hoc_objects", "trees/hoc_objects"), ("run", "first_time", "trees/run/first_time")])
def test_checkpoint_of_an_older_version_is_named(fork, tmp_path, tree, key, named):
    """One that lacks what this version needs, found and named."""
    options = {"network": "ring", "every": 4, "dir": "checkpoints", "options": {"keep": 1}}
    fork("simulate.py", json.dumps({**options, "until": 6, "save": "state.msgpack"}))
    (newest,) = (tmp_path / "checkpoints").glob("ckpt-*.msgpack")
    for path in (newest, tmp_path / "state.msgpack"):
        content = torpor.msgpack_load(str(path))
        del (content["trees"] if tree == "trees" else content["trees"][tree])[key]
        torpor.msgpack_save(str(path), content, index=True)
    expected = f"it has no {named}, so it is of an older torpor"
    assert expected in fork("simulate.py", json.dumps({**options, "until": 20, "save": "never.msgpack"}), status=1)
    assert expected in fork("another.py", "state.msgpack")["text"]
