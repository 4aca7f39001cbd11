"""A script in hoc, without Python: cut, resumed, and compared with a run that was not cut."""

import os
import subprocess
import sys
from pathlib import Path

from conftest import clean_environment

from torpor_neuron._library import find_library

HERE = Path(__file__).parent


def run_hoc(folder, until):
    folder.mkdir(exist_ok=True)
    (folder / "until").write_text(f"{until}\n")
    nrniv = Path(sys.executable).parent / "nrniv"
    library = os.environ.get("TORPOR_NEURON_LIBRARY") or find_library()
    command = [nrniv, "-nopython", "-dll", library, HERE / "ring.hoc"]
    result = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=120, env=clean_environment())
    assert result.returncode == 0, result.stdout + result.stderr
    return (folder / "trace").read_text(), result.stderr


def test_resumed(tmp_path):
    whole, _ = run_hoc(tmp_path / "whole", 40)
    cut, _ = run_hoc(tmp_path / "cut", 17)
    resumed, errors = run_hoc(tmp_path / "cut", 40)
    assert "resumed from" in errors and cut != whole and max(map(float, whole.split())) > 0
    assert resumed == whole
