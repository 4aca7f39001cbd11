"""Each model runs in a process of its own, so that nothing of NEURON is reused and a crash fails only its own test.

`run` starts a fresh process, `fork` one that begins with NEURON imported: see tests/forks.py.
"""

import json
import os
import signal
import subprocess
import sys
from functools import partial
from pathlib import Path

import pytest

import torpor

HERE = Path(__file__).parent
sys.path.append(str(HERE.parent))

from forks import Forks  # noqa: E402

LONG = os.environ.get("TORPOR_NEURON_LONG") == "1"
FORKS = Forks(HERE, "torpor", "torpor_neuron")
WITH_MECHANISMS = Forks(HERE, "torpor", "torpor_neuron", "networks")


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


def execute(script, *arguments, cwd, fresh=True, **more):
    """Run tests/neuron/SCRIPT to its end, in a fresh process or in a fork. Returns status, output and errors."""
    if fresh or LONG:
        process = start(script, *arguments, cwd=cwd, **more)
        out, errors = process.communicate(timeout=300)
        return process.returncode, out, errors
    forks = WITH_MECHANISMS if "import networks" in (HERE / script).read_text() else FORKS
    done = forks.run(HERE / script, [*map(str, arguments)], cwd, clean_environment(**more), 300)
    return done.returncode, done.stdout, done.stderr


def run_script(script, *arguments, status=0, **more):
    """Run tests/neuron/SCRIPT. Returns the JSON of its last line, or if another status than 0 is expected, its errors."""
    ended, out, errors = execute(script, *arguments, **more)
    assert ended == status, f"{script} {arguments}: exit status {ended}\n{out[-2000:]}{errors[-3000:]}"
    lines = out.strip().splitlines()
    return errors if status else json.loads(lines[-1])


fork_script = partial(run_script, fresh=False)


# How scripts make their runs, as options of those of tests/neuron that know `how`.
WAYS = {"continuerun": {"how": "continuerun"}, "psolve": {"how": "psolve"}, "cvode": {"how": "continuerun", "solver": "cvode"},
        "once": {"how": "continuerun", "reads": "once"}, "once-fadvance": {"how": "fadvance", "reads": "once"}}  # fmt: skip


def run_until_killed(script, options, cwd):
    """Run tests/neuron/SCRIPT, which kills itself by these options."""
    status, _, errors = execute(script, json.dumps(options), cwd=cwd, fresh=False)
    assert status == -signal.SIGKILL, errors


@pytest.fixture
def run(tmp_path):
    return partial(run_script, cwd=tmp_path)


@pytest.fixture
def fork(tmp_path):
    return partial(fork_script, cwd=tmp_path)


def differences(a, b):
    """What differs between two checkpoints, by path: every column, Vector, generator and event."""
    return [difference["path"] for difference in torpor.diff(str(a), str(b))]
