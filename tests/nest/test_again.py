# SPDX-License-Identifier: GPL-2.0-or-later
"""A script that is started again is the same experiment, or it says so."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from conftest import execute

SCRIPT = Path(__file__).parent / "again.py"


def again(folder, what, fresh=False, **options):
    return execute("again.py", folder, what, json.dumps(options), fresh=fresh)


def resumed(folder, what, **options):
    return result_of(again(folder, what, fresh=True, **options))


def result_of(process):
    assert process.returncode == 0, process.stdout[-2000:] + process.stderr[-3000:]
    return json.loads(next(line for line in process.stdout.splitlines() if line.startswith("{")))


@pytest.mark.parametrize("how", ["simulate", "every"])
@pytest.mark.parametrize("times", [[200.0], [250.0, 100.0], [250.0]], ids=["shorter", "last-run-shorter", "one-run-fewer"])
def test_a_script_that_ends_before_its_checkpoint_fails(tmp_path, how, times):
    assert again(tmp_path, "runs", how=how, times=[250.0, 250.0]).returncode == 0
    reading = again(tmp_path, "runs", how=how, times=times)
    assert reading.returncode == 1 and f"its value at {sum(times):g} ms" in reading.stderr
    assert "newest checkpoint, of 500 ms" in reading.stderr
    shorter = again(tmp_path, "runs", how=how, times=times, reads=False)
    assert shorter.returncode == 1
    assert f"ends at {sum(times):g} ms, before its newest checkpoint, which is of 500 ms" in shorter.stderr
    assert "If another job is simulating in the same folder" in shorter.stderr
    assert "handler of the script" in shorter.stdout


@pytest.mark.parametrize("end, status", [(0, 1), (7, 7), ("reset", 1)])
def test_how_such_a_script_ends(tmp_path, end, status):
    """Its own status is left as it is; the next network of the process is refused."""
    assert again(tmp_path, "runs", how="simulate", times=[500.0]).returncode == 0
    shorter = again(tmp_path, "runs", how="simulate", times=[200.0], end=end)
    assert shorter.returncode == status and shorter.stderr.count("ends at 200 ms") == 1


def test_finish_before_the_checkpoint_raises(tmp_path):
    assert again(tmp_path, "runs", how="every", times=[500.0], finish=True).returncode == 0
    shorter = again(tmp_path, "runs", how="every", times=[200.0], finish=True)
    assert shorter.returncode == 1 and "finish()" in shorter.stderr and shorter.stderr.count("ends at 200 ms") == 1


def test_a_read_behind_finish_that_was_not_kept(tmp_path):
    """The script has changed its network after the last run, so that the end is not restored."""
    options = {"how": "every", "times": [100.0, 100.0], "finish": True}
    assert again(tmp_path, "runs", changes=True, **options).returncode == 0
    refused = again(tmp_path, "runs", changes=True, **options)
    assert refused.returncode == 1 and "after run 2, its last" in refused.stderr
    assert "call en.finish() after the last read" in refused.stderr
    first = result_of(again(tmp_path / "unchanged", "runs", **options))
    assert first["n_events"] > 0 and result_of(again(tmp_path / "unchanged", "runs", **options)) == first


@pytest.mark.parametrize("how", ["simulate", "every"])
def test_a_resume_is_seen_at_verbosity_warning(tmp_path, how):
    times, options = [100.0, 100.0, 150.0], {"verbosity": "WARNING", "every": 100.0}
    first = again(tmp_path, "runs", how=how, times=times, **options)
    assert "resumed" not in first.stdout + first.stderr
    second = again(tmp_path, "runs", fresh=True, how=how, times=times, **options)
    text = " ".join((second.stdout + second.stderr).split())
    assert "resumed at 300 ms from" in text and "; 2 runs passed over" in text
    assert result_of(second) == result_of(first)


@pytest.mark.parametrize("how", ["simulate", "every"])
def test_trials_have_folders_of_their_own(tmp_path, how):
    plain = result_of(again(tmp_path, "trials", how="plain"))
    assert all(len(times) > 100 for _, _, times, _ in plain["trials"])
    assert result_of(again(tmp_path / "a", "trials", how=how)) == plain
    assert {folder.name for folder in (tmp_path / "a").glob("network-*")} == {"network-2", "network-3"}


@pytest.mark.parametrize("t_ms", [500.0, 430.6])
def test_trials_that_are_killed_and_started_again(tmp_path, t_ms):
    plain = result_of(again(tmp_path, "trials", how="plain", t_ms=t_ms))
    assert again(tmp_path, "trials", how="simulate", t_ms=t_ms, die_in=1).returncode == 9
    done = again(tmp_path, "trials", fresh=True, how="simulate", t_ms=t_ms)
    assert result_of(done) == plain
    said = " ".join((done.stdout + done.stderr).split())
    times = [f"{t_ms:g}", f"{t_ms / 2 - t_ms / 2 % 100:g}"]
    assert [said.count(f"resumed at {time} ms from") for time in times] == [1, 1]


def test_exceptions_of_nest_itself(tmp_path):
    """A script that expects them gets them from runs with checkpoints too."""
    plain = result_of(again(tmp_path, "failing_trials", how="plain"))["trials"]
    simulated = tmp_path / "simulate"
    simulated.mkdir()
    assert [trial[0] for trial in plain[1:3]] == ["NumericalInstability", "IOError"]
    plain[2][1] = "NEST gives no reason here; it may have logged one"
    assert again(tmp_path, "failing_trials", how="every", die_in=3).returncode == 9
    assert resumed(tmp_path, "failing_trials", how="every")["trials"] == plain
    assert result_of(again(simulated, "failing_trials", how="simulate"))["trials"] == plain


@pytest.mark.parametrize("read", ["n_events", "get", "events", "status", "all", "once"])
def test_a_closed_loop(tmp_path, read):
    """What the script reads between its runs, and computes from that, is the same when the runs are passed over."""
    plain = result_of(again(tmp_path, "closed_loop", how="plain", read=read))
    assert len(set(plain["counts"])) > 3 and all(plain["counts"])
    assert again(tmp_path, "closed_loop", how="every", read=read, die_in=3).returncode == 9
    assert again(tmp_path, "closed_loop", how="every", read=read, die_in=4).returncode == 9
    assert resumed(tmp_path, "closed_loop", how="every", read=read) == plain


def test_synapses_of_several_threads(tmp_path):
    """Each process asks NEST's threads for the synapses, and gets them in one order; reads of others are refused."""
    plain = result_of(again(tmp_path, "threads", how="plain"))
    assert again(tmp_path, "threads", how="every", die=True).returncode == 9
    found = resumed(tmp_path, "threads", how="every")
    assert found["orders"] == 1
    assert all(len(set(plain["changes"][name])) == (2 if "stdp" in name else 1) for name in plain["changes"])
    common = plain["changes"].keys() & found["changes"].keys()
    assert len(common) > 200 and all(plain["changes"][name] == found["changes"][name] for name in common)
    assert plain["n_events"] == found["n_events"]
    refused = again(tmp_path, "threads", how="every", other=True)
    assert refused.returncode == 1 and "the script reads weight of 250 synapses (" in refused.stderr


