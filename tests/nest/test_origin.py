# SPDX-License-Identifier: GPL-2.0-or-later
"""What a script sets before its first run and before later ones: a resume is refused if it sets something else now."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import execute

HERE = Path(__file__).parent
BEGAN = {0: "when this run began", **{run: f"when run {run + 1} of this script began" for run in (1, 2)}}


def origin(folder, check=0, fresh=False, **options):
    process = execute("origin.py", folder, json.dumps(options), fresh=fresh)
    said = " ".join((process.stdout + process.stderr).split())
    assert process.returncode == check, said[-4000:]
    results = [line for line in process.stdout.splitlines() if line.startswith("{")]
    return said, json.loads(results[-1]) if check == 0 else None


@pytest.fixture(scope="module")
def killed(tmp_path_factory):
    """A folder of checkpoints, for each network: the script was killed in its third run."""
    folders = {}
    for network in ("plastic", "growing"):
        folders[network] = tmp_path_factory.mktemp(network)
        origin(folders[network], 9, how="simulate", network=network, die_in=2)
    return folders


def refused(folder, name, run, **options):
    said, _ = origin(folder, 1, **options)
    error = said[said.rindex("Error: origin: ") :]
    assert name in error and f"from {BEGAN[run]}; if that is meant, give origin=\"warn\"" in error, error


PLASTIC = {
    "first I_e": (0, "nodes/iaf_psc_alpha/I_e"),
    "first defaults": (0, "trees/defaults/iaf_psc_exp/tau_m"),
    "first plastic weight": (0, "synapses/stdp_synapse/weight"),
    "first seed": (0, "kernel/random_manager/base_seed_"),
    "first lambda": (0, "synapses/stdp_synapse/lambda"),
    "I_e": (1, "nodes/iaf_psc_alpha/I_e"),
    "rate": (1, "nodes/poisson_generator/rate"),
    "weight": (1, "synapses/static_synapse/weight"),
    "seed": (1, "kernel/random_manager/base_seed_"),
    "defaults": (1, "trees/defaults/iaf_psc_exp/tau_m"),
    "connection": (1, "trees/network/num_connections"),
    "node": (1, "nodes/iaf_psc_alpha/"),
    "lambda": (1, "synapses/stdp_synapse/lambda"),
    "wfr": (1, "kernel/simulation_manager/wfr_tol"),
    "frozen": (1, "nodes/iaf_psc_alpha/frozen"),
    "tau_minus": (1, "nodes/iaf_psc_alpha/tau_minus"),
}
GROWING = {
    "first curve": (0, "nodes/iaf_psc_exp/"),
    "first connection": (0, "trees/network/num_connections"),
    "first weight": (0, "synapses/static_synapse/weight"),
    "I_e": (1, "nodes/iaf_psc_exp/I_e"),
    "rate": (1, "nodes/poisson_generator/rate"),
    "defaults": (1, "trees/defaults/growing/weight"),
    "interval": (1, "kernel/sp_manager/structural_plasticity_update_interval"),
    "weight": (1, "synapses_from_devices/static_synapse/weight"),
}


@pytest.mark.parametrize("change", PLASTIC)
def test_what_is_set_otherwise_is_refused(killed, change):
    run, name = PLASTIC[change]
    refused(killed["plastic"], name, run, how="simulate", change=change)


@pytest.mark.parametrize("change", GROWING)
def test_where_synapses_come_and_go(killed, change):
    run, name = GROWING[change]
    refused(killed["growing"], name, run, how="simulate", network="growing", change=change)


@pytest.mark.parametrize("change", ["first I_e", "rate"])
def test_with_every(killed, change):
    run, name = PLASTIC[change]
    refused(killed["plastic"], name, run, how="every", change=change)


@pytest.mark.parametrize("network", ["plastic", "growing"])
@pytest.mark.parametrize("how", ["simulate", "every"])
def test_the_same_script_resumes(tmp_path, how, network):
    """Twice; weights, generators and time have changed since the runs began, and by then a fourth set of checkpoints."""
    _, plain = origin(tmp_path / "plain", how="plain", network=network)
    for die_in in (1, 2):
        said, _ = origin(tmp_path / "cut", 9, how=how, network=network, die_in=die_in)
        assert ("resumed at" in said) == (die_in == 2) and "origin" not in said, said[-1500:]
    said, resumed = origin(tmp_path / "cut", fresh=True, how=how, network=network)
    assert "2 runs passed over" in said and "origin" not in said
    assert resumed == plain


def test_runs_that_are_split_otherwise(tmp_path):
    """Runs are compared by where they begin."""
    _, plain = origin(tmp_path / "plain", how="plain")
    origin(tmp_path / "cut", 9, how="simulate", die_in=2)
    refused(tmp_path / "cut", "nodes/poisson_generator/rate", 2, how="simulate", split=True, change="rate")
    said, resumed = origin(tmp_path / "cut", fresh=True, how="simulate", split=True)
    assert said.count("run 2 of this script begins at step 400, where none began before") == 1
    assert resumed["results"][0][1:] == plain["results"][0][1:]  # a split changes last bits of calcium traces


def test_what_is_set_between_every_and_the_first_run(tmp_path):
    _, plain = origin(tmp_path / "plain", how="plain", change="after every")
    origin(tmp_path / "cut", 9, how="every", change="after every", die_in=2)
    assert origin(tmp_path / "cut", fresh=True, how="every", change="after every")[1] == plain
    refused(tmp_path / "cut", "nodes/iaf_psc_alpha/I_e", 0, how="every")


def test_the_user_decides(tmp_path):
    _, plain = origin(tmp_path / "plain", how="plain")
    origin(tmp_path / "cut", 9, how="simulate", die_in=2)
    said, resumed = origin(tmp_path / "cut", fresh=True, how="simulate", change="I_e", origin="warn")
    line = f"origin: nodes/iaf_psc_alpha/I_e differs from {BEGAN[1]}; the run goes on with what the checkpoint has"
    assert said.count(line) == 1 and resumed == plain
    said, resumed = origin(tmp_path / "cut", how="simulate", change="I_e", origin="ignore")
    assert "origin:" not in said and resumed == plain
    # Under both, it is known what was set when the runs began.
    refused(tmp_path / "cut", "nodes/iaf_psc_alpha/I_e", 1, how="simulate", change="I_e")


def test_initial_state_is_one_line(killed, tmp_path):
    said, _ = origin(killed["plastic"], how="simulate", change="first V_m")
    assert said.count("V_m differs from when this run began; this is initial state") == 1


def test_the_second_network_of_a_process(tmp_path):
    _, plain = origin(tmp_path / "plain", how="plain", trials=2)
    origin(tmp_path / "cut", 9, how="simulate", trials=2, die_in=2)
    refused(tmp_path / "cut", "nodes/poisson_generator/rate", 1, how="simulate", trials=2, change="rate")
    assert origin(tmp_path / "cut", fresh=True, how="simulate", trials=2)[1] == plain


def test_targets_are_no_part_of_the_model(tmp_path):
    code = f"""
import sys
sys.path.insert(0, {str(HERE)!r})
import nest, torpor_nest as en, origin
en.install(targets=sys.argv[2] == "yes")
model = origin.Plastic(None)
en.simulate(float(sys.argv[3]), dir=sys.argv[1], every=30.0, fsync="no")
"""
    for targets, t_ms in (("no", "60"), ("yes", "90")):
        subprocess.run([sys.executable, "-c", code, tmp_path, targets, t_ms], check=True, env=os.environ)
