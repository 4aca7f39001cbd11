# SPDX-License-Identifier: GPL-2.0-or-later
"""One small network per model, in which that model fires or changes.

    sweep.py save FOLDER [MODEL...]      simulate, save, simulate on: writes FOLDER/straight.json
    sweep.py restore FOLDER [MODEL...]   in another process: restore, simulate on: FOLDER/resumed.json
    sweep.py check FOLDER [MODEL...]     two runs, between which nothing is set, the second with incremental=check:
                                         FOLDER/<model>/ckpt-*.msgpack; FOLDER/checked.json has for each model the number
                                         of checkpoints, and what changed although the adapter tells it unchanged
"""

import json
import sys
import warnings
from pathlib import Path

import compartments
import nest
import state
import torpor_nest

T_SAVE, T_AFTER = 31.7, 40.0  # ms; the first ends inside a slice
NOISE = 8000.0  # spikes/s of a Poisson generator

# Parameters without which a model does nothing.
NODE_PARAMETERS = {
    "ac_generator": {"amplitude": 300.0, "frequency": 50.0},
    "correlomatrix_detector": {"N_channels": 2, "delta_tau": 0.5, "tau_max": 10.0},
    "correlospinmatrix_detector": {"N_channels": 2, "delta_tau": 1.0, "tau_max": 10.0},
    "dc_generator": {"amplitude": 400.0, "stop": 60.0},
    "gamma_sup_generator": {"rate": 50.0, "n_proc": 10},
    "gif_pop_psc_exp": {"N": 200, "I_e": 300.0},
    "inhomogeneous_poisson_generator": {"rate_times": [1.0, 33.0, 50.0], "rate_values": [400.0, 900.0, 200.0]},
    "mip_generator": {"rate": 500.0, "p_copy": 0.5},
    "noise_generator": {"mean": 300.0, "std": 200.0, "dt": 0.7},
    "poisson_generator": {"rate": 500.0},
    "poisson_generator_ps": {"rate": 500.0},
    "ppd_sup_generator": {"rate": 50.0, "n_proc": 10},
    "pulsepacket_generator": {"pulse_times": [20.0, 32.0, 55.0], "activity": 10, "sdev": 3.0},
    "sinusoidal_gamma_generator": {"rate": 300.0, "amplitude": 200.0, "frequency": 30.0, "order": 3.0},
    "sinusoidal_poisson_generator": {"rate": 300.0, "amplitude": 200.0, "frequency": 30.0},
    "spike_dilutor": {"p_copy": 0.4},
    "spike_generator": {"spike_times": [5.0, 30.0, 31.8, 33.0, 60.0]},
    "spike_train_injector": {"spike_times": [5.0, 30.0, 31.8, 33.0, 60.0]},
    "step_current_generator": {"amplitude_times": [5.0, 31.0, 45.0], "amplitude_values": [300.0, 500.0, -100.0]},
    "step_rate_generator": {"amplitude_times": [5.0, 31.0, 45.0], "amplitude_values": [3.0, 5.0, -1.0]},
    "aeif_cond_alpha_multisynapse": {"E_rev": [0.0, -85.0], "tau_syn": [0.5, 2.0]},
    "aeif_cond_beta_multisynapse": {"E_rev": [0.0, -85.0], "tau_rise": [0.5, 2.0], "tau_decay": [1.0, 5.0]},
    "gif_cond_exp_multisynapse": {"E_rev": [0.0, -85.0], "tau_syn": [0.5, 2.0]},
    "gif_psc_exp_multisynapse": {"tau_syn": [0.5, 2.0]},
    "iaf_psc_alpha_multisynapse": {"tau_syn": [0.5, 2.0]},
    "iaf_psc_exp_multisynapse": {"tau_syn": [0.5, 2.0]},
    "ignore_and_fire": {"rate": 60.0},
}
RECEPTORS = {"iaf_cond_alpha_mc": 3, "pp_cond_exp_mc_urbanczik": 1, "gif_cond_exp_multisynapse": 1}
CURRENT_RECEPTORS = {"iaf_cond_alpha_mc": 7, "pp_cond_exp_mc_urbanczik": 5}
RATE = ("rate_ipn", "rate_opn", "_rate_ipn", "_rate_opn", "rate_transformer")
SYNAPSE_NODES = {"clopath_synapse": "aeif_psc_delta_clopath", "urbanczik_synapse": "pp_cond_exp_mc_urbanczik"}


