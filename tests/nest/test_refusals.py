# SPDX-License-Identifier: GPL-2.0-or-later
"""A restore that does not fit is refused before anything is changed, and names what differs. NEST continues unharmed."""

import json
import os
import subprocess

import numpy as np
import pytest
import torpor
from conftest import fork_script

SAVED = dict(threads=2, n=100, delay="random", seed=7)


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory):
    path = tmp_path_factory.mktemp("refusals") / "network.msgpack"
    fork_script("one_run.py", "save", json.dumps({**SAVED, "until": 60.0, "save_at": 40.0, "path": str(path)}))
    return path


def attempt(fork, options, path):
    result = fork("refused.py", json.dumps({**SAVED, **options}), path)
    assert result["goes_on"], "NEST did not go on as if nothing had been tried"
    return result["error"]


@pytest.mark.parametrize(
    "options, words",
    [
        ({"threads": 1}, ["1 threads", "2 threads", "build it as the saved run did"]),
        ({"n": 110}, ["iaf_psc_alpha", "110", "100"]),
        ({"model": "iaf_psc_exp"}, ["iaf_psc"]),
        ({"delay": "constant"}, ["delay"]),
        ({"synapse": "stdp_synapse"}, ["s"]),
        ({"seed": 8}, ["connectivity"]),
        ({"rng": "Philox_32"}, ["Philox_32", "mt19937_64"]),
    ],
    ids=lambda value: "-".join(map(str, value.values())) if isinstance(value, dict) else None,
)
def test_other_network(fork, checkpoint, options, words):
    error = attempt(fork, options, checkpoint)
    assert error and all(word in error for word in words), error
    assert "=warn" not in error and "=\"warn" not in error  # no such way past


def test_damaged(fork, checkpoint, tmp_path):
    bytes_ = bytearray(checkpoint.read_bytes())
    for name, damage in (("cut", lambda b: b[: len(b) // 2]), ("flipped", None), ("empty", lambda b: b[:0])):
        file = tmp_path / f"{name}.msgpack"
        if damage:
            file.write_bytes(damage(bytes_))
        else:
            flipped = bytearray(bytes_)
            flipped[len(flipped) // 3] ^= 4
            file.write_bytes(flipped)
        error = attempt(fork, {}, file)
        assert file.name in error, error


def test_missing_file(fork, tmp_path):
    assert "nowhere.msgpack" in attempt(fork, {}, tmp_path / "nowhere.msgpack")


def test_another_hosts_checkpoint(fork, tmp_path):
    demo = os.environ.get("TORPOR_DEMO")
    if not demo or not os.path.exists(demo):
        pytest.skip("no torpor-demo in this build")
    subprocess.run([demo, "--neurons", "100", "--duration", "20 ms", "--dir", tmp_path / "c", "--every", "10 ms"], check=True,
                   capture_output=True)  # fmt: skip
    file = sorted((tmp_path / "c").glob("ckpt-*.msgpack"))[0]
    error = attempt(fork, {}, file)
    assert "nest" in error.lower(), error


def test_network_before_install(fork):
    result = fork("late.py")
    assert "before the network is built" in result["error"]


@pytest.mark.parametrize("what, words", [("eprop", "synapses of e-prop")])
def test_what_cannot_be_saved(fork, what, words):
    """Runs with checkpoints are refused at once, not at their first checkpoint."""
    result = fork("late.py", what)
    assert all(words in result[key] for key in ("error", "simulate", "every")) and result["time"] == 0.0, result


def test_network_that_grew_between_runs_and_is_restored_by_hand(fork):
    result = fork("late.py", "by hand")
    assert "another order" in result["restore"] and "simulate() or every()" in result["restore"], result
    assert not result["save"] and result["time"] == 10.0, result


def cut_values(column, n=1):
    """Take n elements from the last object of a ragged column, in a file that is otherwise valid."""
    counts = np.broadcast_to(column["counts"], 100).copy() if column["counts"].shape[0] == 1 else column["counts"].copy()
    counts[-1] -= n
    column["counts"], column["values"] = counts, column["values"][:-n]


def first_is(column, key, value):
    column[key] = column[key].copy()
    column[key][0] = value


MANIPULATIONS = {
    "B_.input_buffer_.buffer_": lambda t: cut_values(t["populations"]["nodes"]["iaf_psc_alpha"]["B_.input_buffer_.buffer_"]),
    "B_.logger_.data_loggers_": lambda t: cut_values(t["populations"]["nodes"]["iaf_psc_alpha"]["B_.logger_.data_loggers_"], 8),
    "history_": lambda t: cut_values(t["populations"]["nodes"]["iaf_psc_alpha"]["history_"], 3),
    "emitted_spikes_register_": lambda t: first_is(
        t["populations"]["kernel"]["event_delivery_manager"]["emitted_spikes_register_"], "values", 3
    ),
    "static_synapse/delay": lambda t: first_is(
        t["populations"]["synapses"]["static_synapse"]["delay"], "mantissa", 1000.0
    ),
}


@pytest.mark.parametrize("where", MANIPULATIONS)
def test_content_that_does_not_fit(fork, checkpoint, tmp_path, where):
    """Index and digests are right, but the values are not: this is noticed before anything is changed."""
    tree = torpor.msgpack_load(str(checkpoint))
    MANIPULATIONS[where](tree)
    file = tmp_path / "manipulated.msgpack"
    torpor.msgpack_save(str(file), tree, index=True)
    error = attempt(fork, {}, file)
    assert where in error and "object" in error, error


def test_a_copy_by_way_of_python_is_the_same(fork, checkpoint, tmp_path):
    """The files of the test above are not refused because of the way they were written."""
    file = tmp_path / "copy.msgpack"
    torpor.msgpack_save(str(file), torpor.msgpack_load(str(checkpoint)), index=True)
    result = fork("refused.py", json.dumps(SAVED), file)
    assert result == {"error": "", "goes_on": False}


def test_newer_format(fork, checkpoint, tmp_path):
    tree = torpor.msgpack_load(str(checkpoint))
    tree["format"]["version"] = 99
    file = tmp_path / "newer.msgpack"
    torpor.msgpack_save(str(file), tree, index=True)
    error = attempt(fork, {}, file)
    assert "99" in error and "version" in error, error


def test_other_version_of_nest(fork, checkpoint, tmp_path):
    tree = torpor.msgpack_load(str(checkpoint))
    tree["fingerprint"] = tree["fingerprint"].replace("3.10.0", "3.11.0")
    file = tmp_path / "other.msgpack"
    torpor.msgpack_save(str(file), tree, index=True)
    assert "3.11.0" in attempt(fork, {}, file)


def test_during_a_run(fork, checkpoint):
    """From another thread, while NEST simulates."""
    result = fork("late.py", "during", checkpoint)
    assert "during Run" in result["error"] and "during Run" in result["save_error"]
