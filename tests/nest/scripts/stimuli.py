"""Generators whose parameters the script changes in the middle, a recorder that is emptied, a meter that comes late."""

import nest

nest.ResetKernel()
nest.SetKernelStatus({"resolution": 0.2, "local_num_threads": 2, "rng_type": "Philox_32", "rng_seed": 99})
neurons = nest.Create("iaf_cond_exp", 30)
neurons.V_m = nest.random.normal(-65.0, 3.0)
poisson = nest.Create("poisson_generator", params={"rate": 12_000.0, "start": 5.0, "stop": 150.0})
gamma = nest.Create("sinusoidal_gamma_generator", params={"rate": 500.0, "amplitude": 300.0, "frequency": 10.0, "order": 2.0})
steps = nest.Create("inhomogeneous_poisson_generator",
                    params={"rate_times": [1.0, 50.0, 90.0], "rate_values": [500.0, 3000.0, 1000.0]})  # fmt: skip
pulses = nest.Create("pulsepacket_generator", params={"pulse_times": [20.0, 60.0, 100.0], "activity": 20, "sdev": 4.0})
for generator, weight in ((poisson, 2.0), (gamma, 5.0), (steps, 3.0), (pulses, 10.0)):
    nest.Connect(generator, neurons, syn_spec={"weight": weight, "delay": 1.0})
current = nest.Create("noise_generator", params={"std": 100.0, "dt": 1.0, "frequency": 20.0, "std_mod": 50.0})
nest.Connect(current, neurons)
levels = {"amplitude_times": [10.0, 40.0, 80.0], "amplitude_values": [100.0, -50.0, 200.0]}
nest.Connect(nest.Create("step_current_generator", params=levels), neurons[:10])
nest.Connect(neurons, neurons, {"rule": "fixed_total_number", "N": 200},
             {"weight": 3.0, "delay": nest.random.uniform(1.0, 5.0)})  # fmt: skip
spikes = nest.Create("spike_recorder", params={"start": 10.0})
nest.Connect(neurons, spikes)
nest.Connect(nest.Create("multimeter", params={"record_from": ["V_m", "g_ex"], "interval": 1.0}), neurons[:5])
for k in range(8):
    nest.Simulate(17.4)
    poisson.rate = 12_000.0 + 500 * k
    gamma.set(amplitude=300.0 - 20 * k)
    if k == 4:
        steps.set(rate_times=[nest.biological_time + 10.0], rate_values=[2500.0])
    if k == 5:
        spikes.n_events = 0
    if k == 6:
        nest.Connect(nest.Create("multimeter", params={"record_from": ["V_m"], "interval": 0.4}), neurons[5:9])
nest.Simulate(20.0)
