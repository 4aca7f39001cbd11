"""Models of many kinds side by side, recorded to text files: compartments, many receptors, astrocytes, binary neurons."""

import nest

nest.ResetKernel()
nest.local_num_threads = 4
nest.overwrite_files = True
noise = nest.Create("poisson_generator", params={"rate": 8000.0})


def ports(model):
    return nest.GetDefaults(model)["receptor_types"]


branched = nest.Create("iaf_cond_alpha_mc", 4, params={"soma": {"I_e": 150.0}})
for port in ("soma_exc", "proximal_inh", "distal_exc"):
    nest.Connect(noise, branched, syn_spec={"weight": 2.0, "receptor_type": ports("iaf_cond_alpha_mc")[port]})
receptors = {"E_rev": [0.0, -85.0, -70.0], "tau_rise": [0.5, 1.0, 2.0], "tau_decay": [2.0, 5.0, 20.0]}
many = nest.Create("aeif_cond_beta_multisynapse", 5, params=receptors)
for port in (1, 2, 3):
    nest.Connect(branched, many, syn_spec={"weight": 5.0, "receptor_type": port, "delay": 1.0 + port})
    nest.Connect(noise, many, syn_spec={"weight": 0.5, "receptor_type": port})
thalamic = nest.Create("ht_neuron", 4)
nest.Connect(noise, thalamic, syn_spec={"weight": 0.1, "receptor_type": ports("ht_neuron")["AMPA"]})
nest.Connect(thalamic, thalamic,
             syn_spec={"synapse_model": "ht_synapse", "weight": 1.0, "receptor_type": ports("ht_neuron")["NMDA"]})  # fmt: skip
decision = nest.Create("iaf_bw_2001", 4)
nest.Connect(noise, decision, syn_spec={"weight": 2.0, "receptor_type": ports("iaf_bw_2001")["AMPA"]})
nest.Connect(decision, decision, syn_spec={"weight": 0.5, "receptor_type": ports("iaf_bw_2001")["NMDA"]})
astrocytes = nest.Create("astrocyte_lr_1994", 4, params={"IP3": 1.0})
helped = nest.Create("aeif_cond_alpha_astro", 6)
nest.TripartiteConnect(
    helped, helped, astrocytes, {"rule": "pairwise_bernoulli", "p": 0.5},
    {"rule": "third_factor_bernoulli_with_pool", "p": 0.8, "pool_size": 2, "pool_type": "random"},
    {"primary": {"weight": 5.0}, "third_in": {"synapse_model": "tsodyks_synapse", "weight": 1.0},
     "third_out": {"synapse_model": "sic_connection", "weight": 5.0}},
)  # fmt: skip
nest.Connect(noise, helped, syn_spec={"weight": 2.0})
simple = nest.Create("izhikevich", 10, params={"I_e": 8.0})
nest.Connect(simple, simple, "all_to_all", {"synapse_model": "cont_delay_synapse", "weight": -1.0, "delay": 1.25})
nest.CopyModel("static_synapse_hom_w", "same_weight", {"weight": 3.0})
nest.Connect(simple, simple, "one_to_one", {"synapse_model": "same_weight"})
fields = nest.Create("siegert_neuron", 2, params={"mean": 1.0})
drive = nest.Create("siegert_neuron", params={"rate": 30.0, "mean": 20.0})
nest.Connect(drive, fields,
             syn_spec={"synapse_model": "diffusion_connection", "drift_factor": 2.0, "diffusion_factor": 1.0})  # fmt: skip
binary = nest.Create("ginzburg_neuron", 5, params={"theta": 0.2})
nest.Connect(binary, binary, syn_spec={"weight": 0.3})
nest.Connect(binary, nest.Create("spin_detector"))
spikes = nest.Create("spike_recorder", params={"record_to": "ascii", "label": "spikes"})
for nodes in (branched, many, thalamic, decision, helped, simple):
    nest.Connect(nodes, spikes)
recordables = nest.GetDefaults("ht_neuron")["recordables"]
nest.Connect(nest.Create("multimeter", params={"record_from": recordables, "interval": 0.3}), thalamic)
nest.Simulate(40.0)
nest.Simulate(37.7)
nest.Simulate(20.0)
