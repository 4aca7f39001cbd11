"""host_nest.py FOLDER: plastic neurons in NEST, with noise, that save all the time and go on from where they were; it
prints the digest of spikes, weights and voltages at the end."""
import hashlib
import os
import sys

import nest

import torpor_nest as en

UNTIL = 200.0  # ms

nest.verbosity = nest.VerbosityLevel.ERROR
en.install()
nest.rng_seed = 7
neurons = nest.Create("iaf_psc_alpha", 40)
noise = nest.Create("poisson_generator", params={"rate": 9000.0})
recorder = nest.Create("spike_recorder")
nest.Connect(noise, neurons, syn_spec={"weight": 35.0})
nest.Connect(neurons, neurons, {"rule": "fixed_indegree", "indegree": 5},
             {"synapse_model": "stdp_synapse", "weight": 20.0, "delay": 1.5})
nest.Connect(neurons, recorder)
if os.environ.get("TORPOR_CHECKPOINTS") == "no":
    nest.Simulate(UNTIL)
else:
    en.simulate(UNTIL, dir=sys.argv[1], every=2.0, keep=2)
events = recorder.events
state = [sorted(zip(events["times"].tolist(), events["senders"].tolist())), list(neurons.V_m),
         nest.GetConnections(neurons, neurons).weight]
print("digest", hashlib.md5(repr(state).encode()).hexdigest(), recorder.n_events)
