# SPDX-License-Identifier: GPL-2.0-or-later
"""What a run shows of its progress, and where."""

import json
import os
import pty
import re
import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parent / "progress.py"
LINE = re.compile(r"torpor: (\S+) of (\S+) ms \((\d+) %\), (\S+) (left|taken), (no checkpoint yet|last checkpoint at (\S+) ms)")


def open_terminal():
    try:
        return pty.openpty()
    except OSError as error:  # a container without /dev/pts
        pytest.skip(str(error))


def on_terminal(folder, **options):
    """What the script writes to a terminal."""
    terminal, other_end = open_terminal()
    process = subprocess.Popen([sys.executable, SCRIPT, folder, json.dumps(options)], stdout=subprocess.DEVNULL, stderr=other_end)
    os.close(other_end)
    said = b""
    try:
        while piece := os.read(terminal, 4096):
            said += piece
    except OSError:  # how a terminal ends
        pass
    os.close(terminal)
    assert process.wait(timeout=60) == 0, said
    return said.decode()


def without_terminal(folder, **options):
    done = subprocess.run([sys.executable, SCRIPT, folder, json.dumps(options)], capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    return done.stdout + done.stderr


def result(folder):
    return json.loads((folder / "result.json").read_text())


def checkpoints(folder):
    return {file.name: file.read_bytes() for file in folder.glob("ckpt-*.msgpack")}


def long_enough(show, folder, **options):
    """Simulate longer and longer, until it takes as long as progress takes to be shown."""
    t_ms = 1500.0
    while not (looks := LINE.findall(said := show(folder / str(t_ms), t_ms=t_ms, **options))):
        t_ms *= 2
        assert t_ms < 1e5, said
    return folder / str(t_ms), t_ms, looks, said


@pytest.mark.parametrize("how", ["simulate", "every"])
def test_on_a_terminal(tmp_path, how, monkeypatch):
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "0")
    folder, t_ms, looks, said = long_enough(on_terminal, tmp_path, how=how)
    shown_ms = [float(look[0]) for look in looks]
    assert shown_ms == sorted(shown_ms) and shown_ms[-1] == t_ms
    for ms, end_ms, percent, _, word, _, saved in looks:
        assert float(end_ms) == t_ms and int(percent) == int(100 * float(ms) // t_ms)
        assert saved == "" or float(saved) % 500 == 0
        assert word == ("taken" if float(ms) == t_ms else "left")
    assert float(looks[-1][6]) == t_ms
    assert said.count("\n") == 1, "one line, which is written again and again; the short run shows nothing"
    # The run is the same, to the last byte of its checkpoints, and no thread is left.
    quiet = tmp_path / "quiet"
    assert "torpor" not in on_terminal(quiet, how=how, t_ms=t_ms, progress=False)
    assert result(quiet) == result(folder) and result(folder)["threads"] == 0 and result(folder)["times"]
    mine, others = checkpoints(folder), checkpoints(quiet)
    assert mine.keys() == others.keys() and len(mine) == 3


def test_not_a_terminal(tmp_path):
    """Silent, unless asked: then with lines of their own."""
    folder, t_ms, looks, said = long_enough(without_terminal, tmp_path, progress=True)
    assert "\r" not in said and said.count("\n", said.index("torpor:")) == len(looks)
    assert "torpor" not in without_terminal(tmp_path / "silent", t_ms=t_ms)
    assert result(tmp_path / "silent") == result(folder)


def test_a_terminal_that_goes_away(tmp_path):
    """The run goes on."""
    terminal, other_end = open_terminal()
    options = json.dumps({"t_ms": 3000.0})
    process = subprocess.Popen([sys.executable, SCRIPT, tmp_path, options], stdout=subprocess.DEVNULL, stderr=other_end)
    os.close(other_end)
    os.close(terminal)
    assert process.wait(timeout=120) == 0 and result(tmp_path)["times"]


def test_in_jupyter(tmp_path):
    """A kernel of Jupyter, as a notebook starts it: progress goes to the output of the cell."""
    from jupyter_client.manager import start_new_kernel

    code = f"import sys; sys.path.insert(0, {str(SCRIPT.parent)!r}); import progress\n"
    manager, client = start_new_kernel(kernel_name="python3")
    said = []

    def hook(message):
        if message["msg_type"] == "stream":
            said.append((message["content"]["name"], message["content"]["text"]))
        assert message["msg_type"] != "error", message["content"]

    try:
        call = f"progress.main({str(tmp_path)!r}, t_ms=3000.0)"
        reply = client.execute_interactive(code + call, output_hook=hook, timeout=300)
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)
    assert reply["content"]["status"] == "ok"
    text = "".join(text for name, text in said if name == "stdout")
    assert (looks := LINE.findall(text)) and float(looks[-1][0]) == 3000.0, said
    assert "\r" in text and not any("torpor:" in text for name, text in said if name == "stderr")
