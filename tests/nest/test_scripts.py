# SPDX-License-Identifier: GPL-2.0-or-later
"""Scripts that NEST ships, each cut in half and resumed in a fresh process, end as when they were not resumed."""

from fnmatch import fnmatch
from pathlib import Path

import nest
import pytest

EXAMPLES = Path(nest.__file__).parent / "doc" / "examples" / "pynest"
SCRIPTS = sorted(str(script.relative_to(EXAMPLES).with_suffix("")) for script in EXAMPLES.rglob("*.py"))
QUICK = """BrodyHopfield brette_gerstner_fig_2c gap_junctions_two_neurons gif_cond_exp_multisynapse glif_psc_neuron mc_neuron
one_neuron_with_noise repeated_stimulation""".split()
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
    "pong/generate_gif": "draws what another script wrote",
    # They need what is not installed here, or arguments.
    "csa*": "needs csa, and a NEST with libneurosim",
    "music_cont_out_proxy_example/*": "needs a NEST with MUSIC",
    "sonata_example/*": "needs a NEST with HDF5 and the SONATA project's files",
    "eprop_plasticity/*": "needs IPython, and fetches data",
    "brette_et_al_2007/*": "is given to a benchmark as an argument",
}

# What cannot be saved exactly, and words of the error that says so.
REFUSED = {
    "structural_plasticity": "structural plasticity is enabled",
    "compartmental_model/two_comps": "cm_default",
    "compartmental_model/receptors_and_current": "cm_default",
}


def reason(name):
    """Why a script is left out, or None."""
    return next((text for pattern, text in EXCLUDED.items() if fnmatch(name, pattern)), None)


def check(run, tmp_path, name):
    script = EXAMPLES / f"{name}.py"
    folder = tmp_path / "run"
    folder.mkdir()
    measured = run("shipped.py", "measure", script, cwd=folder)
    kernels = measured["kernels"]
    cut = round(next(t for t in kernels if t > 0) / 2, 1)  # in the first kernel that simulates
    results = []
    for mode in ("save", "resume"):
        results.append(run("shipped.py", mode, script, cut, tmp_path / "half.msgpack", cwd=folder))
    saved, resumed = results
    assert saved["cut"] and resumed["cut"], f"no Simulate reached {cut} ms: {kernels}"
    assert resumed == saved


@pytest.mark.parametrize("name", QUICK)
def test_script(run, tmp_path, name):
    check(run, tmp_path, name)


@pytest.mark.long
@pytest.mark.parametrize("name", [name for name in SCRIPTS if name not in QUICK and name not in REFUSED])
def test_further_script(run, tmp_path, name):
    if reason(name):
        pytest.skip(reason(name))
    check(run, tmp_path, name)


@pytest.mark.parametrize("name", REFUSED)
def test_refused_script(run, tmp_path, name):
    result = run("shipped.py", "save", EXAMPLES / f"{name}.py", 10.0, tmp_path / "half.msgpack", cwd=tmp_path, check=False)
    assert REFUSED[name] in result["text"], result
    assert not (tmp_path / "half.msgpack").exists()


def test_excluded_scripts_exist():
    assert not [pattern for pattern in EXCLUDED if not any(fnmatch(name, pattern) for name in SCRIPTS)]
