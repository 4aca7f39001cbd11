# SPDX-License-Identifier: GPL-2.0-or-later
"""Each network runs in a separate process, so that no kernel is reused and a crash fails only its own test.

`run` starts a fresh process, `fork` one that begins with NEST imported: see tests/forks.py.
"""

import json
import os
import subprocess
import sys
from functools import partial
from pathlib import Path

import pytest

HERE = Path(__file__).parent
sys.path.append(str(HERE.parent))

from forks import Forks  # noqa: E402

LONG = os.environ.get("TORPOR_NEST_LONG") == "1"
FORKS = Forks(HERE, "nest", "torpor_nest", "state", "brunel")


def pytest_configure(config):
    config.addinivalue_line("markers", "long: only with TORPOR_NEST_LONG=1")


def pytest_collection_modifyitems(items):
    for item in items:
        if "long" in item.keywords and not LONG:
            item.add_marker(pytest.mark.skip(reason="long; set TORPOR_NEST_LONG=1"))


def execute(script, *arguments, fresh=True, timeout=300, cwd=None, **environment):
    """Run tests/nest/SCRIPT to its end, in a fresh process or in a fork. Returns what subprocess.run() does."""
    arguments, environment = [*map(str, arguments)], {**os.environ, **environment}
    if fresh or LONG:
        command = [sys.executable, HERE / script, *arguments]
        return subprocess.run(command, capture_output=True, text=True, timeout=timeout, cwd=cwd, env=environment)
    return FORKS.run(HERE / script, arguments, cwd, environment, timeout)


def run_script(script, *arguments, check=True, **more):
    """Run tests/nest/SCRIPT. Returns its last line of output, which is JSON."""
    result = execute(script, *arguments, **more)
    if check and result.returncode:
        pytest.fail(f"{script} {arguments}: exit status {result.returncode}\n{result.stdout[-2000:]}{result.stderr[-3000:]}")
    lines = result.stdout.strip().splitlines()
    return json.loads(lines[-1]) if lines and lines[-1].startswith("{") else {"exit": result.returncode, "text": result.stderr}


fork_script = partial(run_script, fresh=False)


@pytest.fixture
def run():
    return run_script


@pytest.fixture
def fork():
    return fork_script
