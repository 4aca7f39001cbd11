# SPDX-License-Identifier: GPL-2.0-or-later
"""Compartmental neurons with receptors of each kind; prints a digest as JSON.

    compartments.py WHAT PATH '{"threads": ..., "leave_out": ..., "change": ...}'

WHAT: `save` to PATH in the middle and simulate on; `restore` and do the same, or `resave`; `refused`, try to restore;
`simulate`, with checkpoints inside of the run in folder PATH, resuming from the newest; `grow`, the same with
compartments that are added between two runs.
"""

import json
import sys

import nest
import state
import torpor_nest as en

T_SAVE, T_AFTER = 31.7, 40.0  # ms; the first ends inside a slice
EVERY = 7.9  # ms; not a multiple of min_delay
MODEL = "pyramidal"  # a copy of cm_default

SOMA = {"C_m": 1.0, "g_L": 0.1, "e_L": -75.0, "v_comp": -74.0, "gbar_Na": 46.0, "e_Na": 60.0, "gbar_K": 9.5, "e_K": -90.0}
ACTIVE = {"C_m": 0.2, "g_C": 0.1, "g_L": 0.02, "e_L": -70.0, "v_comp": -71.0, "gbar_Na": 1.7, "e_Na": 60.0,
          "gbar_K": 1.1, "e_K": -90.0}  # fmt: skip
PASSIVE = {"C_m": 0.3, "g_C": 0.2, "g_L": 0.02, "e_L": -72.0, "v_comp": -73.0}
SHAPES = [
    [(-1, SOMA), (0, ACTIVE), (0, PASSIVE), (1, PASSIVE), (3, ACTIVE)],  # parent, parameters
    [(-1, SOMA), (0, PASSIVE)],
]
RECEPTORS = {
    "AMPA": {"e_AMPA": 1.0, "tau_r_AMPA": 0.3, "tau_d_AMPA": 2.5},
    "GABA": {"e_GABA": -82.0, "tau_r_GABA": 0.4, "tau_d_GABA": 9.0},
    "NMDA": {"e_NMDA": 2.0, "tau_r_NMDA": 0.5, "tau_d_NMDA": 41.0},
    "AMPA_NMDA": {"e_AMPA_NMDA": 3.0, "tau_r_AMPA": 0.6, "tau_d_AMPA": 2.75, "tau_r_NMDA": 0.7, "tau_d_NMDA": 42.0,
                  "NMDA_ratio": 1.5},
}  # fmt: skip


def structure(change=""):
    """Compartments and receptors of each neuron, with the change that a test of refusals asks for."""
    shapes = [
        ([{"parent_idx": parent, "params": dict(parameters)} for parent, parameters in shape],
         [{"comp_idx": i % len(shape), "receptor_type": kind, "params": dict(parameters)}
          for i, (kind, parameters) in enumerate((*RECEPTORS.items(), *RECEPTORS.items()))])
        for shape in SHAPES
    ]  # fmt: skip
    compartments, receptors = shapes[1]
    if change == "fewer compartments":
        shapes[0][0].pop()
        shapes[0][1][4]["comp_idx"] = 0
    elif change == "more compartments":
        compartments.append({"parent_idx": 0})
    elif change == "another parent":
        shapes[0][0][3]["parent_idx"] = 0
    elif change == "fewer receptors":
        receptors.pop()
    elif change == "more receptors":
        receptors.append({"comp_idx": 1, "receptor_type": "GABA"})
    elif change == "another receptor":
        receptors[2]["receptor_type"], receptors[2]["params"] = "GABA", {}
    elif change == "another place":
        receptors[3]["comp_idx"] = 0
    elif change == "other parameters":
        for part in (part for shape in shapes for parts in shape for part in parts):
            part["params"] = {name: value + 0.0625 for name, value in part["params"].items()}
    return shapes