def kind_of(model):
    """The kind of network that a node model needs."""
    if "eprop" in model:
        return "eprop"
    if model == "siegert_neuron":
        return "siegert"
    if "_rate_" in model or "rate_transformer" in model or model.endswith(("_ipn", "_opn")):
        return "rate"
    return nest.GetDefaults(model)["element_type"]


def tries(*calls):
    """Make those calls that this model supports. Returns their number."""
    done = 0
    for call in calls:
        try:
            call()
            done += 1
        except Exception:  # NESTErrors of many kinds: the model has no such port
            pass
    return done


def record(nodes):
    """Record everything that can be recorded of the nodes."""
    recordables = nest.GetDefaults(nodes[0].model).get("recordables", ())
    if recordables:
        multimeter = nest.Create("multimeter", params={"record_from": list(recordables), "interval": 0.7})
        tries(lambda: nest.Connect(multimeter, nodes))
    recorder = nest.Create("spike_recorder")
    tries(lambda: nest.Connect(nodes, recorder))


def drive(nodes, model):
    """Spikes and currents into neurons of any kind, strong enough for them to fire."""
    noise = nest.Create("poisson_generator", params={"rate": NOISE})
    current = nest.Create("dc_generator", params={"amplitude": 250.0})
    defaults = nest.GetDefaults(model)
    receptors = sorted(defaults.get("receptor_types", {"": RECEPTORS.get(model, 0)}).values())
    weight = 20.0 if "psc" in model else 4.0
    made = tries(*(
        lambda r=r: nest.Connect(noise, nodes, syn_spec={"weight": weight, "delay": 1.0, "receptor_type": r})
        for r in (receptors[0], 0, 1)[: 1 if model in RECEPTORS else 3]
    ))  # fmt: skip
    tries(lambda: nest.Connect(current, nodes, syn_spec={"receptor_type": CURRENT_RECEPTORS.get(model, 0)}))
    recurrent = {"weight": weight / 4, "delay": 1.5, "receptor_type": receptors[0]}
    if "parrot" not in model:  # parrots that hear each other never stop
        tries(lambda: nest.Connect(nodes, nodes, syn_spec=recurrent))
    return made


def build_node(model):
    """A network around a node model."""
    parameters = NODE_PARAMETERS.get(model, {})
    if model == "step_rate_generator":
        return build_eprop("eprop_readout")
    kind = kind_of(model)
    if kind == "eprop":
        return build_eprop(model)
    if kind == "rate":
        nodes = nest.Create(model, 3)
        source = nest.Create("lin_rate_ipn", 2, params={"mu": 1.0, "sigma": 0.5})
        nest.Connect(source, nodes, syn_spec={"synapse_model": "rate_connection_instantaneous", "weight": 0.5})
        tries(
            lambda: nest.Connect(
                nodes, nodes, syn_spec={"synapse_model": "rate_connection_delayed", "weight": 0.3, "delay": 1.0}
            )
        )
        return record(nodes)
    if kind == "siegert":
        nodes = nest.Create(model, 3, params={"mean": 1.0})
        drive_node = nest.Create(model, 1, params={"rate": 20.0, "mean": 20.0})
        syn = {"synapse_model": "diffusion_connection", "drift_factor": 2.0, "diffusion_factor": 1.0}
        nest.Connect(drive_node + nodes, nodes, syn_spec=syn)
        return record(nodes)
    if model == "cm_default":
        return compartments.build_neurons([model] * 3)
    if kind == "stimulator":
        return build_stimulator(model, parameters)
    if kind in ("recorder", "other") and not model.startswith("parrot"):
        return build_recorder(model, parameters)
    nodes = nest.Create(model, 4, params=parameters)
    if model == "aeif_cond_alpha_astro":
        astrocytes = nest.Create("astrocyte_lr_1994", 2, params={"IP3": 5.0})
        drive(astrocytes, "astrocyte_lr_1994")
        nest.Connect(astrocytes, nodes, syn_spec={"synapse_model": "sic_connection", "weight": 5.0, "delay": 1.0})
    drive(nodes, model)
    return record(nodes)


