"""NetPyNE and LFPy, killed and resumed. They are large, so this is opt-in.

    python3 -m venv build/neuron-packages && build/neuron-packages/bin/pip install neuron==9.0.2 netpyne==1.1.1 LFPy==2.3.7
    TORPOR_NEURON_PACKAGES=build/neuron-packages/bin/python ctest --test-dir build -R neuron.packages
"""

import os
import subprocess
import time
from pathlib import Path

import pytest
from conftest import HERE, clean_environment, differences

PYTHON = os.environ.get("TORPOR_NEURON_PACKAGES")
pytestmark = pytest.mark.skipif(PYTHON is None, reason="TORPOR_NEURON_PACKAGES names no Python that has NetPyNE and LFPy")


def start(tmp_path, *arguments):
    return subprocess.Popen(
        [PYTHON, HERE / "packages.py", *map(str, arguments)], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        cwd=tmp_path, env=clean_environment()
    )  # fmt: skip


def run(tmp_path, *arguments):
    process = start(tmp_path, *arguments)
    out, _ = process.communicate(timeout=300)
    assert process.returncode == 0, out[-3000:]


def newest_ms(folder):
    return max((int(file.name[5:21]) / 1e6 for file in Path(folder).glob("ckpt-*.msgpack")), default=0.0)


@pytest.mark.parametrize("package", ["netpyne", "lfpy"])
def test_killed_and_resumed(tmp_path, package):
    for reached in (0, 15, 30):  # ms
        process = start(tmp_path, package, 1900, "never.msgpack", "checkpoints")
        while newest_ms(tmp_path / "checkpoints") <= reached:
            assert process.poll() is None, process.communicate()[0][-3000:]
            time.sleep(0.002)
        process.kill()
        process.communicate()
    until = newest_ms(tmp_path / "checkpoints") + 20
    run(tmp_path, package, until, "whole.msgpack")
    run(tmp_path, package, until, "resumed.msgpack", "checkpoints")
    assert differences(tmp_path / "whole.msgpack", tmp_path / "resumed.msgpack") == []
