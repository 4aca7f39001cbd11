# SPDX-License-Identifier: GPL-2.0-or-later
"""Runs with checkpoints, option `incremental` is YES or NO: into FOLDER/KIND/YES or NO.

    incremental.py FOLDER YES|NO KIND

KIND: a network below, which is changed between its runs.
"""

import sys

import brunel
import nest
import plastic
import torpor_nest as en

NETWORKS = {
    "static": lambda: brunel.build(threads=2, delay="random", n=600),
    "stdp": lambda: brunel.build(threads=2, synapse="stdp_synapse", delay="random", n=600),
    "tsodyks": lambda: brunel.build(threads=3, synapse="tsodyks_synapse", model="aeif_cond_exp", n=600),
    "growing": lambda: plastic.build(synapse="stdp_synapse", fixed=300, drawn=True),
}
OPTIONS = {"every": 4.0, "keep": 99, "full_every": 4, "fsync": "no"}


def change(run):
    """What a script may do between two runs, in some of NEST's ways."""
    neurons = nest.GetNodes({"element_type": "neuron"})
    static = nest.GetConnections(neurons, neurons, "static_synapse")
    if run == 0:
        static.weight = [1.01 * weight for weight in static.weight]
        nest.SetStatus(neurons[:3], {"C_m": 251.0})
        nest.SetDefaults("static_synapse", {"weight": 3.0})
    elif run == 1:
        if not nest.structural_plasticity_synapses:  # NEST itself crashes there
            targets = nest.GetConnections(neurons[-1], neurons, "static_synapse").get("target")
            leaving = neurons[min(targets) - neurons[0].global_id]
            nest.Disconnect(neurons[-1], leaving, conn_spec="one_to_one", syn_spec="static_synapse")
        new = nest.Create(neurons[0].model, 2)
        nest.Connect(new, neurons[:5], "all_to_all", {"weight": 5.0, "delay": 1.0})


def run_network(kind, options):
    nest.ResetKernel()
    nest.verbosity = nest.VerbosityLevel.FATAL
    en.install()
    NETWORKS[kind]()
    for run in range(3):
        en.simulate(22.0, **options)
        change(run)


def main():
    folder, incremental, kind = sys.argv[1:]
    run_network(kind, {**OPTIONS, "dir": f"{folder}/{kind}/{incremental}", "incremental": incremental})
    print("\n{}")


if __name__ == "__main__":
    main()