def build_stimulator(model, parameters):
    source = nest.Create(model, 2, params=parameters)
    parrots = nest.Create("parrot_neuron_ps" if model.endswith("_ps") else "parrot_neuron", 3)
    neurons = nest.Create("iaf_psc_alpha", 3)
    if model == "spike_dilutor":
        noise = nest.Create("poisson_generator", params={"rate": NOISE})
        nest.Connect(noise, source)
    tries(
        lambda: nest.Connect(source, parrots),
        lambda: nest.Connect(source, neurons, syn_spec={"weight": 1.0 if "current" in model else 500.0}),
    )
    for nodes in (parrots, neurons):
        tries(lambda n=nodes: record(n))
    tries(lambda: record(source))


def build_recorder(model, parameters):
    noise = nest.Create("poisson_generator", params={"rate": NOISE})
    neurons = nest.Create("ginzburg_neuron" if "spin" in model else "iaf_psc_alpha", 4)
    if "spin" not in model:
        nest.Connect(noise, neurons, syn_spec={"weight": 100.0})
    device = nest.Create(model, params=parameters)
    if model == "weight_recorder":
        nest.CopyModel("stdp_synapse", "recorded_synapse", {"weight_recorder": device})
        nest.Connect(neurons, neurons, syn_spec={"synapse_model": "recorded_synapse", "weight": 40.0})
    elif model == "volume_transmitter":
        build_synapse("stdp_dopamine_synapse")
    elif model.startswith("corr"):
        for port in (0, 1):
            nest.Connect(neurons[port], device, syn_spec={"receptor_type": port})
    elif model in ("multimeter", "voltmeter"):
        if model == "multimeter":
            device.record_from = ["V_m"]
        nest.Connect(device, neurons)
    else:
        tries(lambda: nest.Connect(neurons, device), lambda: nest.Connect(noise, device))
    record(neurons)


def build_eprop(model):
    """Input, recurrent neurons, readout, learning signal, target: the smallest e-prop network."""
    bsshslm = "bsshslm" in model
    end = "_bsshslm_2020" if bsshslm else ""
    nest.set(eprop_update_interval=20.0, eprop_learning_window=10.0)
    recurrent = model if "iaf" in model else f"eprop_iaf{end}"
    source = nest.Create("parrot_neuron", 5)
    nest.Connect(nest.Create("poisson_generator", params={"rate": 300.0}), source)
    neurons = nest.Create(recurrent, 4)
    readout = nest.Create(f"eprop_readout{end}", 2)
    target = nest.Create("step_rate_generator", params={"amplitude_times": [1.0, 35.0], "amplitude_values": [10.0, 20.0]})
    plastic = {"synapse_model": f"eprop_synapse{end}", "weight": 100.0, "delay": nest.resolution}
    nest.SetDefaults(f"eprop_synapse{end}", {"optimizer": {"type": "adam", "eta": 1e-2, "batch_size": 1}})
    nest.Connect(source, neurons, syn_spec=plastic)
    nest.Connect(neurons, neurons, {"rule": "all_to_all", "allow_autapses": False}, plastic)
    nest.Connect(neurons, readout, syn_spec=plastic)
    nest.Connect(
        readout,
        neurons,
        syn_spec={"synapse_model": f"eprop_learning_signal_connection{end}", "weight": 50.0, "delay": nest.resolution},
    )
    nest.Connect(
        target,
        readout,
        syn_spec={"synapse_model": "rate_connection_delayed", "delay": nest.resolution, "receptor_type": 2},
    )
    for nodes in (neurons, readout):
        record(nodes)


