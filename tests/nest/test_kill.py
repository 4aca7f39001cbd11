# SPDX-License-Identifier: GPL-2.0-or-later
"""Killed from outside while NEST is inside of one long Simulate, started again by the same command.

The runs that are killed would go on for hours, so that no machine is too slow to kill them in time; the run that they
are compared with ends a little behind the last checkpoint that they left.
"""

import json
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

HERE = Path(__file__).parent
NETWORK = dict(threads=2, synapse="stdp_synapse", delay="random")
ENDLESS = 1e7  # ms


def start(what, options):
    return subprocess.Popen(
        [sys.executable, HERE / "one_run.py", what, json.dumps({**options, "until": ENDLESS})], stdout=subprocess.PIPE,
        stderr=subprocess.PIPE, text=True
    )  # fmt: skip


def wait_for_checkpoint(folder, above, process):
    """Until there is a checkpoint of a later time than `above` ms; returns the newest one's."""
    while True:
        if (time_ms := newest_ms(folder)) > above:
            return time_ms
        assert process.poll() is None, process.communicate()
        time.sleep(0.002)


def newest_ms(folder):
    return max((int(f.name[5:21]) / 10 for f in folder.glob("ckpt-*.msgpack")), default=0.0)


def compare(run, what, options):
    """The command for the last time, now with an end, against a run that was never killed."""
    options = {**options, "until": newest_ms(Path(options["simulate"]["dir"])) + 50.0}
    result = run("one_run.py", what, json.dumps(options))
    if what == "every":
        assert result.pop("resumed")
    assert result == run("one_run.py", "simulate-plainly", json.dumps(options))
    assert result["recorded"] > 100, "a network that does not fire proves nothing"


@pytest.mark.parametrize("mode", ["sync", "async"])
@pytest.mark.parametrize("what", ["simulate", "every"])
def test_sigkill(run, tmp_path, what, mode):
    folder = tmp_path / "checkpoints"
    options = {**NETWORK, "simulate": {"dir": str(folder), "every": 20.0, "mode": mode}}
    reached = 0.0
    for _ in range(5):
        process = start(what, options)
        reached = wait_for_checkpoint(folder, reached + 30.0, process)
        process.kill()
        process.communicate()
        assert process.returncode == -signal.SIGKILL
    compare(run, what, options)


def test_sigterm_saves_and_stops(run, tmp_path):
    folder = tmp_path / "checkpoints"
    options = {**NETWORK, "simulate": {"dir": str(folder), "every": 20.0, "mode": "sync"}}
    process = start("simulate", options)
    wait_for_checkpoint(folder, 0.0, process)
    process.send_signal(signal.SIGTERM)
    process.communicate()
    assert process.returncode == -signal.SIGTERM
    compare(run, "simulate", options)