def test_a_closed_loop_of_simulate(tmp_path):
    plain = result_of(again(tmp_path, "closed_loop", how="plain"))
    assert again(tmp_path, "closed_loop", how="simulate", die_in=3).returncode == 9
    assert resumed(tmp_path, "closed_loop", how="simulate") == plain


@pytest.mark.parametrize("more", ["V_m", "spikes", "once"])
def test_what_was_not_read_then_cannot_be_read_while_runs_are_passed_over(tmp_path, more):
    first = result_of(again(tmp_path, "reads", more=""))
    assert result_of(again(tmp_path, "reads", more="")) == first
    refused = again(tmp_path, "reads", more=more)
    assert refused.returncode == 1 and "en.once(function)" in refused.stderr


def test_the_counter_of_spikes_is_kept(tmp_path):
    first = result_of(again(tmp_path, "reads", more="spikes"))
    assert first["spikes"] > 0 and result_of(again(tmp_path, "reads", more="spikes")) == first


def test_reads_beyond_the_limit_are_refused(tmp_path):
    limit = {"more": "V_m", "most_read_bytes": 200}
    warned = again(tmp_path, "reads", **limit)
    assert warned.returncode == 0 and warned.stderr.count("the script has read V_m of 10 nodes") == 1
    refused = again(tmp_path, "reads", **limit)
    assert refused.returncode == 1 and "more than 200 bytes" in refused.stderr and "en.once(function)" in refused.stderr


@pytest.mark.parametrize("how", ["simulate", "every"])
@pytest.mark.parametrize("more", ["set", "one-of-many", "synapses", "created"])
def test_what_the_script_has_set_itself_is_read_back(tmp_path, how, more):
    """Also by a script that did not read it in the saved run."""
    plain = result_of(again(tmp_path, "own_values", how="plain", more=more))
    assert again(tmp_path, "own_values", how=how, die=True).returncode == 9
    assert resumed(tmp_path, "own_values", how=how, more=more) == plain


@pytest.mark.parametrize("more", ["not-set", "other", "synapse-not-set", "all"])
def test_what_it_has_not_set_is_refused(tmp_path, more):
    assert again(tmp_path, "own_values", how="simulate", die=True).returncode == 9
    refused = again(tmp_path, "own_values", how="simulate", more=more)
    assert refused.returncode == 1 and "en.once(function)" in refused.stderr


@pytest.mark.parametrize("how", ["simulate", "every"])
def test_once_before_the_first_run(tmp_path, how):
    assert again(tmp_path, "before_the_first_run", how=how, dir=str(tmp_path), die=True).returncode == 9
    first = resumed(tmp_path, "before_the_first_run", how=how, dir=str(tmp_path))
    assert first["again"]["n"] == first["n"] and first["n_events"] > 0
    assert result_of(again(tmp_path, "before_the_first_run", how=how, dir=str(tmp_path))) == first
    other = result_of(again(tmp_path / "other", "before_the_first_run", how=how, dir=str(tmp_path / "other")))
    assert other["clock"] != first["clock"]


