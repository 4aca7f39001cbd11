# SPDX-License-Identifier: GPL-2.0-or-later
"""Scripts that NEST ships, each cut in half and resumed in a fresh process, end as when they were not resumed."""

import os
from pathlib import Path

import nest
import pytest

EXAMPLES = Path(nest.__file__).parent / "doc" / "examples" / "pynest"
QUICK = """brette_gerstner_fig_2c clopath_synapse_small_network glif_psc_neuron
gif_cond_exp_multisynapse hh_psc_alpha one_neuron_with_noise""".split()
SCRIPTS = """aeif_cond_beta_multisynapse brette_gerstner_fig_3d correlospinmatrix_detector_two_neuron
evaluate_quantal_stp_synapse evaluate_tsodyks2_synapse gap_junctions_two_neurons gif_pop_psc_exp gif_population
glif_cond_neuron glif_psc_double_alpha_neuron iaf_tum_2000_short_term_depression
iaf_tum_2000_short_term_facilitation ignore_and_spike_mechanism intrinsic_currents_spiking
intrinsic_currents_subthreshold lin_rate_ipn_network mc_neuron one_neuron rate_neuron_dm
repeated_stimulation sinusoidal_gamma_generator sinusoidal_poisson_generator testiaf twoneurons
urbanczik_synapse_example vinit_example clopath_synapse_spike_pairing
precise_spiking plot_weight_matrices
astrocytes/astrocyte_single astrocytes/astrocyte_interaction spatial/conncon_sources""".split()


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
@pytest.mark.parametrize("name", SCRIPTS)
def test_further_script(run, tmp_path, name):
    check(run, tmp_path, name)
