# SPDX-License-Identifier: GPL-2.0-or-later
"""A network whose synapses come and go by structural plasticity; prints its final state as JSON.

    plastic.py WHAT '{"curve": ..., "synapse": ..., "until": ms, "save_at": ms, "path": ..., ...}'
"""

import hashlib
import json
import sys

import nest
import state
import torpor_nest as en

CURVES = {
    "linear": {"growth_curve": "linear", "eps": 0.06},
    "gaussian": {"growth_curve": "gaussian", "eta": -0.02, "eps": 0.06},
    "sigmoid": {"growth_curve": "sigmoid", "eps": 0.06, "psi": 0.02},
}


def build(curve="gaussian", synapse="static_synapse", rng="mt19937_64", seed=7, interval=20.0, n=60, fixed=0, weight=90.0,
          threads=1, enable=True, named="syn",
          gaps=False, drawn=False):
    nest.set(local_num_threads=threads, rng_type=rng, rng_seed=seed, resolution=0.1)
    nest.structural_plasticity_update_interval = interval
    nest.CopyModel(synapse, "growing_ex", {"weight": weight, "delay": 1.0})
    nest.CopyModel("static_synapse", "growing_in", {"weight": -2 * weight, "delay": 1.0})
    if named:
        nest.structural_plasticity_synapses = {
            f"{named}_{kind}": {
                "synapse_model": f"growing_{kind}",
                "pre_synaptic_element": f"Axon_{kind}",
                "post_synaptic_element": f"Den_{kind}",
                **({"weight": nest.random.uniform(0.7 * weight, 1.3 * weight)} if drawn and kind == "ex" else {}),
            }
            for kind in ("ex", "in")
        }
    element = {"growth_rate": 0.03, "tau_vacant": 0.1, "z": 1.5, **CURVES[curve]}
    ex = nest.Create("iaf_psc_exp", n * 4 // 5, {"synaptic_elements": {k: element for k in ("Den_ex", "Den_in", "Axon_ex")}})
    inh = nest.Create("iaf_psc_exp", n // 5, {"synaptic_elements": {k: element for k in ("Den_ex", "Den_in", "Axon_in")}})
    neurons = ex + inh
    neurons.set(tau_Ca=150.0, beta_Ca=0.008, V_m=nest.random.uniform(-70.0, -56.0))
    noise = nest.Create("poisson_generator", params={"rate": 9_000.0})
    nest.Connect(noise, neurons, syn_spec={"weight": 30.0, "delay": 1.0})
    recorder = nest.Create("spike_recorder")
    nest.Connect(neurons, recorder)
    if fixed:  # synapses of the script's own: structural plasticity leaves them alone, but sorts them again and again
        nest.Connect(neurons, neurons, {"rule": "fixed_total_number", "N": fixed}, {"weight": 5.0, "delay": 1.0})
    if gaps:
        pair = nest.Create("hh_psc_alpha_gap", 2, params=[{"I_e": 650.0}, {"I_e": 0.0}])
        nest.Connect(pair[0], pair[1], {"rule": "one_to_one", "make_symmetric": True},
                     {"synapse_model": "gap_junction", "weight": 20.0})  # fmt: skip
        nest.Connect(pair, recorder)
    if enable:
        nest.EnableStructuralPlasticity()


def ordered():
    """Sources and targets in the order in which NEST has them."""
    found = nest.GetConnections()
    return [] if len(found) < 2 else [found.get("source"), found.get("target")]


def main():
    what, options = sys.argv[1], json.loads(sys.argv[2])
    until, save_at, path = (options.pop(key, None) for key in ("until", "save_at", "path"))
    leave_out, simulate = options.pop("leave_out", ""), options.pop("simulate", {})
    redefine, looks = options.pop("redefine", False), options.pop("looks", False)
    nest.verbosity = nest.VerbosityLevel.ERROR
    en.install()
    build(**options)
    course = []

    def watch(t_ms):
        nest.Simulate(t_ms)
        course.append(nest.num_connections)

    if what == "watch":
        while nest.biological_time < until:
            watch(10.0)
    elif what in ("save", "straight"):
        nest.Simulate(save_at)
        if redefine:  # how synaptic elements grow, and how often synapses come and go
            nest.structural_plasticity_update_interval = 12.0
            sigmoid = {"growth_curve": "sigmoid", "growth_rate": 0.04, "eps": 0.08, "psi": 0.03}
            nest.GetNodes({"model": "iaf_psc_exp"})[::2].synaptic_elements_param = {"Den_ex": sigmoid, "Axon_ex": sigmoid}
        if what == "save":
            en.save(path)
        nest.Simulate(until - save_at)
    elif what == "restore":
        en._library.leave_out(leave_out)
        en.restore(path)
        nest.Simulate(until - save_at)
    elif what == "plainly":
        nest.Simulate(until)
    elif what == "simulate":
        en.simulate(until, **simulate)
    elif what in ("runs", "every"):  # several of them, the last of which may be cut short
        if what == "every":
            en.every(**simulate)
        for _ in range(int(until // 80.0)):
            nest.Simulate(80.0)
            course.append([nest.num_connections, nest.GetKernelStatus()["num_connections"],
                           nest.GetDefaults("growing_ex", "num_connections")])  # fmt: skip
            if looks:
                nest.GetConnections()
        if until % 80.0:
            nest.Simulate(until % 80.0)
        en.finish()
    en.save(f"{path}.{what}")
    result = {"digest": state.digest(), "recorded": state.n_recorded(), "order": hashlib.sha256(repr(ordered()).encode()).hexdigest(),
              "synapses": nest.num_connections, "draws": state.next_draws()}  # fmt: skip
    print("\n" + json.dumps({**result, **({"course": course} if course else {})}))


if __name__ == "__main__":
    main()
