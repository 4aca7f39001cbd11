"""Three trials, each in a new kernel: spikes off the grid, random transmission, plasticity."""

import nest

for trial in range(3):
    nest.ResetKernel()
    nest.rng_seed = trial + 5
    nest.local_num_threads = 2
    excitatory = nest.Create("gif_psc_exp", 20, params={"I_e": 300.0})
    inhibitory = nest.Create("mat2_psc_exp", 10, params={"I_e": 400.0})
    parrots = nest.Create("parrot_neuron_ps", 3)
    nest.Connect(nest.Create("poisson_generator_ps", params={"rate": 300.0}), parrots)
    precise = nest.Create("iaf_psc_exp_ps", 5, params={"I_e": 370.0})
    nest.Connect(parrots, precise, syn_spec={"weight": 200.0})
    nest.Connect(precise, excitatory, syn_spec={"weight": 50.0})
    rule = {"rule": "fixed_indegree", "indegree": 5}
    nest.Connect(excitatory, inhibitory, rule, {"synapse_model": "bernoulli_synapse", "weight": 60.0, "p_transmit": 0.6})
    nest.Connect(inhibitory, excitatory, rule, {"weight": -80.0, "delay": 1.7})
    nest.Connect(excitatory, excitatory, {"rule": "pairwise_poisson", "pairwise_avg_num_conns": 0.4},
                 {"synapse_model": "stdp_pl_synapse_hom", "weight": 20.0, "delay": 2.2})  # fmt: skip
    spikes = nest.Create("spike_recorder")
    for nodes in (excitatory, inhibitory, precise):
        nest.Connect(nodes, spikes)
    nest.Prepare()
    nest.Run(60.5)
    nest.Run(59.5)
    nest.Cleanup()
    nest.Simulate(33.3)
