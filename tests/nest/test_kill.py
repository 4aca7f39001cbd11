# SPDX-License-Identifier: GPL-2.0-or-later
"""Kill a script from outside while NEST is inside one long Simulate, and start it again with the same command.

The runs that are killed would go on for long, so that no machine is too slow to kill them in time; the run that they
are compared with ends a little behind the last checkpoint that they left.
"""

import json
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from conftest import LONG, fork_script

HERE = Path(__file__).parent
NETWORK = dict(threads=2, synapse="stdp_synapse", delay="random")
ENDLESS = 1e6  # ms: a quarter of an hour and more


def start(what, options, script="one_run.py", cwd=None):
    return subprocess.Popen(
        [sys.executable, HERE / script, what, json.dumps({"until": ENDLESS, **options})], stdout=subprocess.PIPE,
        stderr=subprocess.PIPE, text=True, cwd=cwd
    )  # fmt: skip


def kill_behind(time_ms, folder, process):
    """Send SIGKILL as soon as there is a checkpoint later than this time. Returns the time of the newest checkpoint."""
    reached = wait_for_checkpoint(folder, time_ms, process)
    process.kill()
    process.communicate()
    assert process.returncode == -signal.SIGKILL
    return reached


def wait_for_checkpoint(folder, above, process):
    """Wait for a checkpoint later than `above` ms. Returns the time of the newest checkpoint."""
    while True:
        if (time_ms := newest_ms(folder)) > above:
            return time_ms
        assert process.poll() is None, process.communicate()
        time.sleep(0.002)


def newest_ms(folder):
    return max((int(f.name[5:21]) / 10 for f in folder.glob("ckpt-*.msgpack")), default=0.0)


def compare(run, what, options):
    """Run the command a last time, now to its end, and compare it with a run that was never killed."""
    options = {**options, "until": newest_ms(Path(options["simulate"]["dir"])) + 50.0}
    result = run("one_run.py", what, json.dumps(options))
    if what == "every":
        assert result.pop("resumed")
    assert result == fork_script("one_run.py", "simulate-plainly", json.dumps(options))
    assert result["recorded"] > 100, "a network that does not fire proves nothing"


@pytest.mark.parametrize("mode", ["sync", "async"])
@pytest.mark.parametrize("what", ["simulate", "every"])
def test_sigkill(run, tmp_path, what, mode):
    folder = tmp_path / "checkpoints"
    options = {**NETWORK, "simulate": {"dir": str(folder), "every": 20.0, "mode": mode}}
    reached = 0.0
    for _ in range(5 if LONG else 2):
        reached = kill_behind(reached + 30.0, folder, start(what, options))
    compare(run, what, options)


@pytest.mark.parametrize("what", ["simulate", "every"])
def test_generators_that_are_drawn_from_in_step(run, tmp_path, what):
    """NEST draws from them when a Simulate begins; a resumed Simulate must not."""
    folder = tmp_path / "checkpoints"
    options = {**NETWORK, "mip": True, "simulate": {"dir": str(folder), "every": 20.0, "mode": "sync"}}
    kill_behind(60.0, folder, start(what, options))
    compare(run, what, options)


@pytest.mark.parametrize("killed_in", ["first", "second"])
def test_two_simulates_and_a_change_between(run, tmp_path, killed_in):
    """The second run starts where the first ended, with the changes that the script made there."""
    folder = tmp_path / "checkpoints"
    options = {**NETWORK, "change": True, "simulate": {"dir": str(folder), "every": 30.0, "mode": "sync"}}
    cut = ENDLESS if killed_in == "first" else 60.3
    reached = kill_behind(90.0, folder, start("simulate-twice", {**options, "save_at": cut, "until": 2 * ENDLESS}))
    options.update(save_at=reached + 40.3 if killed_in == "first" else cut, until=reached + 90.0)
    assert run("one_run.py", "simulate-twice", json.dumps(options)) == fork_script("one_run.py", "straight", json.dumps(options))
    assert not list(folder.glob("abandoned-*"))


@pytest.mark.parametrize("mode", ["sync", "async"])
@pytest.mark.parametrize("what", ["simulate", "every"])
def test_sigterm_saves_and_stops(run, tmp_path, what, mode):
    """The signal is raised again when the checkpoint is durable."""
    folder = tmp_path / "checkpoints"
    options = {**NETWORK, "simulate": {"dir": str(folder), "every": 20.0, "mode": mode}}
    process = start(what, options)
    wait_for_checkpoint(folder, 0.0, process)
    process.send_signal(signal.SIGTERM)
    process.communicate()
    assert process.returncode == -signal.SIGTERM
    compare(run, what, options)


@pytest.mark.parametrize("what", ["simulate", "every"])
def test_time_budget(run, tmp_path, what):
    """`maxh` is used up in the middle of an endless Simulate: a checkpoint, and the status of a run that goes on."""
    folder = tmp_path / "checkpoints"
    options = {**NETWORK, "simulate": {"dir": str(folder), "every": 100.0, "mode": "sync"}}
    process = start(what, {**options, "simulate": {**options["simulate"], "maxh": 5e-4}})
    _, errors = process.communicate()
    assert process.returncode == 3, errors
    assert "Traceback" not in errors, errors
    compare(run, what, options)
