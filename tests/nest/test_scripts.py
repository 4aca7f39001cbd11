# SPDX-License-Identifier: GPL-2.0-or-later
"""Scripts that NEST ships, and some of our own, each cut and resumed in a fresh process, end as when they were not
resumed."""

from fnmatch import fnmatch
from functools import partial
from pathlib import Path

import nest
import pytest

EXAMPLES = Path(nest.__file__).parent / "doc" / "examples" / "pynest"
SCRIPTS = sorted(str(script.relative_to(EXAMPLES).with_suffix("")) for script in EXAMPLES.rglob("*.py"))
QUICK = """BrodyHopfield brette_gerstner_fig_2c compartmental_model/receptors_and_current compartmental_model/two_comps
gap_junctions_two_neurons gif_cond_exp_multisynapse glif_psc_neuron mc_neuron one_neuron_with_noise
repeated_stimulation""".split()
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
    # They need what is not installed here, or arguments.
    "csa*": "needs csa, and a NEST with libneurosim",
    "music_cont_out_proxy_example/*": "needs a NEST with MUSIC",
    "sonata_example/*": "needs a NEST with HDF5 and the SONATA project's files",
    "eprop_plasticity/*": "needs IPython, and fetches data",
    # They have not been tried.
    "brunel_alpha_evolution_strategies": "takes too long: simulates the network hundreds of times",
    "EI_clustered_network/run_example": "EI_clustered_network/run_simulation, longer",
    "sudoku/run_example": "sudoku/sudoku_solver, again and again",
    "pong/run_*": "wait for arguments, and play for hours",
}
# Those that take from many minutes to hours of two cores simulate a part of their time only.
SCALES = {
    "EI_clustered_network/run_simulation": 0.2,
    "artificial_synchrony": 0.02,
    "astrocytes/astrocyte_brunel_*": 0.1,
    "brette_et_al_2007/*cuba*": 0.02,
    "brette_et_al_2007/hh_coba": 0.03,
    "brunel_*": 0.05,
    "gap_junctions_inhibitory_network": 0.05,
    "hpc_benchmark": 0.02,
    "if_curve": 0.02,
    "store_restore_network": 0.02,
    "sudoku/sudoku_solver": 0.1,
    "wang_decision_making": 0.02,
}
OURS = sorted((Path(__file__).parent / "scripts").glob("*.py"))
# Where to cut (ms), if not in the middle of all that is simulated.
CUTS = {"balancedneuron": 12_500.0}  # in its first Simulate: with what comes out of it, the script chooses how to go on

# What cannot be saved exactly, and words of the error that says so.
REFUSED = {
    "structural_plasticity": "structural plasticity is enabled",
}


def reason(name):
    """Why a script is left out, or None."""
    return next((text for pattern, text in EXCLUDED.items() if fnmatch(name, pattern)), None)


def check(run, tmp_path, name):
    script = EXAMPLES / f"{name}.py"
    folder = tmp_path / "run"
    folder.mkdir()
    scale = next((str(scale) for pattern, scale in SCALES.items() if fnmatch(name, pattern)), "1")
    run = partial(run, SCALE=scale)
    kernels = run("shipped.py", "measure", script, cwd=folder, timeout=1200)["kernels"]
    cut = CUTS.get(name) or round(next(t for t in kernels if t > 0) / 2, 1)  # in the first kernel that simulates
    saved, resumed = (
        run("shipped.py", mode, script, cut, tmp_path / "half.msgpack", cwd=folder, timeout=1200)
        for mode in ("save", "resume")
    )
    assert saved["cut"] and resumed["cut"], f"no Simulate reached {cut} ms: {kernels}"
    assert resumed == saved


@pytest.mark.parametrize("name", QUICK)
def test_script(run, tmp_path, name):
    check(run, tmp_path, name)


@pytest.mark.parametrize("threads", [1, 2, 3])
@pytest.mark.parametrize("cut", [71.3, 104.2, 157.9])  # inside of slices of 0.5 ms
@pytest.mark.parametrize("name", ["receptors_and_current", "two_comps"])
def test_compartmental_script(run, tmp_path, name, cut, threads):
    saved, resumed = (
        run("shipped.py", mode, EXAMPLES / "compartmental_model" / f"{name}.py", cut, tmp_path / "cut.msgpack", cwd=tmp_path,
            THREADS=str(threads))
        for mode in ("save", "resume")
    )  # fmt: skip
    assert saved["cut"] and resumed == saved


@pytest.mark.long
@pytest.mark.parametrize("name", [name for name in SCRIPTS if name not in QUICK and name not in REFUSED])
def test_further_script(run, tmp_path, name):
    if reason(name):
        pytest.skip(reason(name))
    check(run, tmp_path, name)


@pytest.mark.parametrize("cut", [7.1, 61.4])
@pytest.mark.parametrize("script", OURS, ids=lambda path: path.stem)
def test_our_script(run, tmp_path, script, cut):
    """In the middle of a slice, of one of several runs."""
    saved, resumed = (
        run("shipped.py", mode, script, cut, tmp_path / "half.msgpack", cwd=tmp_path) for mode in ("save", "resume")
    )
    assert saved["cut"] and resumed == saved


@pytest.mark.parametrize("name", REFUSED)
def test_refused_script(run, tmp_path, name):
    result = run("shipped.py", "save", EXAMPLES / f"{name}.py", 10.0, tmp_path / "half.msgpack", cwd=tmp_path, check=False)
    assert REFUSED[name] in result["text"], result
    assert not (tmp_path / "half.msgpack").exists()


def test_excluded_scripts_exist():
    assert not [pattern for pattern in [*EXCLUDED, *SCALES] if not any(fnmatch(name, pattern) for name in SCRIPTS)]
