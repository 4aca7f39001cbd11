# SPDX-License-Identifier: GPL-2.0-or-later
"""Each network runs in a separate process, so that no kernel is reused and a crash fails only its own test."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent
LONG = os.environ.get("TORPOR_NEST_LONG") == "1"


def pytest_configure(config):
    config.addinivalue_line("markers", "long: only with TORPOR_NEST_LONG=1")


def pytest_collection_modifyitems(items):
    for item in items:
        if "long" in item.keywords and not LONG:
            item.add_marker(pytest.mark.skip(reason="long; set TORPOR_NEST_LONG=1"))


def run_script(script, *arguments, check=True, timeout=300, cwd=None, **environment):
    """Run tests/nest/SCRIPT in a fresh process. Returns its last line of output, which is JSON."""
    result = subprocess.run(
        [sys.executable, HERE / script, *map(str, arguments)],
        capture_output=True,
        text=True,
        timeout=timeout,
        cwd=cwd,
        env={**os.environ, **environment},
    )
    if check and result.returncode:
        pytest.fail(f"{script} {arguments}: exit status {result.returncode}\n{result.stdout[-2000:]}{result.stderr[-3000:]}")
    lines = result.stdout.strip().splitlines()
    return json.loads(lines[-1]) if lines and lines[-1].startswith("{") else {"exit": result.returncode, "text": result.stderr}


@pytest.fixture
def run():
    return run_script
