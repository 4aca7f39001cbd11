# SPDX-License-Identifier: GPL-2.0-or-later
"""Scripts that NEST ships, and some of our own, are cut and resumed in a fresh process. They end like uncut ones."""

import shutil
from fnmatch import fnmatch
from functools import partial
from pathlib import Path

import nest
import pytest

EXAMPLES = Path(nest.__file__).parent / "doc" / "examples" / "pynest"
SCRIPTS = sorted(str(script.relative_to(EXAMPLES).with_suffix("")) for script in EXAMPLES.rglob("*.py"))
QUICK = """BrodyHopfield astrocytes/astrocyte_small_network clopath_synapse_spike_pairing
compartmental_model/receptors_and_current compartmental_model/two_comps
eprop_plasticity/eprop_supervised_classification_evidence-accumulation_bsshslm_2020
gap_junctions_two_neurons gif_cond_exp_multisynapse glif_psc_neuron iaf_tum_2000_short_term_facilitation
lin_rate_ipn_network mc_neuron pong/run_example precise_spiking pulsepacket repeated_stimulation""".split()
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
OURS = sorted((Path(__file__).parent / "scripts").glob("*.py"))
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


def check(run, tmp_path, name):
    script = EXAMPLES / f"{name}.py"
    for mode in ("measure", "save", "resume"):  # a folder each: some scripts end if their output is there already
        (tmp_path / mode).mkdir()
        for data in script.parent.glob("*.txt"):  # that a script expects where it runs
            shutil.copy(data, tmp_path / mode)
    limits = {"SCALE": of(name, SCALES, 1), "RUNS": of(name, RUNS, 0)}
    run = partial(run, **{key: str(value) for key, value in limits.items()})
    kernels = run("shipped.py", "measure", script, cwd=tmp_path / "measure", timeout=1200)["kernels"]
    cut = of(name, CUTS) or round(next(t for t in kernels if t > 0) / 2, 1)  # in the first kernel that simulates
    saved, resumed = (
        run("shipped.py", mode, script, cut, tmp_path / "half.msgpack", cwd=tmp_path / mode, timeout=1200)
        for mode in ("save", "resume")
    )
    assert saved["cut"] and resumed["cut"], f"no Simulate reached {cut} ms: {kernels}"
    assert resumed == saved


@pytest.mark.parametrize("name", QUICK)
def test_script(run, tmp_path, name):
    check(run, tmp_path, name)


@pytest.mark.parametrize("cut, threads", [(71.3, 1), (104.2, 2), (157.9, 3)])  # inside of slices of 0.5 ms
@pytest.mark.parametrize("name", ["receptors_and_current", "two_comps"])
def test_compartmental_script(run, tmp_path, name, cut, threads):
    saved, resumed = (
        run("shipped.py", mode, EXAMPLES / "compartmental_model" / f"{name}.py", cut, tmp_path / "cut.msgpack", cwd=tmp_path,
            THREADS=str(threads))
        for mode in ("save", "resume")
    )  # fmt: skip
    assert saved["cut"] and resumed == saved


@pytest.mark.long
@pytest.mark.parametrize("name", [name for name in SCRIPTS if name not in QUICK])
def test_further_script(run, tmp_path, name):
    if of(name, EXCLUDED):
        pytest.skip(of(name, EXCLUDED))
    check(run, tmp_path, name)


@pytest.mark.parametrize("cut", [7.1, 61.4])
@pytest.mark.parametrize("script", OURS, ids=lambda path: path.stem)
def test_our_script(run, tmp_path, script, cut):
    """In the middle of a slice, of one of several runs."""
    saved, resumed = (
        run("shipped.py", mode, script, cut, tmp_path / "half.msgpack", cwd=tmp_path) for mode in ("save", "resume")
    )
    assert saved["cut"] and resumed == saved


def test_excluded_scripts_exist():
    patterns = [*EXCLUDED, *SCALES, *RUNS, *CUTS]
    assert not [pattern for pattern in patterns if not any(fnmatch(name, pattern) for name in SCRIPTS)]
