# SPDX-License-Identifier: GPL-2.0-or-later
"""A script removes synapses and saves, or restores into a network where it has removed the same number of others.

    disconnected.py save|restore|unlike FILE
"""

import json
import sys

import nest
import state
import torpor_nest as en

nest.verbosity = nest.VerbosityLevel.FATAL


def disconnect(nodes, first):
    """Remove five synapses; NEST keeps them in its tables, marked as disabled."""
    nest.Disconnect(nodes[first : first + 5], nodes[20:25], conn_spec="one_to_one", syn_spec="stdp_synapse")


def main():
    what, path = sys.argv[1:]
    en.install()
    nest.set(local_num_threads=2, rng_seed=3)
    nodes = nest.Create("iaf_psc_exp", 40, params={"I_e": 500.0, "V_m": nest.random.uniform(-70.0, -56.0)})
    nest.Connect(nodes, nodes, "all_to_all", {"synapse_model": "stdp_synapse", "weight": 20.0, "delay": 1.0})
    recorder = nest.Create("spike_recorder")
    nest.Connect(nodes, recorder)
    if what != "unlike":
        disconnect(nodes, 0 if what == "save" else 8)
    error = ""
    if what == "save":
        nest.Simulate(20.3)
        en.save(path)
    else:
        try:
            en.restore(path)
        except en.Error as refusal:
            error = str(refusal)
    nest.Simulate(15.0)
    if what != "unlike":
        disconnect(nodes, 8)  # those that the restored network had removed
    nest.Simulate(20.0)
    en.save(f"{path}.{what}")
    return {"error": error, "digest": state.digest(), "recorded": state.n_recorded(), "synapses": nest.num_connections}


if __name__ == "__main__":
    print("\n" + json.dumps(main()))
