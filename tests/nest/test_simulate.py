# SPDX-License-Identifier: GPL-2.0-or-later
"""Arguments of simulate(), and how several calls follow one another; what install() prints."""

import subprocess
import sys
from pathlib import Path

import nest
import pytest


@pytest.fixture
def outcomes(fork, tmp_path):
    return lambda *what, start=fork: start("simulate.py", tmp_path, *what)["outcomes"]


def test_refused_calls_leave_no_trace(outcomes):
    *refused, last = outcomes("refused")
    words = ["expected a time in ms"] * 4 + ["multiple of the resolution", "every=0.0 ms"]
    for result, word in zip(refused, words, strict=True):
        assert word in result["error"] and result["time"] == 0.0, result
    assert last == {"error": "", "time": 10.0}


def test_calls_add_up_when_resumed(outcomes):
    """The first run is skipped; the second ends where the checkpoint is."""
    assert [result["time"] for result in outcomes("resumed", 2)] == [10.0, 20.0]
    assert [result["time"] for result in outcomes("resumed", 3)] == [10.0, 20.0, 30.0]


def test_another_simulate_between_two_calls(outcomes):
    assert outcomes("between") == [{"error": "", "time": time} for time in (10.0, 15.0, 25.0)]


def test_not_inside_of_prepare(outcomes):
    (refused,) = outcomes("prepared")
    assert "outside nest.Prepare" in refused["error"]


def test_goes_on_from_where_it_was_restored(outcomes):
    assert [result["time"] for result in outcomes("restored")] == [10.0, 10.0, 20.0, 10.0, 15.0]


def test_a_network_that_grows_between_runs(run, outcomes, tmp_path):
    straight = outcomes("grown")
    assert straight
    (tmp_path / "ckpt-0000000000001000.msgpack").unlink()
    assert outcomes("grown", start=run) == straight  # from 80 ms
    for late in (800, 600):
        (tmp_path / f"ckpt-{late:016d}.msgpack").unlink(missing_ok=True)
    assert outcomes("grown", start=run) == straight


def test_a_checkpoint_that_fails_is_no_reason_to_lose_a_run_that_is_complete(outcomes, tmp_path):
    *failed, last = outcomes("disk")
    for result, time in zip(failed, (10.0, 20.0), strict=True):
        assert result["error"] == "" and result["time"] == time
        assert len(result["warned"]) == 1 and str(tmp_path) in result["warned"][0]
    assert last == {"error": "", "time": 30.0}
    assert sorted(int(file.name[5:21]) for file in tmp_path.glob("ckpt-*")) == [250, 300]


def test_afresh_though_every_has_found_a_checkpoint(outcomes, tmp_path):
    outcomes("resumed", 2)
    assert outcomes("never") == [True, {"error": "", "time": 10.0}]
    assert [file.name for file in tmp_path.rglob("ckpt-*") if file.parent == tmp_path] == [f"ckpt-{100:016d}.msgpack"]


def test_checkpoints_are_switched_off(outcomes, tmp_path):
    """Nothing is looked for, and nothing is saved, at the end of the network either."""
    outcomes("resumed", 2)
    before = {file: file.stat().st_mtime_ns for file in tmp_path.iterdir()}
    assert outcomes("off") == [{"error": "", "time": 10.0}]
    assert {file: file.stat().st_mtime_ns for file in tmp_path.iterdir()} == before


def test_checkpoints_of_runs_of_one_slice(run, outcomes, tmp_path):
    """Checkpoints are due by the network's time, not by the time of each run, also in a resumed script."""
    uncut = outcomes("short")
    assert [result["time"] for result in uncut] == [float(t) for t in range(1, 13)]
    assert sorted(int(file.name[5:21]) for file in tmp_path.glob("ckpt-*")) == [50, 100]
    assert outcomes("short", start=run) == uncut


def test_repeats_from_one_saved_state(run, fork, tmp_path):
    """The same time occurs in several runs: only the number of runs says which of them has the checkpoint."""
    straight = fork("simulate.py", tmp_path / "straight", "repeats", -1)["outcomes"]
    assert all(len(times) > 10 for _, times, _ in straight)
    for die_in in (0, 2):
        assert fork("simulate.py", tmp_path / str(die_in), "repeats", die_in, check=False)["exit"] == 9
        assert run("simulate.py", tmp_path / str(die_in), "repeats", -1)["outcomes"][die_in:] == straight[die_in:]


def test_install_prints_versions(outcomes, tmp_path):
    versions = outcomes("versions")
    release = nest.build_info["version"]
    assert versions["nest"] == versions["built_for"] == release
    script = Path(__file__).parent / "simulate.py"
    said = subprocess.run([sys.executable, script, tmp_path, "versions"], capture_output=True, text=True, check=True).stdout
    assert said.count(f"Torpor {versions['torpor']}, built for NEST {release}") == 1  # silent at verbosity FATAL
