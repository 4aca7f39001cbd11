"""Two layers in space, simulated in pieces between Prepare and Cleanup."""

import nest
from nest import spatial, spatial_distributions

nest.ResetKernel()
nest.local_num_threads = 3
grid = nest.Create("iaf_psc_alpha", positions=spatial.grid([12, 12], extent=[2.0, 2.0], edge_wrap=True))
places = [[0.05 * i - 1.0, (0.37 * i) % 2 - 1.0] for i in range(40)]
free = nest.Create("iaf_psc_exp", positions=spatial.free(places, extent=[2.2, 2.2], edge_wrap=True))
near = {
    "rule": "pairwise_bernoulli",
    "p": spatial_distributions.gaussian(spatial.distance, std=0.3),
    "mask": {"circular": {"radius": 0.6}},
}
nest.Connect(grid, grid, near, {"weight": spatial_distributions.exponential(spatial.distance, beta=0.5) * 40.0,
                                "delay": 0.5 + spatial.distance * 2.0})  # fmt: skip
nest.Connect(grid, free, {"rule": "fixed_outdegree", "outdegree": 5},
             {"synapse_model": "tsodyks2_synapse", "weight": nest.random.normal(60.0, 10.0), "delay": 1.2})  # fmt: skip
nest.Connect(nest.Create("poisson_generator", params={"rate": 9000.0}), grid, syn_spec={"weight": 30.0})
nest.Connect(nest.Create("mip_generator", params={"rate": 400.0, "p_copy": 0.3}), free, syn_spec={"weight": 200.0})
correlation = nest.Create("correlation_detector", params={"tau_max": 20.0, "delta_tau": 1.0})
nest.Connect(grid[0], correlation, syn_spec={"receptor_type": 0})
nest.Connect(free[0], correlation, syn_spec={"receptor_type": 1})
spikes = nest.Create("spike_recorder")
nest.Connect(grid, spikes)
nest.Connect(free, spikes)
nest.Connect(nest.Create("voltmeter"), grid[::7])
with nest.RunManager():
    for _ in range(10):
        nest.Run(12.3)
nest.Simulate(30.0)
