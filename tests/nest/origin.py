# SPDX-License-Identifier: GPL-2.0-or-later
"""Three runs with another stimulus each. The script may have been changed when it is started again.

    origin.py FOLDER '{"how": "plain", "simulate" or "every", "network": "plastic" or "growing", "change": ..., ...}'
"""

import json
import os
import sys

import nest
import state
import torpor_nest as en


class Plastic:
    """Plastic and static synapses; several things are set before each run."""

    def __init__(self, change):
        nest.set(rng_seed=4 if change == "first seed" else 3, local_num_threads=2)
        nest.SetDefaults("iaf_psc_exp", {"tau_m": 11.0 if change == "first defaults" else 12.0})
        self.neurons = nest.Create("iaf_psc_alpha", 12, {"I_e": 381.0 if change == "first I_e" else 380.0})
        self.neurons.V_m = -66.0 if change == "first V_m" else -65.0
        self.noise = nest.Create("poisson_generator", params={"rate": 8000.0})
        self.recorder = nest.Create("spike_recorder")
        nest.Connect(self.noise, self.neurons, syn_spec={"weight": 20.0})
        nest.Connect(self.neurons, self.neurons, {"rule": "fixed_indegree", "indegree": 3},
                     {"synapse_model": "stdp_synapse", "weight": 10.0 if change != "first plastic weight" else 9.0,
                      "lambda": 0.02 if change == "first lambda" else 0.01})  # fmt: skip
        nest.Connect(self.neurons[:6], self.neurons[6:], "one_to_one", {"weight": 5.0})
        nest.Connect(self.neurons, self.recorder)

    def set_stimulus(self, run, change):
        if run == 0:
            return
        more = {what: 0.125 if what == change and run == 1 else 0.0 for what in (
            "I_e", "rate", "weight", "seed", "defaults", "connection", "lambda", "wfr", "frozen", "tau_minus", "node")}  # fmt: skip
        self.neurons.I_e = 380.0 + 10.0 * run + more["I_e"]
        self.noise.rate = 8000.0 + 200.0 * run + more["rate"]
        nest.GetConnections(self.neurons, self.neurons, "static_synapse").weight = 5.0 + run + more["weight"]
        nest.rng_seed = 3 + run + int(8 * more["seed"])
        nest.SetDefaults("iaf_psc_exp", {"tau_m": 12.0 + run + more["defaults"]})
        nest.GetConnections(self.neurons, self.neurons, "stdp_synapse").set({"lambda": 0.01 + 0.001 * run + more["lambda"]})
        nest.wfr_tol = 1e-4 * (run + more["wfr"])
        self.neurons[0].set(frozen=bool(run % 2) != bool(more["frozen"]), tau_minus=20.0 + run + more["tau_minus"])
        added = nest.Create("iaf_psc_alpha", 2 if more["node"] else 1)
        nest.Connect(self.neurons[:2], added, syn_spec={"weight": 7.0})
        if more["connection"]:
            nest.Connect(self.neurons[2], added, syn_spec={"weight": 7.0})


class Growing(Plastic):
    """NEST makes and removes synapses."""

    def __init__(self, change):
        nest.set(rng_seed=3, local_num_threads=1, structural_plasticity_update_interval=20.0)
        nest.CopyModel("static_synapse", "growing", {"weight": 90.0, "delay": 1.0})
        nest.structural_plasticity_synapses = {"syn": {
            "synapse_model": "growing", "pre_synaptic_element": "Axon", "post_synaptic_element": "Den"}}  # fmt: skip
        element = {"growth_curve": "gaussian", "growth_rate": 0.03, "tau_vacant": 0.1, "z": 1.5, "eta": -0.02,
                   "eps": 0.07 if change == "first curve" else 0.06}  # fmt: skip
        self.neurons = nest.Create("iaf_psc_exp", 40, {"synaptic_elements": {"Axon": element, "Den": element}})
        self.neurons.set(tau_Ca=150.0, beta_Ca=0.008, V_m=nest.random.uniform(-70.0, -56.0))
        self.noise = nest.Create("poisson_generator", params={"rate": 9000.0})
        self.recorder = nest.Create("spike_recorder")
        nest.Connect(self.noise, self.neurons, syn_spec={"weight": 30.0, "delay": 1.0})
        nest.Connect(self.neurons, self.recorder)
        nest.Connect(self.neurons[:20], self.neurons[20:39 if change == "first connection" else 40], "all_to_all",
                     {"weight": 2.5 if change == "first weight" else 2.0, "delay": 1.0})  # fmt: skip
        self.inputs = nest.GetConnections(self.noise)
        nest.EnableStructuralPlasticity()

    def set_stimulus(self, run, change):
        if run == 0:
            return
        more = {what: 0.125 if what == change and run == 1 else 0.0 for what in ("I_e", "rate", "defaults", "interval", "weight")}
        self.neurons.I_e = 5.0 * run + more["I_e"]
        self.noise.rate = 9000.0 + 100.0 * run + more["rate"]
        nest.SetDefaults("growing", {"weight": 90.0 + run + more["defaults"]})
        nest.structural_plasticity_update_interval = 20.0 + run + 8 * more["interval"]
        self.inputs.weight = 30.0 + run + more["weight"]


def main():
    folder, options = sys.argv[1], json.loads(sys.argv[2])
    print("\n" + json.dumps(simulate(folder, **options)))


def simulate(folder, how, network="plastic", change=None, die_in=None, trials=1, verbosity="INFO", t_ms=100.0,
             split=False, **more):  # fmt: skip
    options = {"dir": folder, "every": 30.0, "fsync": "no", **more}
    results = []
    for trial in range(trials):
        nest.ResetKernel()
        nest.verbosity = nest.VerbosityLevel[verbosity]
        if how != "plain":
            en.install()
        its_change = change if trial == trials - 1 else None
        model = {"plastic": Plastic, "growing": Growing}[network](its_change)
        if how == "every":
            en.every(**options)
        if its_change == "after every":
            model.neurons.I_e = 1.0
        for run in range(3):
            model.set_stimulus(run, its_change)
            for part in [0.4 * t_ms, 0.6 * t_ms] if split and run == 0 else [t_ms]:
                if how == "simulate":
                    en.simulate(part, **options)
                else:
                    nest.Simulate(part)
            if run == die_in and trial == trials - 1:
                os._exit(9)
        results.append([state.digest(), model.recorder.n_events, state.next_draws()])
    return {"results": results}


if __name__ == "__main__":
    main()
