"""Each model runs in a process of its own, so that nothing of NEURON is reused and a crash fails only its own test."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

import torpor

HERE = Path(__file__).parent


def clean_environment(**more):
    environment = {**os.environ, **more}
    environment.pop("DISPLAY", None)
    return environment


def start(script, *arguments, cwd, **more):
    """Start tests/neuron/SCRIPT in a fresh process."""
    return subprocess.Popen(
        [sys.executable, HERE / script, *map(str, arguments)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=cwd,
        env=clean_environment(**more)
    )  # fmt: skip


def run_script(script, *arguments, cwd, status=0, **more):
    """Run tests/neuron/SCRIPT to its end. Returns the JSON of its last line, or if another status than 0 is expected, its errors."""
    process = start(script, *arguments, cwd=cwd, **more)
    out, errors = process.communicate(timeout=300)
    assert process.returncode == status, f"{script} {arguments}: exit status {process.returncode}\n{out[-2000:]}{errors[-3000:]}"
    lines = out.strip().splitlines()
    return errors if status else json.loads(lines[-1])


# How scripts make their runs, as options of those of tests/neuron that know `how`.
WAYS = {"continuerun": {"how": "continuerun"}, "psolve": {"how": "psolve"}, "cvode": {"how": "continuerun", "solver": "cvode"},
        "once": {"how": "continuerun", "reads": "once"}, "once-fadvance": {"how": "fadvance", "reads": "once"}}  # fmt: skip


def run_until_killed(script, options, cwd):
    """Run tests/neuron/SCRIPT, which kills itself by these options."""
    process = start(script, json.dumps(options), cwd=cwd)
    _, errors = process.communicate(timeout=100)
    assert process.returncode == -signal.SIGKILL, errors


@pytest.fixture
def run(tmp_path):
    return lambda script, *arguments, **more: run_script(script, *arguments, cwd=tmp_path, **more)


def differences(a, b):
    """What differs between two checkpoints, by path: every column, Vector, generator and event."""
    return [difference["path"] for difference in torpor.diff(str(a), str(b))]