@pytest.mark.parametrize("first", [{"dir": "elsewhere"}, {"resume": "never"}, {}])
def test_once_that_looks_for_another_checkpoint_than_the_first_run(tmp_path, first):
    """Without a name, it is the default folder of simulate()."""
    named = {"dir": str(tmp_path), **first} if first else {}
    refused = again(tmp_path, "before_the_first_run", **named)
    assert refused.returncode == 1 and "en.once() has looked for a checkpoint with" in refused.stderr
    assert not list(tmp_path.rglob("ckpt-*"))


def test_what_nest_does_not_have_is_an_error_of_nest(tmp_path):
    first = result_of(again(tmp_path, "reads", more="absent"))
    assert first["absent"] and result_of(again(tmp_path, "reads", more="absent")) == first


def test_values_come_back_equal_in_type_and_to_the_last_bit():
    code = """
import math, numpy, nest
from torpor_nest import _values
nest.Create("iaf_psc_alpha", 9)
many = [0.1 * k for k in range(40)] + [math.inf, -0.0, 5e-324]
for value in (None, True, 7, 1 << 80, 0.1, "text", b"bytes", many, tuple(many), list(range(20)), [True] * 9, [1, 2.0, "x"], (),
              {"a": (1, [2]), 3: {}}, [{"a": 1.0, "b": "s"}] * 9, numpy.float32(0.1), numpy.arange(6.0).reshape(2, 3).T,
              numpy.array([], "i4"), numpy.array(2.5), ["s"] * 9, [1 << 70] * 9):
    back = _values.from_text(_values.to_text(value))
    assert type(back) is type(value) and repr(back) == repr(value), (value, back)
    assert getattr(back, "dtype", None) == getattr(value, "dtype", None)
assert math.isnan(_values.from_text(_values.to_text(math.nan)))
assert _values.from_text(_values.to_text(nest.NodeCollection([2, 3, 4]))) == nest.NodeCollection([2, 3, 4])
for refused in (object(), numpy.array([None]), len):
    try:
        _values.to_text([refused])
    except _values.NotKept:
        continue
    raise AssertionError(refused)
"""
    subprocess.run([sys.executable, "-c", code], check=True, env=os.environ)


def default_interrupt():
    """A shell's background job ignores Ctrl-C."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


@pytest.fixture
def popen(request):
    """A script that has begun its run, which may be endless: it ends with the test."""

    def start(folder, **options):
        process = subprocess.Popen(
            [sys.executable, SCRIPT, folder, "interrupted", json.dumps(options)], stdout=subprocess.PIPE,
            stderr=subprocess.PIPE, text=True, preexec_fn=default_interrupt
        )  # fmt: skip
        request.addfinalizer(process.kill)
        while process.stdout.readline().strip() != "start":
            assert process.poll() is None, process.communicate()
        return process

    return start


def newest(folder):
    return max((int(file.name[5:21]) / 10 for file in folder.glob("ckpt-*")), default=0.0)


@pytest.mark.parametrize("how", ["simulate", "every"])
def test_ctrl_c_saves_and_raises(tmp_path, popen, how):
    process = popen(tmp_path, t_ms=1e7, how=how)
    while newest(tmp_path) < 200.0:
        assert process.poll() is None, process.communicate()
        time.sleep(0.01)
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=60)
    assert process.returncode == -signal.SIGINT
    said = f"KeyboardInterrupt: the run was stopped at {newest(tmp_path):g} ms and saved as {tmp_path}/ckpt-"
    assert said in errors and "; the same script, started again, goes on from there" in errors
    t_ms = newest(tmp_path) + 50.0
    assert t_ms % 100.0 != 50.0 or t_ms > 250.0
    end = resumed(tmp_path, "interrupted", t_ms=t_ms, how=how)
    assert end == result_of(again(tmp_path / "straight", "interrupted", t_ms=t_ms, how=how))


def test_a_script_may_go_on_after_ctrl_c(tmp_path, popen):
    process = popen(tmp_path, t_ms=1e7, catches=True)
    while newest(tmp_path) < 200.0:
        assert process.poll() is None, process.communicate()
        time.sleep(0.01)
    process.send_signal(signal.SIGINT)
    out, errors = process.communicate(timeout=60)
    result = json.loads(out.strip().splitlines()[-1])
    assert process.returncode == 0 and result["time"] == pytest.approx(result["caught"] + 10.0), errors


def test_a_second_ctrl_c_ends_at_once(tmp_path, popen):
    process = popen(tmp_path, t_ms=1e6, slow=True)
    while not list(tmp_path.rglob(".torpor.lock")):
        assert process.poll() is None, process.communicate()
        time.sleep(0.01)
    time.sleep(0.5)
    process.send_signal(signal.SIGINT)
    time.sleep(1.2)
    assert process.poll() is None, "the slice was too short for this test"
    process.send_signal(signal.SIGINT)
    assert process.wait(timeout=60) == -signal.SIGINT  # much sooner than the slice ends
