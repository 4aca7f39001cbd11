# SPDX-License-Identifier: GPL-2.0-or-later
"""What becomes of a member whose class or type needs more than a look at its type.

Everything else is saved: scalars, arrays, and containers of them (codec.h), member by member.
"""

from debuginfo import CLASSES

# Classes whose whole content the host rebuilds, or that hold nothing of the simulation.
SKIPPED_CLASSES = (
    "nest::DeprecationWarning",  # which warnings were shown
    "nest::DynamicRecordablesMap",  # names and addresses of recordables
    "nest::UniversalDataLogger::RecordablesMap",
    "Dictionary",  # parameters of recording backends, given by the script
    "gsl_odeiv_system",
    "std::map<std::__cxx11::basic_string<char",
)

# Classes of which a node has any number of objects, and that have columns of their own, a row for each object. What there
# is of them is the network's: it is compared on restore.
# class -> (member that numbers them, what they are called, place of their columns).
PARTS = {
    "nest::Compartment": ("comp_index", "compartment", "compartments"),
    "nest::AMPA": ("syn_idx", "AMPA receptor", "receptors/AMPA"),
    "nest::GABA": ("syn_idx", "GABA receptor", "receptors/GABA"),
    "nest::NMDA": ("syn_idx", "NMDA receptor", "receptors/NMDA"),
    "nest::AMPA_NMDA": ("syn_idx", "AMPA_NMDA receptor", "receptors/AMPA_NMDA"),
}

# (class, member) -> "skip", "constant" (saved, and on restore compared instead of written), or "fixed" (a sequence
# as long as the network makes it: another length is refused).
MEMBERS = {
    ("nest::Node", "node_id_"): "constant",
    ("nest::Node", "thread_"): "constant",
    ("nest::Node", "vp_"): "constant",
    ("nest::Node", "thread_lid_"): "constant",
    ("nest::Node", "model_id_"): "skip",  # depends on which other models a script copied first
    ("nest::DeviceNode", "local_device_id_"): "skip",  # place in Connect's tables; counts on after ResetKernel
    ("nest::volume_transmitter", "local_device_id_"): "skip",
    ("nest::Node", "tmp_nc_index_"): "skip",  # scratch of Connect
    ("nest::RecordingDevice::Parameters_", "record_to_"): "constant",  # the backend knows its devices
    # What a multimeter records, and how often, is settled when it is connected: the nodes' loggers hold the addresses.
    ("nest::multimeter::Parameters_", "record_from_"): "constant",
    ("nest::multimeter::Parameters_", "interval_"): "constant",
    ("nest::multimeter::Parameters_", "offset_"): "constant",
    **{
        (logger, member): "constant"
        for logger in ("nest::UniversalDataLogger", "nest::DynamicUniversalDataLogger")
        for member in ("multimeter_", "num_vars_", "recording_interval_", "recording_offset_")
    },
    ("nest::TargetIdentifierPtrRport", "target_"): "skip",  # Connect's; compared through the fingerprint
    ("nest::TargetIdentifierIndex", "target_"): "skip",
    ("nest::RingBuffer", "buffer_"): "fixed",
    ("nest::MultRBuffer", "buffer_"): "fixed",
    ("nest::ListRingBuffer", "buffer_"): "fixed",
    ("nest::MultiChannelInputBuffer", "buffer_"): "fixed",
    ("nest::EventDeliveryManager", "emitted_spikes_register_"): "fixed",
    ("nest::EventDeliveryManager", "off_grid_emitted_spikes_register_"): "fixed",
    ("nest::EventDeliveryManager", "local_spike_counter_"): "fixed",
    ("nest::Event", "sender_"): "skip",  # spin_detector's last event: read through its node id only
    ("nest::Event", "receiver_"): "skip",
    # Of the compartmental model, what NEST derives from its compartments and receptors:
    ("nest::cm_default", "syn_buffers_"): "fixed",
    ("nest::cm_default", "recordables_names"): "skip",  # numbered as the script has built them
    ("nest::cm_default", "recordables_values"): "skip",  # addresses
    ("nest::CompTree", "compartment_indices_"): "constant",
    ("nest::CompTree", "compartments_"): "skip",  # addresses, as are the next
    ("nest::CompTree", "leafs_"): "skip",
    ("nest::CompTree", "size_"): "constant",
    ("nest::Compartment", "parent"): "skip",
    ("nest::Compartment", "p_index"): "constant",
    **{(cls, index): "constant" for cls, (index, *_) in PARTS.items()},
    **{(cls, "b_spikes_"): "skip" for cls in PARTS},  # one of the node's syn_buffers_, by syn_idx
    # Never set, never read:
    ("nest::amat2_psc_exp::Variables_", "P00_"): "skip",
    ("nest::iaf_psc_alpha_multisynapse::Variables_", "receptor_types_size_"): "skip",
    ("nest::iaf_psc_exp_multisynapse::Variables_", "receptor_types_size_"): "skip",
    ("nest::ignore_and_fire::State_", "refr_spikes_buffer_"): "skip",
    ("nest::pp_cond_exp_mc_urbanczik::Parameters_", "dead_time_"): "skip",
    ("nest::gamma_sup_generator::Variables_", "t_min_active_"): "skip",
    ("nest::gamma_sup_generator::Variables_", "t_max_active_"): "skip",
    ("nest::ppd_sup_generator::Variables_", "t_min_active_"): "skip",
    ("nest::ppd_sup_generator::Variables_", "t_max_active_"): "skip",
    ("nest::UrbanczikArchivingNode", "urbanczik_params"): "skip",  # points to the neuron's own parameters
}

