# SPDX-License-Identifier: GPL-2.0-or-later
"""Kinds of state that a plain Brunel network does not have, side by side; prints a digest as JSON.

    rows.py straight|save|restore FILE [LEAVE_OUT]
    rows.py inside|resume FOLDER [LEAVE_OUT]        save inside a run; resume from there
"""

import json
import sys

import nest
import state
import torpor_nest as en

nest.verbosity = nest.VerbosityLevel.FATAL
CUT, END = 60.3, 120.0  # ms; the first in the middle of a slice of 1 ms


def build():
    """Returns the synapses from a device, whose weights the script changes."""
    nest.set(local_num_threads=2, rng_seed=7)
    neurons = nest.Create("aeif_cond_exp", 21, params={"I_e": 900.0})  # solved by GSL
    poisson = nest.Create("poisson_generator", params={"rate": 3000.0})
    nest.Connect(poisson, neurons, syn_spec={"weight": 4.0})
    nest.Connect(nest.Create("noise_generator", params={"std": 300.0, "dt": 0.5}), neurons)
    common = nest.Create("mip_generator", params={"rate": 800.0, "p_copy": 0.4})  # all threads draw in step
    nest.Connect(common, neurons[::3], syn_spec={"weight": 2.0})
    hardware = {"synapse_model": "stdp_facetshw_synapse_hom", "weight": 5.0, "delay": 1.0}  # counts what all share
    nest.SetDefaults(hardware["synapse_model"], {"readout_cycle_duration": 15.0})  # each thread makes its own of it
    nest.Connect(neurons[:10], neurons[10:], "all_to_all", hardware)
    nest.Connect(neurons, neurons, {"rule": "fixed_indegree", "indegree": 4},
                 {"synapse_model": "stdp_synapse", "weight": 2.0, "delay": 2.5})  # fmt: skip
    off_grid = nest.Create("parrot_neuron_ps", 4)
    precise = nest.Create("iaf_psc_exp_ps", 5, params={"I_e": 370.0})
    nest.Connect(nest.Create("poisson_generator_ps", params={"rate": 400.0}), off_grid)
    nest.Connect(off_grid, precise, syn_spec={"weight": 300.0, "delay": 1.3})
    rates = nest.Create("lin_rate_ipn", 4, params={"sigma": 0.2, "mu": 0.5, "tau": 5.0})  # secondary events
    nest.Connect(rates, rates, "all_to_all",
                 {"synapse_model": "rate_connection_delayed", "weight": 0.1, "delay": 1.5})  # fmt: skip
    nest.Connect(nest.Create("multimeter", params={"record_from": ["rate"], "interval": 0.5}), rates)
    recorder = nest.Create("spike_recorder")
    nest.Connect(neurons, recorder)
    nest.Connect(precise, recorder)
    return nest.GetConnections(poisson)


def main():
    how, path, *leave_out = sys.argv[1:]
    nest.ResetKernel()
    en.install()
    from_poisson = build()
    en._library.leave_out("".join(leave_out))
    if how in ("inside", "resume"):
        en.simulate(END, dir=path, every=70.0)
    else:
        if how == "restore":
            en.restore(path)
        else:
            nest.Simulate(CUT)
            from_poisson.weight = 9.0
            if how == "save":
                en.save(path)
        nest.Simulate(END - CUT)
    print("\n" + json.dumps({"digest": state.digest(), "recorded": state.n_recorded()}))


main()
