# SPDX-License-Identifier: GPL-2.0-or-later
"""A script of several runs that changes the network between them; prints a digest of the network as JSON.

    phases.py HOW '{"style": "simulate", "run" or "manager", "die_after": phases, "simulate": {options}, "network": {...}, ...}'

HOW: plainly, simulate (torpor_nest.simulate) or every (torpor_nest.every, once).
"""

import json
import os
import sys

import brunel
import nest
import state
import torpor_nest as en

PHASES = [60.3] * 4  # ms, end inside a slice


def draw(neurons):
    """New nodes and connections, all of them at random, from each of NEST's generators."""
    uniform, normal = nest.random.uniform, nest.random.normal
    new = nest.Create("iaf_psc_exp", 6, params={"I_e": normal(500.0, 60.0), "V_m": uniform(-70.0, -60.0)})
    synapse = {"synapse_model": "stdp_synapse", "weight": uniform(20.0, 60.0), "delay": uniform(1.0, 3.0)}
    for rule in ({"rule": "fixed_indegree", "indegree": 5}, {"rule": "fixed_outdegree", "outdegree": 2},
                 {"rule": "fixed_total_number", "N": 40}, {"rule": "pairwise_bernoulli", "p": 0.1}):  # fmt: skip
        nest.Connect(neurons, new, rule, synapse)
        nest.Connect(new, neurons, rule, synapse)
    layer = nest.Create("iaf_psc_alpha", 5, positions=nest.spatial.free(uniform(-0.5, 0.5), extent=[1.0, 1.0]))
    nest.Connect(layer, layer, {"rule": "pairwise_bernoulli", "p": 0.6, "mask": {"circular": {"radius": 0.5}}})
    start = nest.biological_time
    spikes = nest.Create("spike_generator", params={"spike_times": [start + 3.0, start + 9.5]})
    for nodes in (neurons, new, layer):
        nest.Connect(spikes, nodes, syn_spec={"weight": 500.0, "delay": 1.0})
        nest.Connect(nodes, nest.GetNodes({"model": "spike_recorder"}))


def run_prepared(t_ms):
    with nest.RunManager():
        nest.Run(t_ms / 2)
        nest.Run(t_ms / 2)


def main():
    how, options = sys.argv[1], json.loads(sys.argv[2])
    checkpoints = options["simulate"]
    nest.verbosity = nest.VerbosityLevel.ERROR
    en.install()
    brunel.build(**{"threads": 2, "synapse": "stdp_synapse", "delay": "random", **options.get("network", {})})
    neurons = nest.GetNodes({"model": "iaf_psc_alpha"})
    found = en.every(**checkpoints) if how == "every" else False
    simulate = nest.Simulate if how != "simulate" else lambda t: en.simulate(t, **checkpoints)
    if options["style"] == "run":
        nest.Prepare()
        simulate = nest.Run
    if options["style"] == "manager":
        simulate = run_prepared
    for phase, duration in enumerate(options.get("phases", PHASES)):
        simulate(duration)
        if phase == options.get("die_after"):
            os._exit(9)
        # What would be wrong if it was done a second time, or left out.
        neurons[phase::4].V_m = [v - 1.5 for v in neurons[phase::4].V_m]
        connections = nest.GetConnections(neurons[phase], synapse_model="stdp_synapse")
        connections.weight = 1.1 * (connections.weight if len(connections) == 1 else max(connections.weight))
        if phase == 0 and "other_rng" in options:
            nest.set(rng_type=options["other_rng"], rng_seed=99)
        if options.get("draw"):
            draw(neurons)
        if options.get("choose"):  # connections that only who has simulated can know
            fired = sorted(set(nest.GetNodes({"model": "spike_recorder"}).events["senders"].tolist()))[:7]
            nest.Connect(nest.NodeCollection(fired or [1]), neurons, syn_spec={"delay": 1.0})
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