# Types, by the last part of their typedef or class name, that hold no state: the models build them anew.
SKIPPED_TYPES = {
    "gsl_odeiv_step": "workspace, reset before each use",
    "gsl_odeiv_control": "tolerances, from parameters",
    "gsl_odeiv_evolve": "workspace, reset before each use",
    "gsl_odeiv_system": "pointers to functions",
    "gsl_integration_workspace": "workspace",
    "BaseRandomGenerator": "the generators are saved by the random manager",
    "DataAccessFunctor": "addresses of recordables",
    "weight_recorder": "a parameter of the synapse model: in the tree \"defaults\"",
    "volume_transmitter": "a parameter of the synapse model: in the tree \"defaults\"",
    "WeightOptimizerCommonProperties": "parameters of the synapse model: in the tree \"defaults\"",
}

CONTAINERS = {
    "std::vector": [("_Tp", "{}::value_type")],
    "std::deque": [("_Tp", "{}::value_type")],
    "std::array": [("_Tp", "{}::value_type")],
    "std::map": [("_Tp", "{}::mapped_type")],
    "std::pair": [("_T1", "{}::first_type"), ("_T2", "{}::second_type")],
    "std::basic_string": [],
    "std::__cxx11::basic_string": [],
}

# Classes with a codec of their own: (name of the field, one that starts with "." behind the member's path, codec; flags,
# if they depend on the class that has the member).
SPECIAL = {
    "nest::SynIdDelay": [
        ("delay", "&delay_codec", "delay_flags< {} >"),
        ("more_targets", "&more_targets_codec"),
        ("disabled", "&disabled_codec"),
    ],
}

SPECIAL["std::shared_ptr<nest::NodeCollection>"] = [("", "&codec_of< nest::NodeCollectionPTR >")]
SPECIAL["std::poisson_distribution<long unsigned int>::param_type"] = [(".mean", "&form_codec< PoissonForm >")]
SPECIAL["std::binomial_distribution<long unsigned int>::param_type"] = [
    (".t", "&form_codec< BinomialTrialsForm >"),
    (".p", "&form_codec< BinomialChanceForm >"),
]
SPECIAL["std::normal_distribution<double>"] = [
    (".mean", "&form_codec< NormalMeanForm >"),
    (".stddev", "&form_codec< NormalDeviationForm >"),
    (".saved", "&form_codec< NormalSavedForm >"),
    (".saved_available", "&form_codec< NormalSavedAvailableForm >"),
]
for _whole in ("nest::iaf_bw_2001_exact::State_", "nest::SliceRingBuffer", "nest::SpikeData", "nest::OffGridSpikeData"):
    SPECIAL[_whole] = [("", f"&codec_of< {_whole} >")]

# Elements of containers that are copied byte by byte (codec_nest.h).
RAW = {"nest::SpikeData", "nest::OffGridSpikeData", "nest::SpikeDataWithRank", "nest::OffGridSpikeDataWithRank"}

