"""The example of the README, on a small network."""

import subprocess
import sys
from pathlib import Path

from conftest import clean_environment

EXAMPLE = Path(__file__).parents[2] / "examples" / "neuron" / "ring.py"


def test_killed_and_resumed(tmp_path):
    command = [sys.executable, EXAMPLE, "--cells", "300", "--until", "40", "--plot", "ring.svg"]
    result = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=300, env=clean_environment())
    assert result.returncode == 0 and "identical, bit for bit" in result.stdout, result.stdout + result.stderr
    assert (tmp_path / "ring.svg").stat().st_size > 10_000
