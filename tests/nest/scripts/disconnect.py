"""Synapses that the script removes, and makes, between its runs."""

import nest

nest.ResetKernel()
nest.local_num_threads = 2
neurons = nest.Create("iaf_psc_exp", 40, params={"I_e": 360.0, "V_m": nest.random.uniform(-70.0, -56.0)})
noise = nest.Create("poisson_generator", params={"rate": 6_000.0})
nest.Connect(noise, neurons, syn_spec={"weight": 30.0})
nest.Connect(neurons, neurons, "all_to_all", {"synapse_model": "stdp_synapse", "weight": 20.0, "delay": 1.0})
nest.Connect(neurons[::2], neurons[1::2], "one_to_one", {"weight": -40.0, "delay": 2.0})
recorder = nest.Create("spike_recorder")
nest.Connect(neurons, recorder)
nest.Simulate(20.0)
nest.Disconnect(neurons[:6], neurons[10:16], conn_spec="one_to_one", syn_spec={"synapse_model": "stdp_synapse"})
nest.Disconnect(neurons[30:], neurons[30:], conn_spec="all_to_all", syn_spec={"synapse_model": "stdp_synapse"})
nest.Simulate(50.0)
nest.Disconnect(neurons[:20:2], neurons[1:20:2], conn_spec="one_to_one", syn_spec={"synapse_model": "static_synapse"})
nest.Connect(neurons[:6], neurons[20:26], "one_to_one", {"weight": 60.0, "delay": 1.5})
nest.Simulate(20.0)
nest.Disconnect(neurons[2:4], neurons[20:22], conn_spec="all_to_all", syn_spec={"synapse_model": "stdp_synapse"})
nest.Simulate(20.3)
