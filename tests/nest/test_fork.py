# SPDX-License-Identifier: GPL-2.0-or-later
"""mode=fork: a child writes, in one thread, whatever NEST's threads are doing."""

import json
import os
import signal
from contextlib import suppress
from pathlib import Path

import pytest
from conftest import fork_script
from test_kill import kill_behind, newest_ms, start


def options_for(folder, threads, synapse="stdp_synapse", **more):
    simulate = {"dir": str(folder), "every": 5.0, "mode": "fork", **more}
    return {"threads": threads, "delay": "random", "synapse": synapse, "simulate": simulate}


def children_of(process):
    with suppress(FileNotFoundError, ProcessLookupError):
        return [int(word) for word in Path(f"/proc/{process}/task/{process}/children").read_text().split()]
    return []


@pytest.mark.parametrize("threads, incremental", [(1, "no"), (2, "yes"), (4, "compare")])
def test_run_killed_and_resumed(run, tmp_path, threads, incremental):
    folder = tmp_path / "checkpoints"
    options = options_for(folder, threads, incremental=incremental, full_every=3)
    kill_behind(30.0, folder, start("simulate", options))
    options["until"] = newest_ms(folder) + 20.0
    result = run("one_run.py", "simulate", json.dumps(options))
    assert result == fork_script("one_run.py", "simulate-plainly", json.dumps(options))
    assert result["recorded"] > 100


def test_set_in_the_environment(run, tmp_path):
    assert run("again.py", tmp_path, "reads", '{"more": ""}', TORPOR_MODE="fork")["n_events"] > 0


def test_children_killed(run, tmp_path):
    """Some checkpoints are never there; the run is the same, and resumes from one that is."""
    folder = tmp_path / "checkpoints"
    options = options_for(folder, 2, keep=99)
    process = start("simulate", options)
    seen = set()  # every other one is killed, once; one that has written its checkpoint loses nothing
    while process.poll() is None and newest_ms(folder) < 60.0:
        for child in children_of(process.pid):
            if child not in seen:
                seen.add(child)
                with suppress(ProcessLookupError):
                    os.kill(child, signal.SIGKILL if len(seen) % 2 else 0)
    assert process.poll() is None
    process.kill()
    process.communicate()
    assert len(list(folder.glob("ckpt-*"))) < newest_ms(folder) / 5.0
    options["until"] = newest_ms(folder) + 20.0
    assert run("one_run.py", "simulate", json.dumps(options)) == fork_script("one_run.py", "simulate-plainly", json.dumps(options))
    assert not list(folder.glob(".ckpt*"))
