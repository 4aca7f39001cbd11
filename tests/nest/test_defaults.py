# SPDX-License-Identifier: GPL-2.0-or-later
"""Defaults of any type are saved, and restored."""


def test_defaults_of_every_type(run, fork, tmp_path):
    plain = fork("defaults.py", "plain", tmp_path / "x.msgpack")
    assert plain["correlomatrix_detector"]["N_channels"] == 3 and plain["multimeter"]["record_from"] == ["V_m", "I_syn_ex"]
    assert fork("defaults.py", "save", tmp_path / "x.msgpack") == plain
    assert run("defaults.py", "restore", tmp_path / "x.msgpack") == plain
