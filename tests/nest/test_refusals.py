# SPDX-License-Identifier: GPL-2.0-or-later
"""What cannot be restored is refused, naming what differs, before anything is touched: NEST goes on unharmed."""

import json
import os

import pytest

SAVED = dict(threads=2, n=100, delay="random", seed=7)


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory):
    from conftest import run_script

    path = tmp_path_factory.mktemp("refusals") / "network.msgpack"
    run_script("one_run.py", "save", json.dumps({**SAVED, "until": 60.0, "save_at": 40.0, "path": str(path)}))
    return path


def attempt(run, options, path):
    result = run("refused.py", json.dumps({**SAVED, **options}), path)
    assert result["goes_on"], "NEST did not go on as if nothing had been tried"
    return result["error"]


@pytest.mark.parametrize(
    "options, words",
    [
        ({"threads": 1}, ["thread"]),
        ({"n": 110}, ["iaf_psc_alpha", "110", "100"]),
        ({"model": "iaf_psc_exp"}, ["iaf_psc"]),
        ({"delay": "constant"}, ["delay"]),
        ({"synapse": "stdp_synapse"}, ["s"]),
        ({"seed": 8}, ["connectivity"]),
        ({"rng": "Philox_32"}, ["Philox_32", "mt19937_64"]),
    ],
    ids=lambda value: "-".join(map(str, value.values())) if isinstance(value, dict) else None,
)
def test_other_network(run, checkpoint, options, words):
    error = attempt(run, options, checkpoint)
    assert error and all(word in error for word in words), error


def test_damaged(run, checkpoint, tmp_path):
    bytes_ = bytearray(checkpoint.read_bytes())
    for name, damage in (("cut", lambda b: b[: len(b) // 2]), ("flipped", None), ("empty", lambda b: b[:0])):
        file = tmp_path / f"{name}.msgpack"
        if damage:
            file.write_bytes(damage(bytes_))
        else:
            flipped = bytearray(bytes_)
            flipped[len(flipped) // 3] ^= 4
            file.write_bytes(flipped)
        error = attempt(run, {}, file)
        assert file.name in error, error


def test_missing_file(run, tmp_path):
    assert "nowhere.msgpack" in attempt(run, {}, tmp_path / "nowhere.msgpack")


def test_another_hosts_checkpoint(run, tmp_path):
    demo = os.environ.get("TORPOR_DEMO")
    if not demo or not os.path.exists(demo):
        pytest.skip("no torpor-demo in this build")
    import subprocess

    subprocess.run([demo, "--neurons", "100", "--duration", "20 ms", "--dir", tmp_path / "c", "--every", "10 ms"], check=True,
                   capture_output=True)  # fmt: skip
    file = sorted((tmp_path / "c").glob("ckpt-*.msgpack"))[0]
    error = attempt(run, {}, file)
    assert "nest" in error.lower(), error


def test_network_before_install(run):
    result = run("late.py")
    assert "before the network is built" in result["error"]


def test_structural_plasticity_is_refused(run):
    assert "structural plasticity" in run("late.py", "plasticity")["error"]
