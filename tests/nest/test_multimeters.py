# SPDX-License-Identifier: GPL-2.0-or-later
"""What multimeters record, and how often, must be the same in the live network; otherwise a restore is refused."""

import json

import pytest

SAVED = [{"record_from": ["V_m", "g_ex"], "interval": 1.0}, {"record_from": ["g_in"], "interval": 0.5}]


@pytest.fixture(scope="module")
def saved(tmp_path_factory):
    from conftest import run_script

    path = tmp_path_factory.mktemp("multimeters") / "network.msgpack"
    return path, run_script("multimeters.py", "save", path, json.dumps(SAVED))


def test_the_same_goes_on(run, saved):
    path, straight = saved
    assert run("multimeters.py", "restore", path, json.dumps(SAVED)) == straight


@pytest.mark.parametrize(
    "first, second",
    [
        ({"record_from": ["g_ex", "V_m"]}, {}),
        ({"record_from": ["V_m"]}, {}),
        ({}, {"record_from": ["V_m"]}),
        ({"interval": 0.5}, {}),
        ({"interval": 2.0}, {}),
        ({"offset": 0.1}, {}),
        (SAVED[1], SAVED[0]),
        ({}, None),
    ],
)
def test_others_are_refused(run, saved, first, second):
    """By the multimeter's own parameter, or by the neurons' loggers, of which each multimeter has one."""
    path, _ = saved
    multimeters = [SAVED[0] | first] + ([] if second is None else [SAVED[1] | second])
    result = run("multimeters.py", "restore", path, json.dumps(multimeters))
    assert "/multimeter" in result["error"] or "data_loggers_" in result["error"], result
    assert result["begin"] == 0.0  # and NEST goes on
