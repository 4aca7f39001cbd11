# SPDX-License-Identifier: GPL-2.0-or-later
"""A small Brunel network with recorders."""

import nest

PARAMETERS = {
    "iaf_psc_alpha": dict(rate=20_000.0, J=40.0),
    "iaf_psc_exp": dict(rate=20_000.0, J=60.0),
    "aeif_cond_exp": dict(rate=20_000.0, J=20.0),
    "hh_psc_alpha": dict(rate=20_000.0, J=60.0),
}


def parts(nodes, n):
    """The nodes of each of n virtual processes."""
    ids = nodes.tolist()
    return [nest.NodeCollection([node for node in ids if node % n == process]) for process in range(n)]


def build(model="iaf_psc_alpha", synapse="static_synapse", delay="constant", threads=1, rng="mt19937_64", n=100, seed=7,
          islands=False, weight="constant"):
    """Build the network; its nodes fire at a few spikes per second each. `islands`: no node is connected with one of another
    virtual process."""
    nest.set(local_num_threads=threads, rng_type=rng, rng_seed=seed, resolution=0.1)
    if islands:  # for lent_ranks.py: ranks cannot agree on these
        nest.SetKernelStatus({"min_delay": 1.0 if delay == "constant" else 0.5, "max_delay": 4.0})
    p = PARAMETERS[model]
    n_ex, n_in = n * 4 // 5, n // 5
    nodes_ex, nodes_in = nest.Create(model, n_ex), nest.Create(model, n_in)
    nodes = nodes_ex + nodes_in
    nodes.V_m = nest.random.uniform(-70.0, -56.0)
    noise = nest.Create("poisson_generator", params={"rate": p["rate"]})
    current = nest.Create("noise_generator", params={"mean": 10.0, "std": 30.0, "dt": 0.5})
    spikes = nest.Create("spike_generator", params={"spike_times": [float(t) for t in range(1, 400, 3)]})
    recorder = nest.Create("spike_recorder")
    record_from = ["V_m"] if model != "aeif_cond_exp" else ["V_m", "w", "g_ex"]
    multimeter = nest.Create("multimeter", params={"record_from": record_from, "interval": 0.3})
    delays = 1.5 if delay == "constant" else nest.random.uniform(0.5, 4.0)
    inhibitory = {"synapse_model": "static_synapse", "weight": -5 * abs(p["J"]), "delay": delays}
    if model == "aeif_cond_exp":
        inhibitory["weight"] = -3 * p["J"]
    excitatory = {"synapse_model": synapse, "weight": p["J"], "delay": delays}
    rule = lambda k: {"rule": "fixed_indegree", "indegree": k}
    if weight == "random":  # so that sums of them depend on the order
        excitatory["weight"] = nest.random.uniform(0.5 * p["J"], 1.5 * p["J"])
        inhibitory["weight"] = nest.random.uniform(1.5 * inhibitory["weight"], 0.5 * inhibitory["weight"])
    groups = (nodes_ex, nodes_in, nodes)
    n_islands = nest.total_num_virtual_procs
    for ex, inh, targets in zip(*(parts(group, n_islands) for group in groups)) if islands else [groups]:
        nest.Connect(ex, targets, rule(n_ex // 10), excitatory)
        nest.Connect(inh, targets, rule(n_in // 10), inhibitory)
    nest.Connect(noise, nodes, syn_spec={"weight": p["J"] / 2, "delay": 1.5 if delay == "constant" else 0.5})
    nest.Connect(current, nodes[: n // 4])
    nest.Connect(spikes, nodes[::7], syn_spec={"weight": 2 * p["J"]})
    nest.Connect(nodes, recorder)
    nest.Connect(multimeter, nodes[::10])

