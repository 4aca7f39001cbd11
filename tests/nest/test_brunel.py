# SPDX-License-Identifier: GPL-2.0-or-later
"""Brunel networks that are cut at random times and resumed in a fresh process end byte for byte like the uncut run."""

import json
import random

import pytest
from conftest import fork_script

MODELS = ("iaf_psc_alpha", "iaf_psc_exp", "aeif_cond_exp", "hh_psc_alpha")
SYNAPSES = ("static_synapse", "stdp_synapse", "tsodyks_synapse")
GENERATORS = ("mt19937", "mt19937_64", "Philox_32", "Philox_64", "Threefry_32", "Threefry_64")
RANDOM = random.Random(20240501)


def cases():
    """A selection in which each value of each dimension appears."""
    for number, (model, synapse) in enumerate((m, s) for m in MODELS for s in SYNAPSES):
        threads = (1, 2, 4)[number % 3]
        yield dict(model=model, synapse=synapse, delay=("constant", "random")[number % 2], threads=threads,
                   rng=GENERATORS[number % 6], seed=number + 1)  # fmt: skip


def all_cases():
    for model in MODELS:
        for synapse in SYNAPSES:
            for delay in ("constant", "random"):
                for threads in (1, 2, 4):
                    for rng in GENERATORS:
                        yield dict(model=model, synapse=synapse, delay=delay, threads=threads, rng=rng)


def name(case):
    return "-".join(str(value) for value in case.values())


def check(run, tmp_path, case, cut, until=200.0):
    options = {**case, "until": until, "save_at": cut, "path": str(tmp_path / "network.msgpack")}
    saved = fork_script("one_run.py", "save", json.dumps(options))
    resumed = run("one_run.py", "restore", json.dumps(options))
    assert saved["recorded"] > 100, "a network that does not fire proves nothing"
    assert resumed == saved
    return options, saved


@pytest.mark.parametrize("case", list(cases()), ids=name)
def test_resumed_run_is_the_same(run, tmp_path, case):
    cut = round(RANDOM.uniform(20.0, 180.0), 1)
    options, saved = check(run, tmp_path, case, cut)
    if case["seed"] <= 4:
        assert fork_script("one_run.py", "straight", json.dumps(options)) == saved, "saving changed the run"
        assert fork_script("one_run.py", "unrestored", json.dumps(options))["digest"] != saved["digest"]


@pytest.mark.long
@pytest.mark.parametrize("case", list(all_cases()), ids=name)
def test_every_combination(run, tmp_path, case):
    check(run, tmp_path, case, round(RANDOM.uniform(20.0, 130.0), 1), until=150.0)


def test_parameters_changed_by_the_script(run, tmp_path):
    options, saved = check(run, tmp_path, dict(change=True, threads=2, synapse="stdp_synapse"), cut=77.7)
    assert fork_script("one_run.py", "straight", json.dumps(options)) == saved