def build_neurons(models, change="", one_by_one=False):
    """Neurons of two alternating shapes, with input to each compartment and receptor, and recorders of everything that can
    be recorded."""
    neurons = [nest.Create(model) for model in models]
    for i, neuron in enumerate(neurons):
        compartments, receptors = structure(change)[i % 2]
        if one_by_one:  # numbers its recordables otherwise
            neuron.compartments = compartments[:1]
            for compartment in compartments[1:]:
                neuron.add_compartments = [compartment]
            for receptor in receptors:
                neuron.add_receptors = [receptor]
        else:
            neuron.compartments = compartments
            neuron.receptors = receptors
        for port in range(len(receptors)):
            noise = nest.Create("poisson_generator", params={"rate": 400.0})
            nest.Connect(noise, neuron, syn_spec={"weight": 0.05, "delay": 1.0 + 0.2 * port, "receptor_type": port})
        for port in range(len(compartments)):
            current = nest.Create("noise_generator", params={"mean": 0.3, "std": 0.5, "dt": 0.5})
            nest.Connect(current, neuron, syn_spec={"weight": 1.0, "delay": 2.3, "receptor_type": port})
        multimeter = nest.Create("multimeter", params={"record_from": sorted(neuron.recordables), "interval": 0.1})
        nest.Connect(multimeter, neuron)
    together = sum(neurons[1:], start=neurons[0])
    for delay, port in ((1.0, 0), (3.2, 1)):
        nest.Connect(together, together, syn_spec={"weight": 0.2, "delay": delay, "receptor_type": port})
    nest.Connect(together, nest.Create("spike_recorder"))
    return neurons


def build(threads=2, **options):
    en.install()
    nest.set(local_num_threads=threads, rng_seed=17, resolution=0.1)
    nest.CopyModel("cm_default", MODEL, {"V_th": -40.0})
    return build_neurons([MODEL, "cm_default", MODEL, MODEL, "cm_default"], **options)


def at_save():
    """What the multimeters have recorded of each neuron at the time of the save."""
    recorded = {}
    for multimeter in nest.GetNodes({"model": "multimeter"}):
        events = multimeter.events
        for row in (abs(events["times"] - T_SAVE) < 1e-9).nonzero()[0]:
            recorded[int(events["senders"][row])] = {
                name: float(values[row]) for name, values in events.items() if name not in ("times", "senders")
            }
    return recorded


def report(**more):
    recorder = nest.GetNodes({"model": "spike_recorder"})
    spikes = sorted(set(recorder.events["senders"].tolist()))
    print("\n" + json.dumps({"digest": state.digest(), "recorded": state.n_recorded(), "fire": spikes,
                             "draws": state.next_draws(), **more}))  # fmt: skip


def restore(path, options):
    """The error, and whether NEST then continues as if no restore had been tried."""
    digests, text = [], ""
    for attempt in (False, True):
        nest.ResetKernel()
        nest.verbosity = nest.VerbosityLevel.FATAL
        build(**options)
        if attempt:
            try:
                en.restore(path)
            except en.Error as error:
                text = str(error)
        nest.Simulate(T_AFTER)
        digests.append(state.digest())
    print("\n" + json.dumps({"error": text, "goes_on": digests[0] == digests[1]}))


def grow(path, options):
    """Compartments and receptors are added between two runs."""
    neurons = build(**options)
    en.simulate(T_SAVE, dir=path, every=EVERY, keep=100)
    neurons[1].add_compartments = [{"parent_idx": 1, "params": ACTIVE}, {"parent_idx": 2, "params": PASSIVE}]
    neurons[1].add_receptors = [{"comp_idx": 2, "receptor_type": "NMDA"}]
    late = nest.Create("multimeter", params={"record_from": ["v_comp2", "v_comp3", "g_d_NMDA_8"], "interval": 0.1})
    nest.Connect(late, neurons[1])
    nest.Connect(neurons[0], neurons[1], syn_spec={"weight": 0.3, "delay": 2.0, "receptor_type": 8})
    en.simulate(T_AFTER, dir=path, every=EVERY, keep=100)
    report()


def main():
    what, path, options = sys.argv[1], sys.argv[2], json.loads(sys.argv[3])
    nest.verbosity = nest.VerbosityLevel.FATAL
    leave_out = options.pop("leave_out", "")
    if what == "refused":
        return restore(path, options)
    if what == "grow":
        return grow(path, options)
    neurons = build(**options)
    en._library.leave_out(leave_out)
    if what == "save":
        nest.Simulate(T_SAVE)
        neurons[2].V_th = -38.0
        en.save(path)
        nest.Simulate(T_AFTER)
        return report(at_save=at_save())
    if what == "restore":
        en.restore(path)
        nest.Simulate(T_AFTER)
    elif what == "resave":
        en.restore(path)
        en.save(path + ".again")
    elif what == "unrestored":
        nest.Simulate(T_AFTER)
    elif what == "plain":
        nest.Simulate(T_SAVE + T_AFTER)
    elif what == "simulate":
        en.simulate(T_SAVE + T_AFTER, dir=path, every=EVERY, keep=100)
    report()


if __name__ == "__main__":
    main()
