# SPDX-License-Identifier: GPL-2.0-or-later
"""A loop of trials that is killed and started again passes over the trials that are done, and resumes the one that was
interrupted. Results are those of a loop that was never killed."""

import json
import random
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest
from conftest import LONG, execute

SCRIPT = Path(__file__).parent / "trials.py"
T_MS = 100.0


def start(folder, fresh=False, **options):
    return execute("trials.py", folder, json.dumps(options), fresh=fresh)


def start_again(folder, **options):
    return start(folder, fresh=True, **options)


def result_of(process):
    assert process.returncode == 0, process.stdout[-2000:] + process.stderr[-3000:]
    return json.loads(next(line for line in process.stdout.splitlines() if line.startswith("{")))


def results(result):
    return [{key: value for key, value in trial.items() if key != "clock"} for trial in result["trials"]]


_plain = {}


def plain(how="simulate", **options):
    """The results of a loop without checkpoints."""
    how = "plain-run" if how == "run" else "plain"
    key = json.dumps([how, options])
    if key not in _plain:
        _plain[key] = results(result_of(start("none", how=how, **options)))
        assert all(trial["counts"] > 50 for trial in _plain[key]), "a network that does not fire proves nothing"
    return _plain[key]


_ended = {}


def ended(folder, change=None):
    """Fill the folder as a loop of trials that has come to its end has left it."""
    if change not in _ended:
        _ended[change] = Path(tempfile.mkdtemp(dir=folder.parent))
        result_of(start(_ended[change], how="simulate", change=change))
    shutil.copytree(_ended[change], folder, dirs_exist_ok=True)


PLACES = {"begin": T_MS, "built": T_MS, "between": 70.0, "done": 10.0, "end": 10.0}
DEATHS = [(how, place) for how in ("simulate", "every", "run") for place in PLACES]
QUICK = [*DEATHS[:5], ("every", "between"), ("every", "end"), ("run", "built"), ("run", "between")]


@pytest.mark.parametrize("how, place", DEATHS if LONG else QUICK)
def test_killed_in_the_third_trial(tmp_path, how, place):
    """Of the trials before, nothing is simulated again; of this one, what its newest checkpoint has not."""
    killed = start(tmp_path, how=how, die=[2, place])
    assert killed.returncode == -9, killed.stderr
    resumed = result_of(start_again(tmp_path, how=how))
    assert results(resumed) == plain(how)
    assert resumed["simulated"] == [0.0, 0.0, PLACES[place], T_MS]


@pytest.mark.parametrize("how", ["simulate", "every", "run"])
@pytest.mark.parametrize("every", [1000.0, pytest.param(25.0, marks=pytest.mark.long)], ids=["shorter-than-every", "every-divides-it"])
def test_trials_that_are_done(tmp_path, how, every):
    """Also those in which no checkpoint was due."""
    assert start(tmp_path, how=how, every=every, die=[3, "begin"]).returncode == -9
    resumed = result_of(start_again(tmp_path, how=how, every=every))
    assert results(resumed) == plain(how) and resumed["simulated"] == [0.0] * 3 + [T_MS]
    again = result_of(start(tmp_path, how=how, every=every))
    assert results(again) == plain(how) and again["simulated"] == [0.0] * 4, "the end of the script is that of its last trial"
    assert [trial["clock"] for trial in again["trials"]] == [trial["clock"] for trial in resumed["trials"]]


def test_one_checkpoint_is_kept_of_each_trial(tmp_path):
    options = {"how": "simulate", "options": {"keep": 1, "mode": "sync"}}
    first = result_of(start(tmp_path, **options))
    assert results(first) == plain() and len(list(tmp_path.rglob("ckpt-*"))) == 4
    assert result_of(start(tmp_path, **options))["simulated"] == [0.0] * 4


@pytest.mark.parametrize("change", ["set", "create", "simulate", "clear", "draw"])
def test_what_a_trial_changes_after_its_last_run(tmp_path, change):
    """Its end is not what the last run has left. What the script reads is what it has read then."""
    assert start(tmp_path, how="simulate", change=change, die=[2, "between"]).returncode == -9
    resumed = result_of(start_again(tmp_path, how="simulate", change=change))
    assert results(resumed) == plain(change=change)
    assert resumed["simulated"] == [0.0, 0.0, 70.0, T_MS]
    said = start(tmp_path, how="simulate", change=change)
    assert results(result_of(said)) == plain(change=change)
    text = " ".join((said.stdout + said.stderr).split())
    assert text.count("passed over all runs of this network, 2 until 100 ms") == 4


def test_more_is_read_of_trials_that_are_done(tmp_path):
    """They are restored as they were at their end."""
    ended(tmp_path)
    more = result_of(start_again(tmp_path, how="simulate", more=True))
    assert results(more) == plain(more=True) and more["simulated"] == [0.0] * 4


def test_more_is_read_of_a_trial_that_was_changed_afterwards(tmp_path):
    ended(tmp_path, "set")
    more = start(tmp_path, how="simulate", change="set", more=True)
    assert more.returncode == 1 and "V_m of 8 nodes" in more.stderr
    assert "call en.finish() after the last read" in more.stderr


@pytest.mark.parametrize("change", [None, "set", "create"])
def test_a_further_run_follows(tmp_path, change):
    """It goes on from the trial's end, with what the script has changed there."""
    ended(tmp_path, change)
    further = result_of(start_again(tmp_path, how="simulate", change=change, further=True))
    assert results(further) == plain(change=change, further=True)
    assert further["simulated"] == [T_MS] * 4


def test_a_longer_last_run(tmp_path):
    ended(tmp_path / "same")
    longer = result_of(start_again(tmp_path / "same", how="simulate", longer=20.0))
    assert results(longer) == plain(longer=20.0) and longer["simulated"] == [20.0] * 4
    ended(tmp_path / "changed", "set")
    refused = start(tmp_path / "changed", how="simulate", change="set", longer=20.0)
    assert refused.returncode == 1 and "the script changed its network at 100 ms" in refused.stderr
    assert 'resume="<path>"' in refused.stderr


def test_a_shorter_last_run_fails(tmp_path):
    result_of(start(tmp_path, how="every"))
    shorter = start(tmp_path, how="every", longer=-10.0)
    assert shorter.returncode == 1 and "its value at 90 ms" in shorter.stderr


@pytest.mark.parametrize("seed", [1, 2])
def test_killed_again_and_again(tmp_path, seed):
    """At random moments."""
    moment = random.Random(seed)
    options = {"how": ("simulate", "every")[seed % 2], "t_ms": 1000.0, "every": 62.5}
    seen = set()
    for _ in range(6 if LONG else 3):
        process = subprocess.Popen([sys.executable, SCRIPT, tmp_path, json.dumps(options)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        until = len(seen) + moment.randrange(1, 8)
        while len(seen) < until:
            assert process.poll() is None
            seen.update(tmp_path.rglob("ckpt-*.msgpack"))
            time.sleep(0.001)
        time.sleep(moment.uniform(0.0, 0.03))
        process.kill()
        process.wait()
    assert results(result_of(start_again(tmp_path, **options))) == plain(t_ms=options["t_ms"])
