# SPDX-License-Identifier: GPL-2.0-or-later
"""Recordings in text files, cut and resumed, are byte for byte like those of the uncut run."""

import json

import pytest
from conftest import LONG
from test_kill import kill_behind, newest_ms, start

CUT, UNTIL = 77.3, 200.0


def record(start, folder, how, check=True, **options):
    folder.mkdir(exist_ok=True)
    options = {"threads": 2, "until": UNTIL, "cut": CUT, **options}
    return start("recording.py", how, json.dumps(options), cwd=folder, check=check)


@pytest.mark.parametrize("threads", [1, 2])
def test_open_files(run, fork, tmp_path, threads):
    """Saved between two calls of Run, killed later: the files are longer than at the checkpoint."""
    uncut = record(fork, tmp_path / "uncut", "split", threads=threads)
    assert uncut["lines"] > 1000
    assert record(fork, tmp_path / "cut", "save-open", check=False, threads=threads)["exit"] == -9
    assert record(run, tmp_path / "cut", "resume-open", threads=threads) == uncut


def test_back_in_one_process(fork, tmp_path):
    uncut = record(fork, tmp_path / "uncut", "split")
    assert record(fork, tmp_path / "cut", "back-and-forth")["files"] == uncut["files"]


@pytest.mark.parametrize("overwrite", [False, True])
def test_closed_files(run, fork, tmp_path, overwrite):
    """Saved between two calls of Simulate: the second appends to the files of the first."""
    uncut = record(fork, tmp_path / "uncut", "split")
    record(fork, tmp_path / "cut", "save-closed", overwrite=overwrite)
    assert record(run, tmp_path / "cut", "resume-closed", overwrite=overwrite) == uncut


def test_closed_files_written_anew_later(run, fork, tmp_path):
    """The files differ from those at the checkpoint: NEST starts them again, as it does in an uncut run."""
    record(fork, tmp_path / "cut", "save-closed", overwrite=True)
    for file in (tmp_path / "cut").glob("*.dat"):
        file.write_text("something else")
    resumed = record(run, tmp_path / "cut", "resume-closed", overwrite=True)
    assert resumed["lines"] > 1000
    assert all(f.read_text().startswith("# NEST") for f in (tmp_path / "cut").glob("*.dat"))


ALL = [(how, mode, threads) for how in ("simulate", "every") for mode in ("sync", "async") for threads in (1, 2)]
QUICK = [("simulate", "sync", 1), ("simulate", "async", 2), ("every", "sync", 2)]


@pytest.mark.parametrize("how, mode, threads", ALL if LONG else QUICK)
def test_killed_inside_of_one_simulate(run, fork, tmp_path, how, mode, threads):
    folder = tmp_path / "cut" / "checkpoints"
    folder.parent.mkdir()
    options = {"threads": threads, "simulate": {"every": 15.0, "mode": mode}}
    reached = 0.0
    for _ in range(2):
        process = start(how, options, script="recording.py", cwd=tmp_path / "cut")
        reached = kill_behind(reached + 40.0, folder, process)
    until = newest_ms(folder) + 50.0
    assert record(run, tmp_path / "cut", how, **{**options, "until": until}) == record(
        fork, tmp_path / "uncut", "plainly", threads=threads, until=until
    )


@pytest.mark.parametrize("harm", ["changed", "short", "missing"])
def test_other_files_are_refused(fork, tmp_path, harm):
    folder = tmp_path / "cut"
    record(fork, folder, "save-open", check=False)
    file = sorted(folder.glob("spikes-*.dat"))[0]
    content = file.read_bytes()
    if harm == "missing":
        file.rename(folder / "elsewhere")
    else:
        file.write_bytes(content[:50] if harm == "short" else content.replace(b"sender", b"sendor", 1))
    before = {f.name: f.read_bytes() for f in folder.glob("*.dat")}
    error = record(fork, folder, "refused", check=False, overwrite=True).get("error", "")
    assert file.name in error and "output" in error, error
    assert set(before) <= {f.name for f in folder.glob("*.dat")}
