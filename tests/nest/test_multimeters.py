# SPDX-License-Identifier: GPL-2.0-or-later
"""What multimeters have recorded is in the checkpoint, a column for each quantity. What they record, and how often, must be the
same in the live network; otherwise a restore is refused."""

import hashlib
import json

import numpy as np
import pytest
import torpor
from conftest import fork_script

SAVED = [{"record_from": ["V_m", "g_ex"], "interval": 1.0}, {"record_from": ["g_in"], "interval": 0.5}]


@pytest.fixture(scope="module")
def saved(tmp_path_factory):
    path = tmp_path_factory.mktemp("multimeters") / "network.msgpack"
    return path, fork_script("multimeters.py", "save", path, json.dumps(SAVED))


def test_the_same_goes_on(run, saved):
    path, straight = saved
    assert run("multimeters.py", "restore", path, json.dumps(SAVED)) == straight


def column_of(memory, name, row):
    """The numbers of one recorder, and their unit."""
    column = memory[name]
    counts = np.asarray(column["counts"])
    ends = np.cumsum(np.broadcast_to(counts, 2))
    values = column["values"]
    unit = getattr(values, "unit", None)
    numbers = np.asarray(values)
    return numbers[ends[row] - np.broadcast_to(counts, 2)[row] : ends[row]], unit


def test_each_quantity_has_a_column(saved):
    path, straight = saved
    memory = torpor.open(path)["populations"]["recorders"]["memory"]
    for row, digests in enumerate(straight["recorded"]):
        times, senders = (column_of(memory, name, row)[0] for name in ("times", "senders"))
        order = np.lexsort((senders, times))
        for name, digest in digests.items():
            values, _ = column_of(memory, name, row)
            assert len(values) > 100 and hashlib.md5(values[order].tobytes()).hexdigest() == digest, name
    assert len(column_of(memory, "g_in", 0)[0]) == 0  # the first one does not record it
    assert [str(column_of(memory, name, 0)[1]) for name in ("V_m", "g_ex")] == ["mV", "nS"]


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
def test_others_are_refused(fork, saved, first, second):
    """By the multimeter's own parameter, or by the neurons' loggers, of which each multimeter has one."""
    path, _ = saved
    multimeters = [SAVED[0] | first] + ([] if second is None else [SAVED[1] | second])
    result = fork("multimeters.py", "restore", path, json.dumps(multimeters))
    assert "/multimeter" in result["error"] or "data_loggers_" in result["error"], result
    assert result["begin"] == 0.0  # and NEST goes on
