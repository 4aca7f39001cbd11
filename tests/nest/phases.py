# SPDX-License-Identifier: GPL-2.0-or-later
"""A script of several runs that changes the network between them; prints a digest of the network as JSON.

    phases.py HOW '{"style": "simulate" or "run", "die_after": phases, "simulate": {options}, ...}'

HOW: plainly, simulate (torpor_nest.simulate) or every (torpor_nest.every, once).
"""

import json
import os
import sys

import brunel
import nest
import state
import torpor_nest as en

PHASE = 60.3  # ms, ends inside a slice


def main():
    how, options = sys.argv[1], json.loads(sys.argv[2])
    checkpoints = options["simulate"]
    nest.verbosity = nest.VerbosityLevel.ERROR
    en.install()
    brunel.build(threads=2, synapse="stdp_synapse", delay="random")
    neurons = nest.GetNodes({"model": "iaf_psc_alpha"})
    found = en.every(**checkpoints) if how == "every" else False
    simulate = nest.Simulate if how != "simulate" else lambda t: en.simulate(t, **checkpoints)
    if options["style"] == "run":
        nest.Prepare()
        simulate = nest.Run
    for phase in range(4):
        simulate(PHASE)
        if phase == options.get("die_after"):
            os._exit(9)
        # What would be wrong if it was done a second time, or left out.
        neurons[phase::4].V_m = [v - 1.5 for v in neurons[phase::4].V_m]
        connections = nest.GetConnections(neurons[phase], synapse_model="stdp_synapse")
        connections.weight = 1.1 * (connections.weight if len(connections) == 1 else max(connections.weight))
        if options.get("plain"):  # a Simulate that takes no checkpoints
            nest.Simulate(7.1)
        if options.get("grow"):
            new = nest.Create("iaf_psc_exp" if phase else "iaf_psc_alpha", 3, params={"I_e": 500.0})
            nest.Connect(new, neurons[:20], syn_spec={"weight": 50.0, "delay": 1.5})
            nest.Connect(new, nest.GetNodes({"model": "spike_recorder"}))
    if options["style"] == "run":
        nest.Cleanup()
    nest.Simulate(11.0)
    en.finish()
    print("\n" + json.dumps({"found": found, "digest": state.digest(), "recorded": state.n_recorded(),
                             "draws": state.next_draws()}))  # fmt: skip


main()
