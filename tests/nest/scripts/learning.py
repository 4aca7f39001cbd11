"""Many kinds of plasticity on the same neurons; weights, currents and the network itself change between runs."""

import nest

nest.ResetKernel()
nest.local_num_threads = 2
weights = nest.Create("weight_recorder")
nest.CopyModel("stdp_synapse", "watched", {"weight_recorder": weights, "Wmax": 120.0, "lambda": 0.02})
transmitter = nest.Create("volume_transmitter")
dopamine = nest.Create("parrot_neuron", 4)
nest.Connect(nest.Create("poisson_generator", params={"rate": 60.0}), dopamine)
nest.Connect(dopamine, transmitter)
nest.CopyModel("stdp_dopamine_synapse", "rewarded",
               {"volume_transmitter": transmitter, "A_plus": 0.3, "A_minus": 0.2, "tau_n": 50.0})  # fmt: skip
pre = nest.Create("parrot_neuron", 20)
noise = nest.Create("poisson_generator", 20, params={"rate": [20.0 + 5 * i for i in range(20)]})
nest.Connect(noise, pre, "one_to_one")
post = nest.Create("iaf_psc_alpha", 6, params={"tau_minus": 25.0, "I_e": 200.0})
voltage_based = [nest.Create(model, 3, params={"I_e": 300.0}) for model in ("hh_psc_alpha_clopath", "aeif_psc_delta_clopath")]
nest.Connect(pre, post, syn_spec={"synapse_model": "watched", "weight": 50.0, "delay": 1.0})
for model, indegree, parameters in (
    ("rewarded", 5, {"weight": 30.0, "delay": 1.4}),
    ("stdp_triplet_synapse", 5, {"weight": 30.0, "delay": 1.4}),
    ("vogels_sprekeler_synapse", 3, {"weight": -10.0, "Wmax": -100.0, "delay": 1.4}),
    ("jonke_synapse", 3, {"weight": 1.0, "delay": 2.4}),
):
    nest.Connect(pre, post, {"rule": "fixed_indegree", "indegree": indegree}, {"synapse_model": model, **parameters})
for nodes in voltage_based:
    clopath = {"synapse_model": "clopath_synapse", "weight": nest.random.uniform(0.5, 2.0), "delay": 1.0}
    nest.Connect(pre, nodes, syn_spec=clopath)
both = nest.CollocatedSynapses({"weight": 20.0}, {"synapse_model": "quantal_stp_synapse", "weight": 40.0, "delay": 0.7})
nest.Connect(pre, post, {"rule": "fixed_indegree", "indegree": 2}, both)
injector = nest.Create("spike_train_injector", params={"spike_times": [3.0 + 7 * i for i in range(60)]})
nest.Connect(injector, post, syn_spec={"weight": 300.0})
spikes = nest.Create("spike_recorder")
nest.Connect(post, spikes)
nest.Connect(voltage_based[0], spikes)
nest.Simulate(50.0)
nest.GetConnections(pre[:5], synapse_model="watched").weight = 77.0
post.I_e = 250.0
nest.Simulate(43.7)
new = nest.Create("iaf_psc_alpha", 3, params={"I_e": 380.0})
nest.Connect(new, post, syn_spec={"synapse_model": "watched", "weight": 60.0, "delay": 1.0})
nest.Connect(post, new, syn_spec={"weight": -10.0, "delay": 2.0})
nest.Connect(new, spikes)
nest.Simulate(60.0)