# What is saved of NEST's kernel: (name of the population, class, its members).
KERNEL = [
    ("simulation_manager", "nest::SimulationManager", [
        "clock_", "slice_", "to_do_", "to_do_total_", "from_step_", "to_step_", "simulated_", "use_wfr_",
        "wfr_comm_interval_", "wfr_tol_", "wfr_max_iterations_", "wfr_interpolation_order_",
        "eprop_update_interval_", "eprop_learning_window_", "eprop_reset_neurons_on_update_",
    ]),
    ("event_delivery_manager", "nest::EventDeliveryManager", [
        "off_grid_spiking_", "emitted_spikes_register_", "off_grid_emitted_spikes_register_",
        "send_buffer_secondary_events_", "recv_buffer_secondary_events_", "local_spike_counter_",
        "send_buffer_spike_data_", "recv_buffer_spike_data_", "send_buffer_off_grid_spike_data_",
        "recv_buffer_off_grid_spike_data_", "global_max_spikes_per_rank_", "send_recv_buffer_resize_log_",
        "send_recv_buffer_shrink_limit_", "send_recv_buffer_shrink_spare_", "send_recv_buffer_grow_extra_",
    ]),
    ("mpi_manager", "nest::MPIManager", [
        "buffer_size_spike_data_", "send_recv_count_spike_data_per_rank_", "adaptive_target_buffers_",
        "growth_factor_buffer_spike_data_", "growth_factor_buffer_target_data_", "shrink_factor_buffer_spike_data_",
    ]),
    # What else nest.set() changes and a run looks at. Left to the script: data_path, data_prefix and overwrite_files
    # (where it is now), verbosity, print_time and limits of wall time. The rest is compared (src/facts.cpp), or cannot
    # be changed once there are nodes.
    ("connection_manager", "nest::ConnectionManager", [
        "stdp_eps_", "has_primary_connections_", "secondary_connections_exist_",
    ]),
    ("sp_manager", "nest::SPManager", ["structural_plasticity_update_interval_", "structural_plasticity_enabled_"]),
    ("random_manager", "nest::RandomManager", ["base_seed_"]),
    ("recording_backend_memory", "nest::RecordingBackendMemory::DeviceData", None),
    ("recording_backend_ascii", "nest::RecordingBackendASCII::DeviceData", ["precision_", "time_in_steps_"]),
]  # fmt: skip


def _template(name):
    return name.split("<", 1)[0]


def is_container(name):
    return _template(name) in CONTAINERS


def container_elements(name):
    return CONTAINERS[_template(name)]


def special(name):
    return SPECIAL.get(name)


def part_of(plain):
    """The class in PARTS that a member is an object, or a sequence, of; else None."""
    if plain.tag in CLASSES and _template(plain.qualified) in ("std::vector", "std::deque"):
        plain = plain.element("_Tp")
    return plain if plain is not None and plain.tag in CLASSES and plain.qualified in PARTS else None


def skipped_class(name):
    return any(name.startswith(c) for c in SKIPPED_CLASSES)


def of_member(cls, name, member):
    """"skip", "constant", "fixed", "parts" or None."""
    rule = MEMBERS.get((_template(cls), name))
    if rule:
        return rule
    if part_of(member.type.plain) is not None:
        return "parts"
    if name.startswith("_vptr"):
        return "skip"
    return "skip" if holds_no_state(member.type) else None


def holds_no_state(kind):
    """A type, or what it points to or contains, that is built anew by the models or by Connect."""
    while kind is not None:
        if _template(kind["name"] or "") in SKIPPED_TYPES or skipped_class(kind.qualified or ""):
            return True
        if kind.tag in ("DW_TAG_reference_type", "DW_TAG_ptr_to_member_type"):
            return True  # bound at construction; functions chosen from parameters
        if _template(kind.qualified or "") in ("std::vector", "std::shared_ptr"):
            return holds_no_state(kind.plain.element("_Tp"))
        kind = kind.type
    return False


def no_handler(plain):
    """Why a leaf type cannot be saved; None if it can."""
    if plain.tag in ("DW_TAG_base_type", "DW_TAG_enumeration_type"):
        return None
    if plain.tag == "DW_TAG_array_type":
        return no_handler(plain.type.plain)
    if is_container(plain.qualified):
        return None
    if plain.tag == "DW_TAG_pointer_type":
        target = plain.type
        if target and target.plain.qualified in ("nest::WeightOptimizer", "nest::GrowthCurve"):
            return None
        if target and is_container(target.plain.qualified):
            return None
        return f"no handler for a pointer to {target.plain.qualified or 'a function' if target else 'void'}"
    return f"no handler for {plain.qualified or plain.tag}"
