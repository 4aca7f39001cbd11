"""Gap junctions solved by waveform relaxation, and two kinds of rate neurons."""

import nest

SHORTEST = 1.2  # ms; longer than the delay that NEST shows of connections that act at once

nest.ResetKernel()
nest.resolution = 0.05
nest.wfr_comm_interval = SHORTEST
nest.local_num_threads = 2
nest.use_wfr = True
neurons = nest.Create("hh_psc_alpha_gap", 20, params={"I_e": nest.random.uniform(300.0, 700.0)})
nest.Connect(neurons[:10], neurons[10:], {"rule": "one_to_one", "make_symmetric": True},
             {"synapse_model": "gap_junction", "weight": 0.5})  # fmt: skip
nest.Connect(neurons, neurons, {"rule": "fixed_indegree", "indegree": 3}, {"weight": -20.0, "delay": SHORTEST})
rates = nest.Create("lin_rate_ipn", 10, params={"sigma": 0.2, "mu": 0.5, "tau": 5.0})
outputs = nest.Create("threshold_lin_rate_opn", 5)
nest.Connect(rates, rates, "all_to_all", {"synapse_model": "rate_connection_instantaneous", "weight": -0.02})
nest.Connect(rates, outputs, "all_to_all", {"synapse_model": "rate_connection_delayed", "weight": 0.3, "delay": 1.5})
for nodes in (rates, outputs):
    traces = nest.Create("multimeter", params={"record_from": ["rate"], "interval": 0.5})
    nest.Connect(traces, nodes, syn_spec={"delay": SHORTEST})
nest.Connect(neurons, nest.Create("spike_recorder"), syn_spec={"delay": SHORTEST})
nest.Simulate(80.0)
nest.Simulate(40.05)
