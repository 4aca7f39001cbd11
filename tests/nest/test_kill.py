# SPDX-License-Identifier: GPL-2.0-or-later
"""Killed from outside while NEST is inside of one long Simulate, started again by the same command."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

HERE = Path(__file__).parent
NETWORK = dict(threads=2, synapse="stdp_synapse", delay="random", until=400.0)


def start(what, options):
    return subprocess.Popen(
        [sys.executable, HERE / "one_run.py", what, json.dumps(options)], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        text=True
    )  # fmt: skip


def wait_for_checkpoints(folder, above, process):
    """Until there is a checkpoint of a later step than `above`; returns the newest step."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        steps = [int(f.name[5:21]) for f in folder.glob("ckpt-*.msgpack")]
        if steps and max(steps) > above:
            return max(steps)
        assert process.poll() is None, process.communicate()
        time.sleep(0.002)
    raise AssertionError("no checkpoint within a minute")


@pytest.mark.parametrize("mode", ["sync", "async"])
@pytest.mark.parametrize("what", ["simulate", "every"])
def test_sigkill(run, tmp_path, what, mode):
    folder = tmp_path / "checkpoints"
    options = {**NETWORK, "simulate": {"dir": str(folder), "every": 20.0, "mode": mode}}
    uncut = run("one_run.py", "simulate-plainly", json.dumps(options))
    step = 0
    for _ in range(3):
        process = start(what, options)
        step = wait_for_checkpoints(folder, step + 300, process)
        process.kill()
        process.communicate()
    result = run("one_run.py", what, json.dumps(options))
    if what == "every":
        assert result.pop("resumed")
    assert result == uncut


def test_sigterm_saves_and_stops(run, tmp_path):
    folder = tmp_path / "checkpoints"
    options = {**NETWORK, "until": 800.0, "simulate": {"dir": str(folder), "every": 20.0, "mode": "sync"}}
    uncut = run("one_run.py", "simulate-plainly", json.dumps(options))
    process = start("simulate", options)
    wait_for_checkpoints(folder, 0, process)
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=60)
    assert process.returncode in (-signal.SIGTERM, 0)
    assert run("one_run.py", "simulate", json.dumps(options)) == uncut
