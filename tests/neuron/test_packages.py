"""NetPyNE and LFPy, killed and resumed. With TORPOR_NEURON_LONG=1 in the environment: killed three times."""

import os
import time
from pathlib import Path

import pytest
from conftest import differences, start

KILLS = 3 if os.environ.get("TORPOR_NEURON_LONG") == "1" else 1


def finish(process):
    out, errors = process.communicate(timeout=300)
    assert process.returncode == 0, out[-2000:] + errors[-3000:]


def newest_ms(folder):
    return max((int(file.name[5:21]) / 1e6 for file in Path(folder).glob("ckpt-*.msgpack")), default=0.0)


@pytest.mark.parametrize("package", ["netpyne", "lfpy"])
def test_killed_and_resumed(tmp_path, package):
    for reached in range(0, 15 * KILLS, 15):  # ms
        process = start("packages.py", package, 1900, "never.msgpack", "checkpoints", cwd=tmp_path)
        while newest_ms(tmp_path / "checkpoints") <= reached:
            assert process.poll() is None, process.communicate()
            time.sleep(0.002)
        process.kill()
        process.communicate()
    until = newest_ms(tmp_path / "checkpoints") + 20
    (tmp_path / "whole").mkdir()
    whole = start("packages.py", package, until, "state.msgpack", cwd=tmp_path / "whole")
    resumed = start("packages.py", package, until, "resumed.msgpack", "checkpoints", cwd=tmp_path)
    finish(whole)
    finish(resumed)
    assert differences(tmp_path / "whole" / "state.msgpack", tmp_path / "resumed.msgpack") == []
