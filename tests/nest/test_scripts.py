# SPDX-License-Identifier: GPL-2.0-or-later
"""Scripts that NEST ships, and some of our own, are cut and resumed in a fresh process. They end like uncut ones."""

import json
import os
import shutil
from fnmatch import fnmatch
from functools import partial
from pathlib import Path

import nest
import pytest
from conftest import HERE, LONG, run_script
from forks import Forks

EXAMPLES = Path(nest.__file__).parent / "doc" / "examples" / "pynest"
SCRIPTS = sorted(str(script.relative_to(EXAMPLES).with_suffix("")) for script in EXAMPLES.rglob("*.py"))
# Where the quick ones are cut (ms), and after how many runs they end: 0: after all.
QUICK = {
    "BrodyHopfield": (300.0, 0),
    "astrocytes/astrocyte_small_network": (500.0, 0),
    "clopath_synapse_spike_pairing": (215.0, 3),
    "eprop_plasticity/eprop_supervised_classification_evidence-accumulation_bsshslm_2020": (0.5, 1),
    "gap_junctions_two_neurons": (175.5, 0),
    "gif_cond_exp_multisynapse": (50.0, 0),
    "glif_psc_neuron": (500.0, 0),
    "iaf_tum_2000_short_term_facilitation": (600.0, 0),
    "lin_rate_ipn_network": (50.0, 0),
    "mc_neuron": (500.0, 0),
    "pong/run_example": (100.0, 4),
    "precise_spiking": (50.0, 2),
    "pulsepacket": (500.0, 0),
    "repeated_stimulation": (1500.0, 2),
}
COMPARTMENTAL = ["compartmental_model/receptors_and_current", "compartmental_model/two_comps"]
EXCLUDED = {
    # They do not simulate.
    "spatial/*": "draws nodes and connections",
    "plot_weight_matrices": "draws connections",
    "synapsecollection": "shows connections",
    "EI_clustered_network/*_params": "part of another script",
    "EI_clustered_network/helper": "part of another script",
    "EI_clustered_network/network": "part of another script",
    "sudoku/helpers_sudoku": "part of another script",
    "sudoku/sudoku_net": "part of another script",
    "sudoku/plot_progress": "draws what another script wrote",
    "pong/networks": "part of another script",
    "pong/pong": "part of another script",
    "brette_et_al_2007/brette_et_al_2007_benchmark": "part of other scripts",
    "pong/generate_gif": "draws what another script wrote",
    # They need what is not installed here.
    "csa*": "needs a NEST with libneurosim",
    "music_cont_out_proxy_example/*": "needs a NEST with MUSIC",
    "sonata_example/*": "needs a NEST with HDF5 and the SONATA project's files",
    "eprop_plasticity/*_neuromorphic_mnist": "fetches its data",
}
# Those that take from many minutes to hours of two cores simulate a part of their time only.
SCALES = {
    "EI_clustered_network/run_*": 0.2,
    "artificial_synchrony": 0.02,
    "astrocytes/astrocyte_brunel_*": 0.1,
    "brette_et_al_2007/*cuba*": 0.02,
    "brette_et_al_2007/hh_coba": 0.03,
    "brunel_*_nest": 0.05,
    "eprop_plasticity/*": 0.02,
    "gap_junctions_inhibitory_network": 0.05,
    "hpc_benchmark": 0.02,
    "if_curve": 0.02,
    "store_restore_network": 0.02,
    "structural_plasticity": 0.2,
    "sudoku/*": 0.1,
    "wang_decision_making": 0.02,
}
# Those that simulate again and again, or that cannot make use of a part of what they simulate, end after so many runs.
RUNS = {
    "brunel_alpha_evolution_strategies": 4,
    "eprop_plasticity/*": 1,
    "pong/run_*": 4,
}
FORKS = Forks(HERE, "drawing", "nest", "torpor_nest", "state")
OURS = sorted((HERE / "scripts").glob("*.py"))
# Where to cut (ms), if not in the middle of all that is simulated.
CUTS = {
    "structural_plasticity": 25_000.0,  # behind the first synapses, which come after 20 s; some go at 40 s
    # In the first Simulate: with what comes out of it, these scripts choose how to go on.
    "balancedneuron": 12_500.0,
    "pong/run_*": 100.0,
}