def build_synapse(model):
    """A network around a synapse model."""
    plain = model.removesuffix("_hpc").removesuffix("_lbl")
    if plain.startswith("eprop"):
        return build_eprop("eprop_readout_bsshslm_2020" if "bsshslm" in plain else "eprop_readout")
    if plain == "gap_junction":
        nodes = nest.Create("hh_psc_alpha_gap", 3)
        nodes[0].I_e = 600.0
        rule = {"rule": "one_to_one", "make_symmetric": True}
        nest.Connect(nodes[:1], nodes[1:2], rule, {"synapse_model": model, "weight": 20.0})
        return record(nodes)
    if plain == "diffusion_connection":
        return build_node("siegert_neuron")
    if plain.startswith("rate_connection"):
        return build_node("lin_rate_ipn")
    if plain == "sic_connection":
        return build_node("aeif_cond_alpha_astro")
    parameters = {"synapse_model": model}
    if plain == "stdp_dopamine_synapse":
        transmitter = nest.Create("volume_transmitter")
        dopamine = nest.Create("parrot_neuron", 2)
        nest.Connect(nest.Create("poisson_generator", params={"rate": 200.0}), dopamine)
        nest.Connect(dopamine, transmitter)
        nest.CopyModel(model, "dopamine_copy", {"volume_transmitter": transmitter})
        parameters["synapse_model"] = "dopamine_copy"
    source = nest.Create("parrot_neuron", 6)
    nest.Connect(nest.Create("poisson_generator", params={"rate": 200.0}), source)
    target_model = SYNAPSE_NODES.get(plain, "iaf_psc_alpha")
    target = nest.Create(target_model, 4)
    drive(target, target_model)
    if plain not in ("static_synapse_hom_w", "tsodyks_synapse_hom"):
        parameters["weight"] = 0.8 if plain == "clopath_synapse" else 30.0
    if "cont_delay" in plain:
        parameters["delay"] = 1.25
    if plain == "urbanczik_synapse" and not model.endswith("_hpc"):
        parameters["receptor_type"] = 3
    nest.Connect(source, target, syn_spec=parameters)
    record(target)


def prepare(model, threads):
    """A fresh kernel with the model's network."""
    nest.ResetKernel()
    nest.verbosity = nest.VerbosityLevel.FATAL
    torpor_nest.install()
    nest.set(local_num_threads=threads, rng_seed=11)
    (build_node if model in nest.node_models else build_synapse)(model)


def one_thread_only(model):
    return model in ("spike_dilutor",)


def run(model, path, restore):
    """Outcome of one model."""
    threads = 1 if one_thread_only(model) else 2
    result = {}
    try:
        prepare(model, threads)
        if restore:
            torpor_nest.restore(path)
        else:
            nest.Simulate(T_SAVE)
            torpor_nest.save(path)
        nest.Simulate(T_AFTER)
        result["at_end"] = state.digest()
        result["recorded"] = int(state.n_recorded())
        result["draws"] = state.next_draws()
        if restore:  # a run that was not restored must not give the same
            prepare(model, threads)
            nest.Simulate(T_AFTER)
            result["unrestored"] = state.digest()
    except torpor_nest.Error as error:
        result["refused"] = str(error)
    except Exception as error:
        result["failed"] = f"{type(error).__name__}: {error}"
    return result


def check(model, folder):
    try:
        prepare(model, 1 if one_thread_only(model) else 2)
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            options = {"dir": folder, "keep": 99, "incremental": "check", "full_every": 4, "fsync": "no"}
            torpor_nest.simulate(T_SAVE, every=None, **options)
            torpor_nest.simulate(T_AFTER, every=6.0, **options)
    except Exception as error:  # refused by name, or in no network that this file knows
        return {"checkpoints": 0, "changed": [], "failed": str(error)}
    changed = [str(warning.message) for warning in caught if "a checkpoint failed" in str(warning.message)]
    return {"checkpoints": len(list(folder.glob("ckpt-*"))), "changed": changed}


def main():
    mode, folder, *models = sys.argv[1:]
    folder = Path(folder)
    nest.verbosity = nest.VerbosityLevel.FATAL
    outcomes = {}
    if mode == "check":
        checked = {model: check(model, folder / model) for model in models or [*nest.node_models, *nest.synapse_models]}
        (folder / "checked.json").write_text(json.dumps(checked))
        return
    for model in models or [*nest.node_models, *nest.synapse_models]:
        path = folder / f"{model}.msgpack"
        if mode == "save" or path.exists():
            outcomes[model] = run(model, path, mode == "restore")
            print(model, outcomes[model], flush=True)
    (folder / ("straight.json" if mode == "save" else "resumed.json")).write_text(json.dumps(outcomes))


if __name__ == "__main__":
    main()
