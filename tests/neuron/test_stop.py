"""A signal or the end of the time budget saves and ends the script; the same command goes on."""

import json
import signal
import time
from pathlib import Path

import pytest
from conftest import differences, fork_script, start

ENDLESS = 1e6  # ms


def newest_ms(folder):
    return max((int(file.name[5:21]) / 1e6 for file in Path(folder).glob("ckpt-*.msgpack")), default=0.0)


def compare(run, tmp_path, **options):
    until = newest_ms(tmp_path / "checkpoints") + 10
    run("simulate.py", json.dumps({**options, "until": until, "save": "resumed.msgpack"}))
    fork_script("simulate.py", json.dumps({"network": options["network"], "until": until, "save": "whole.msgpack"}), cwd=tmp_path)
    assert differences(tmp_path / "whole.msgpack", tmp_path / "resumed.msgpack") == []


@pytest.mark.parametrize("how", ["run", "psolve", "fadvance"])
@pytest.mark.parametrize("number, status", [(signal.SIGTERM, -signal.SIGTERM), (signal.SIGINT, -signal.SIGINT)])
def test_signal(run, tmp_path, how, number, status):
    options = {"network": "ring", "how": how, "dir": "checkpoints", "every": 10}
    process = start("simulate.py", json.dumps({**options, "until": ENDLESS, "save": "never.msgpack"}), cwd=tmp_path)
    while newest_ms(tmp_path / "checkpoints") < 30:
        assert process.poll() is None, process.communicate()
        time.sleep(0.002)
    process.send_signal(number)
    _, errors = process.communicate(timeout=60)
    assert process.returncode == status, errors
    assert ("KeyboardInterrupt" in errors) == (number == signal.SIGINT)
    newest = max((tmp_path / "checkpoints").glob("ckpt-*.msgpack"))
    (said,) = [line for line in errors.splitlines() if "stops because" in line]
    assert said == f"torpor: saved {newest}, stops because it got {number.name}; the same command again goes on from here"
    assert not (tmp_path / "never.msgpack").exists(), "the script has gone on"
    assert newest_ms(tmp_path / "checkpoints") % 10 != 0, "no checkpoint for the signal"
    compare(run, tmp_path, **options)


def test_interrupt_that_is_caught(fork, tmp_path):
    """As in a notebook, whose next cells go on."""
    end = fork("interrupted.py")
    assert end["caught"] == [45] and end["t"] < 16
    assert newest_ms(tmp_path / "checkpoints") == pytest.approx(end["t"])


@pytest.mark.parametrize("how", ["run", "psolve", "fadvance"])
def test_time_budget(run, fork, tmp_path, how):
    options = {"network": "ring", "how": how, "dir": "checkpoints", "every": 1000}
    limited = {**options, "until": ENDLESS, "save": "never.msgpack", "options": {"maxh": 1 / 3600}}
    errors = fork("simulate.py", json.dumps(limited), status=3)
    assert errors.count("torpor: saved ") == 1 and ", stops because the wall-clock budget of" in errors
    assert not (tmp_path / "never.msgpack").exists()
    compare(run, tmp_path, **options)