def of(name, table, default=None):
    """What a table of patterns says about a script."""
    return next((value for pattern, value in table.items() if fnmatch(name, pattern)), default)


def save(script, cut, path, folder, **environment):
    """In a fork: what the script ends with if it is saved at the cut."""
    if LONG:
        return run_script("shipped.py", "save", script, cut, path, cwd=folder, timeout=1200, **environment)
    done = FORKS.run(HERE / "shipped.py", ["save", str(script), str(cut), str(path)], folder, {**os.environ, **environment}, 300)
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-3000:]
    return json.loads(done.stdout.splitlines()[-1])


def check(run, tmp_path, name):
    script = EXAMPLES / f"{name}.py"
    for mode in ("measure", "save", "resume"):  # a folder each: some scripts end if their output is there already
        (tmp_path / mode).mkdir()
        for data in script.parent.glob("*.txt"):  # that a script expects where it runs
            shutil.copy(data, tmp_path / mode)
    cut, runs = (None, of(name, RUNS, 0)) if LONG else QUICK[name]
    limits = {"SCALE": of(name, SCALES, 1), "RUNS": runs}
    run = partial(run, **{key: str(value) for key, value in limits.items()})
    if LONG:
        kernels = run("shipped.py", "measure", script, cwd=tmp_path / "measure", timeout=1200)["kernels"]
        cut = of(name, CUTS) or round(next(t for t in kernels if t > 0) / 2, 1)  # in the first kernel that simulates
    saved = save(script, cut, tmp_path / "half.msgpack", tmp_path / "save", **run.keywords)
    resumed = run("shipped.py", "resume", script, cut, tmp_path / "half.msgpack", cwd=tmp_path / "resume", timeout=1200)
    assert saved["cut"] and resumed["cut"], f"no Simulate reached {cut} ms: {saved['kernels']}"
    assert resumed == saved


@pytest.mark.parametrize("name", SCRIPTS if LONG else QUICK)
def test_script(run, tmp_path, name):
    if of(name, EXCLUDED):
        pytest.skip(of(name, EXCLUDED))
    check(run, tmp_path, name)


@pytest.mark.parametrize("cut, threads", [(71.3, 1), (104.2, 2), (157.9, 3)])  # inside of slices of 0.5 ms
@pytest.mark.parametrize("name", COMPARTMENTAL)
def test_compartmental_script(run, tmp_path, name, cut, threads):
    script, path = EXAMPLES / f"{name}.py", tmp_path / "cut.msgpack"
    saved = save(script, cut, path, tmp_path, THREADS=str(threads))
    resumed = run("shipped.py", "resume", script, cut, path, cwd=tmp_path, THREADS=str(threads))
    assert saved["cut"] and resumed == saved


@pytest.mark.parametrize("cut", [7.1, 61.4])
@pytest.mark.parametrize("script", OURS, ids=lambda path: path.stem)
def test_our_script(run, tmp_path, script, cut):
    """In the middle of a slice, of one of several runs."""
    saved = save(script, cut, tmp_path / "half.msgpack", tmp_path)
    resumed = run("shipped.py", "resume", script, cut, tmp_path / "half.msgpack", cwd=tmp_path)
    assert saved["cut"] and resumed == saved


def test_scripts_with_exceptions_exist():
    patterns = [*EXCLUDED, *SCALES, *RUNS, *CUTS, *QUICK]
    assert not [pattern for pattern in patterns if not any(fnmatch(name, pattern) for name in SCRIPTS)]
