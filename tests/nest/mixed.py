# SPDX-License-Identifier: GPL-2.0-or-later
"""A network of several models, selected by a seed, which is changed between its runs.

    mixed.py straight SEED FOLDER     with nest.Simulate
    mixed.py save SEED FOLDER         the same, with a save by hand inside of a run
    mixed.py restore SEED FOLDER      from that save
    mixed.py kill SEED FOLDER         with simulate(), until a thread kills the process
    mixed.py resume SEED FOLDER       with simulate(), to the end
"""

import json
import os
import sys
import threading
from contextlib import suppress
from pathlib import Path
from random import Random

import nest
import state
import sweep
import torpor_nest as en

# Left out: what needs MUSIC, and what NEST leaves uninitialized.
UNFIT = ("music_", "torpor_hook", "siegert_neuron", "diffusion_connection", "urbanczik_synapse_hpc")
SYNAPSES = ("static_synapse", "stdp_synapse", "stdp_triplet_synapse", "tsodyks_synapse", "tsodyks2_synapse", "jonke_synapse",
            "quantal_stp_synapse", "vogels_sprekeler_synapse", "bernoulli_synapse", "ht_synapse", "stdp_synapse_hom",
            "stdp_nn_restr_synapse", "cont_delay_synapse")  # fmt: skip
RULES = ({"rule": "fixed_indegree", "indegree": 3}, {"rule": "fixed_outdegree", "outdegree": 3},
         {"rule": "pairwise_bernoulli", "p": 0.2}, {"rule": "fixed_total_number", "N": 40})  # fmt: skip
NEURONS = ("iaf_psc_alpha", "iaf_psc_exp", "iaf_psc_delta", "iaf_cond_alpha", "iaf_cond_exp", "aeif_cond_alpha",
           "aeif_cond_exp", "hh_psc_alpha", "amat2_psc_exp", "mat2_psc_exp", "izhikevich")  # fmt: skip


def build(rng):
    models = [m for m in (*nest.node_models, *nest.synapse_models) if not m.startswith(UNFIT)]
    chosen = rng.sample(models, rng.randint(2, 6))
    threads = 1 if any(map(sweep.one_thread_only, chosen)) else rng.randint(1, 4)
    nest.set(local_num_threads=threads, resolution=rng.choice((0.05, 0.1)), rng_seed=rng.randint(1, 1 << 30),
             rng_type=rng.choice(nest.rng_types))  # fmt: skip
    delays = nest.Create("parrot_neuron", 2)  # those that may come later are within these
    for delay in (1.0, 4.0):
        nest.Connect(delays[:1], delays[1:], syn_spec={"delay": delay})
    for model in chosen:
        with suppress(nest.NESTErrors.KernelException):  # of some models' networks a kernel has only one
            (sweep.build_node if model in nest.node_models else sweep.build_synapse)(model)
    neurons = sum((nest.GetNodes({"model": model}) for model in NEURONS), start=nest.NodeCollection())
    for _ in range(rng.randint(0, 3) if neurons else 0):
        delay = rng.choice((1.0, 2.0, nest.random.uniform(1.0, 4.0)))
        weight = rng.choice((12.0, nest.random.uniform(5.0, 30.0)))
        nest.Connect(neurons, neurons, rng.choice(RULES),
                     {"synapse_model": rng.choice(SYNAPSES), "weight": weight, "delay": delay})  # fmt: skip
    return chosen


def change(what, number):
    """What a script does between its runs."""
    if what == "parameter":
        for node in nest.GetNodes()[::5]:
            if "I_e" in node.get():
                node.I_e += 10.0 + number
    elif what == "defaults":
        nest.SetDefaults("static_synapse", {"weight": 1.0 + number})
        nest.SetDefaults("iaf_psc_alpha", {"I_e": 100.0 + number})
    elif what == "grow":
        new = nest.Create("iaf_psc_alpha", 3, params={"I_e": 500.0})
        noise = nest.Create("poisson_generator", params={"rate": 3000.0 + number})
        nest.Connect(noise, new, syn_spec={"weight": 200.0})
        delay = nest.random.uniform(1.0, 3.0)
        nest.Connect(new, new, syn_spec={"synapse_model": "stdp_synapse", "weight": 80.0, "delay": delay})
        nest.Connect(new, nest.Create("spike_recorder"))


def main():
    mode, seed, folder = sys.argv[1], int(sys.argv[2]), Path(sys.argv[3])
    rng = Random(seed)
    nest.ResetKernel()
    nest.verbosity = nest.VerbosityLevel.FATAL
    en.install()
    models = build(rng)
    step = nest.resolution
    runs = [rng.randint(40, 600) for _ in range(rng.choice((1, 1, 2, 3)))]  # steps
    cut = rng.randint(1, sum(runs) - 1)
    every = rng.randint(20, 200) * step
    # What grows is not restored by hand (see the README's limits), and NEST's e-prop fails where something grows.
    may_grow = mode not in ("save", "restore") and not any("eprop" in model for model in models)
    changes = [rng.choice(("parameter", "defaults", "grow" if may_grow else "nothing")) for _ in runs]

    def die():
        while en._library.now() < cut:  # simulate() does not keep the GIL
            pass
        os._exit(9)

    if mode == "kill":
        threading.Thread(target=die, daemon=True).start()
    begin = 0
    for number, steps in enumerate(runs):
        end = begin + steps
        if mode in ("kill", "resume"):
            en.simulate(steps * step, dir=folder / "checkpoints", every=every)
        elif mode != "straight" and begin < cut <= end:
            if mode == "save":
                nest.Simulate((cut - begin) * step)
                en.save(folder / "cut.msgpack")
            else:
                en.restore(folder / "cut.msgpack")
            if cut < end:
                nest.Simulate((end - cut) * step)
        elif mode != "restore" or begin >= cut:
            nest.Simulate(steps * step)
        begin = end
        if end != sum(runs):
            change(changes[number], number)
    return {"digest": state.digest(), "recorded": state.n_recorded(), "draws": state.next_draws(), "models": models}


if __name__ == "__main__":
    print("\n" + json.dumps(main()))
