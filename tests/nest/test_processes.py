# SPDX-License-Identifier: GPL-2.0-or-later
"""A run on several processes is refused before anything is loaded: each would save its part as if it were all."""


def test_several_processes_are_refused(run, tmp_path):
    said = run("processes.py", cwd=tmp_path)
    assert said["status"] == 2 and not said["is_installed"]
    assert "2 processes (num_processes)" in said["text"] and "without mpirun" in said["text"]
    assert "install" in said["save"] and not list(tmp_path.iterdir())
