# SPDX-License-Identifier: GPL-2.0-or-later
"""Rules for the members that need more than a look at their type. This file is data; matching.py applies it.

Every other member is saved: scalars, arrays, and containers of them, one after the other (src/reflect/codec.h).
A rule that matches nothing in the installed NEST stops the generator, as does a member of NEST's kernel that is neither
saved nor listed in NOT_SAVED with a reason. So a new NEST cannot lose a member in silence.
"""

# Classes that hold no state of the simulation, or only what the adapter or the script builds again.
SKIPPED_CLASSES = (
    "nest::DeprecationWarning",  # which warnings were shown
    "nest::DynamicRecordablesMap",  # names and addresses of recordables
    "Dictionary",  # parameters of recording backends, given by the script
)

# Components: classes of which a node may have any number of objects. They have columns of their own, with a row for each object.
# The script creates them, so a restore compares which ones there are.
# class -> (member that numbers them, what they are called, where their columns are).
COMPONENTS = {
    "nest::Compartment": ("comp_index", "compartment", "compartments"),
    "nest::AMPA": ("syn_idx", "AMPA receptor", "receptors/AMPA"),
    "nest::GABA": ("syn_idx", "GABA receptor", "receptors/GABA"),
    "nest::NMDA": ("syn_idx", "NMDA receptor", "receptors/NMDA"),
    "nest::AMPA_NMDA": ("syn_idx", "AMPA_NMDA receptor", "receptors/AMPA_NMDA"),
}

# (class, member) -> "skip"; "constant" (saved, but a restore compares it instead of writing it); or "fixed" (a sequence whose
# length the network determines, so that a restore refuses another length).
MEMBERS = {
    ("nest::Node", "node_id_"): "constant",
    ("nest::Node", "thread_"): "skip",  # of its virtual process, which may be another thread's on another number of ranks
    ("nest::Node", "vp_"): "constant",
    ("nest::Node", "thread_lid_"): "constant",
    ("nest::Node", "model_id_"): "skip",  # depends on which models the script copied before
    ("nest::DeviceNode", "local_device_id_"): "skip",  # place in Connect's tables; not reset by ResetKernel
    ("nest::volume_transmitter", "local_device_id_"): "skip",
    ("nest::Node", "tmp_nc_index_"): "skip",  # scratch of Connect
    ("nest::RecordingDevice::Parameters_", "record_to_"): "constant",  # the backend knows its devices
    # Connecting a multimeter decides what it records and how often: the nodes' loggers hold addresses for it.
    ("nest::multimeter::Parameters_", "record_from_"): "constant",
    ("nest::multimeter::Parameters_", "interval_"): "constant",
    ("nest::multimeter::Parameters_", "offset_"): "constant",
    **{
        (logger, member): "constant"
        for logger in ("nest::UniversalDataLogger", "nest::DynamicUniversalDataLogger")
        for member in ("multimeter_", "num_vars_", "recording_interval_", "recording_offset_")
    },
    ("nest::TargetIdentifierPtrRport", "target_"): "skip",  # set by Connect; compared by the digests of connectivity
    ("nest::TargetIdentifierIndex", "target_"): "skip",
    ("nest::RingBuffer", "buffer_"): "fixed",
    ("nest::MultiChannelInputBuffer", "buffer_"): "fixed",
    ("nest::EventDeliveryManager", "emitted_spikes_register_"): "fixed",
    ("nest::EventDeliveryManager", "off_grid_emitted_spikes_register_"): "fixed",
    ("nest::EventDeliveryManager", "local_spike_counter_"): "fixed",
    ("nest::Event", "sender_"): "skip",  # spin_detector's last event, of which only the node id is used
    ("nest::Event", "receiver_"): "skip",
    # Compartmental model: what NEST derives from the compartments and receptors.
    ("nest::cm_default", "syn_buffers_"): "fixed",
    ("nest::cm_default", "recordables_names"): "skip",  # numbered in the order of the script
    ("nest::cm_default", "recordables_values"): "skip",  # addresses
    ("nest::CompTree", "compartment_indices_"): "constant",
    ("nest::CompTree", "compartments_"): "skip",  # addresses, as are the next
    ("nest::CompTree", "leafs_"): "skip",
    ("nest::CompTree", "size_"): "constant",
    ("nest::Compartment", "parent"): "skip",
    ("nest::Compartment", "p_index"): "constant",
    **{(cls, index): "constant" for cls, (index, *_) in COMPONENTS.items()},
    # Points to one of the node's syn_buffers_:
    **{(cls, "b_spikes_"): "skip" for cls in COMPONENTS if cls != "nest::Compartment"},
    # Never initialized or never read:
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

# What a script sets, so that a resume is refused if the script has set another value (torpor/origin.h): members of NEST's
# structs of parameters, of the classes below, and the members below that do not lie in such a struct. So does each member of a
# synapse, and of what the synapses of a model share, unless it is in EVOLVING.
PARAMETER_CLASSES = ("nest::gainfunction_", "nest::nonlinearities_")
PARAMETERS = {
    ("nest::Node", "frozen_"),
    ("nest::ArchivingNode", "tau_minus_"),
    ("nest::ArchivingNode", "tau_minus_triplet_"),
    *(("nest::StructuralPlasticityNode", name) for name in ("tau_Ca_", "beta_Ca_")),
    *(
        ("nest::ClopathArchivingNode", name)
        for name in ("A_LTD_", "A_LTP_", "u_ref_squared_", "theta_plus_", "theta_minus_", "A_LTD_const_", "delay_u_bars_")
    ),
    ("nest::cm_default", "V_th_"),
    *(("nest::Compartment", name) for name in ("ca", "gc", "gl", "el")),
    *(("nest::Na", name) for name in ("gbar_Na_", "e_Na_")),
    *(("nest::K", name) for name in ("gbar_K_", "e_K_")),
    *((cls, name) for cls in ("nest::AMPA", "nest::GABA", "nest::NMDA") for name in ("e_rev_", "tau_r_", "tau_d_")),
    *(
        ("nest::AMPA_NMDA", name)
        for name in ("e_rev_", "tau_r_AMPA_", "tau_d_AMPA_", "tau_r_NMDA_", "tau_d_NMDA_", "NMDA_ratio_")
    ),
    *(
        ("nest::SimulationManager", name)
        for name in ("use_wfr_", "wfr_comm_interval_", "wfr_tol_", "wfr_max_iterations_", "wfr_interpolation_order_",
                     "eprop_update_interval_", "eprop_learning_window_", "eprop_reset_neurons_on_update_")
    ),
    ("nest::ConnectionManager", "stdp_eps_"),
    ("nest::SPManager", "structural_plasticity_update_interval_"),
    ("nest::SPManager", "structural_plasticity_enabled_"),
    ("nest::RandomManager", "base_seed_"),
    ("nest::RecordingBackendMemory::DeviceData", "time_in_steps_"),
    *(("nest::RecordingBackendASCII::DeviceData", name) for name in ("precision_", "time_in_steps_")),
}  # fmt: skip

# A script gives the first value, and the run changes it. A class and a member, or a member of synapses of any class.
EVOLVING = {
    ("nest::StructuralPlasticityNode", "synaptic_elements_map_"),
    *(
        (f"nest::{name}", "weight_")
        for name in ("clopath_synapse", "eprop_synapse", "eprop_synapse_bsshslm_2020", "jonke_synapse",
                     "stdp_dopamine_synapse", "stdp_facetshw_synapse_hom", "stdp_nn_pre_centered_synapse",
                     "stdp_nn_restr_synapse", "stdp_nn_symm_synapse", "stdp_pl_synapse_hom", "stdp_synapse",
                     "stdp_synapse_hom", "stdp_triplet_synapse", "urbanczik_synapse", "vogels_sprekeler_synapse")
    ),
    "t_lastspike_", "t_last_update_", "t_previous_update_", "t_next_update_",
    "t_spike_previous_", "t_previous_trigger_spike_", "previous_was_flush_event_", "presyn_isis_",
    "Kplus_", "Kplus_triplet_", "x_bar_", "x_", "y_", "u_", "a_", "p_", "c_", "dopa_spikes_idx_",
    ("nest::stdp_dopamine_synapse", "n_"),
    "z_bar_", "e_bar_", "e_bar_reg_", "epsilon_", "z_previous_buffer_", "gradient_", "optimizer_", "kappa_",
    "tau_m_readout_", "is_recurrent_to_recurrent_conn_", "remaining_steps_until_cutoff_", "decay_steps_",
    "a_causal_", "a_acausal_", "init_flag_", "synapse_id_", "next_readout_time_", "discrete_weight_",
    *(
        ("nest::STDPFACETSHWHomCommonProperties", name)
        for name in ("no_synapses_", "synapses_per_driver_", "driver_readout_time_", "readout_cycle_duration_")
    ),
    "PI_integral_", "PI_exp_integral_", "tau_L_trace_", "tau_s_trace_",
    "more_targets", "disabled",
}  # fmt: skip

# Types that hold no state, by the last part of their typedef or class name: models build them again.
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
    "Stopwatch": "measures wall time, which has no effect on the simulation",
}

# A member may point to one of these classes or to a container. A model with another pointer is refused.
POINTERS = {"nest::WeightOptimizer", "nest::GrowthCurve"}

CONTAINERS = {
    "std::vector": [("_Tp", "{}::value_type")],
    "std::deque": [("_Tp", "{}::value_type")],
    "std::array": [("_Tp", "{}::value_type")],
    "std::map": [("_Tp", "{}::mapped_type")],
    "std::pair": [("_T1", "{}::first_type"), ("_T2", "{}::second_type")],
    "std::basic_string": [],
}

# Classes with codecs of their own: (name of the field, codec, and flags if they depend on the class that has the member). A
# name that starts with "." is appended to the member's path.
SPECIAL = {
    "nest::SynIdDelay": [
        ("delay", "&delay_codec", "delay_flags< {} >"),
        ("more_targets", "&more_targets_codec", "MEMBER_CONNECTED"),
        ("disabled", "&disabled_codec", "MEMBER_CONNECTED"),
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
for _whole in ("nest::iaf_bw_2001_exact::State_", "nest::SliceRingBuffer", "nest::SpikeData"):
    SPECIAL[_whole] = [("", f"&codec_of< {_whole} >")]

# Elements of containers that are copied byte by byte (src/reflect/codec_nest.h).
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
    # What else nest.set() changes and a run reads.
    ("connection_manager", "nest::ConnectionManager", [
        "stdp_eps_", "has_primary_connections_", "secondary_connections_exist_",
    ]),
    ("sp_manager", "nest::SPManager", ["structural_plasticity_update_interval_", "structural_plasticity_enabled_"]),
    ("random_manager", "nest::RandomManager", ["base_seed_"]),
    ("recording_backend_memory", "nest::RecordingBackendMemory::DeviceData", [
        "senders_", "times_ms_", "times_steps_", "times_offset_", "time_in_steps_",
    ]),
    ("recording_backend_ascii", "nest::RecordingBackendASCII::DeviceData", ["precision_", "time_in_steps_"]),
]  # fmt: skip

_SCRIPT = "how much NEST prints or where it writes; the resumed script decides"
_WALL_TIME = "measures wall time, which has no effect on the simulation"
_MPI = "set up for MPI, when NEST is started; the number of processes is compared"
_PREPARE = "filled by NEST when it prepares a run, from the connections, which are compared"
_FACTORY = "lists what can be created by name; fixed when NEST is built"
_COMPARED = "compared on restore (src/network/network_identity.cpp): another value is refused"
_CREATE = "made by Create, which the script calls again; the restore compares the nodes"
_CONNECT = "scratch of Connect"
_RUN = "says which call NEST is in; a restore sets it to suit the call that it happens in"
_RECORDED = "names of what is recorded, settled when NEST prepares a run"
_NAME = "part of the file's name; the restore finds the file by its full name (src/kernel/recordings.cpp)"

# What is not saved of NEST's kernel: class -> member -> why not. Each member of KernelManager, of every manager in it, and of
# the classes in KERNEL stands in KERNEL or here, unless a rule above skips it.
NOT_SAVED = {
    "nest::KernelManager": {
        "fingerprint_": "tells NEST which node collections were made before the last ResetKernel",
        "managers": "addresses of the managers",
        "initialized_": "true whenever a script runs",
        "dump_": "a log file for NEST's developers, not written by released builds",
    },
    "nest::LoggingManager": {
        "client_callbacks_": "functions that print NEST's messages",
        "logging_level_": _SCRIPT,
        "dict_miss_is_error_": "whether NEST refuses unknown parameters; the resumed script decides",
    },
    "nest::MPIManager": {
        "num_processes_": _MPI,
        "rank_": _MPI,
        "use_mpi_": _MPI,
        "send_buffer_size_": _MPI,
        "recv_buffer_size_": _MPI,
        "buffer_size_target_data_": "room for the exchange of connections, which is over before a run starts",
        "max_buffer_size_target_data_": "limit of that room; it does not change which connections there are",
        "send_recv_count_target_data_per_rank_": "follows from buffer_size_target_data_",
        "recv_counts_secondary_events_in_int_per_rank_": _PREPARE,
        "send_counts_secondary_events_in_int_per_rank_": _PREPARE,
        "recv_displacements_secondary_events_in_int_per_rank_": _PREPARE,
        "send_displacements_secondary_events_in_int_per_rank_": _PREPARE,
    },
    "nest::VPManager": {
        "force_singlethreading_": "fixed when NEST is built: whether it has threads at all",
        "n_threads_": _COMPARED,
    },
    "nest::ModuleManager": {"modules_": "which extension modules are loaded; the script loads them again"},
    "nest::RandomManager": {
        "rng_types_": _FACTORY,
        "current_rng_type_": _COMPARED,
        "rank_synced_rng_": "saved as a generator (src/kernel/generators.cpp)",
        "vp_synced_rngs_": "saved as generators (src/kernel/generators.cpp)",
        "vp_specific_rngs_": "saved as generators (src/kernel/generators.cpp)",
    },
    "nest::SimulationManager": {
        "t_slice_begin_": _WALL_TIME,
        "t_slice_end_": _WALL_TIME,
        "t_real_": _WALL_TIME,
        "min_update_time_": _WALL_TIME,
        "max_update_time_": _WALL_TIME,
        "update_time_limit_": "a limit of wall time; the resumed script decides",
        "print_time_": _SCRIPT,
        "prepared_": _RUN,
        "simulating_": _RUN,
        "inconsistent_state_": "true after an error in a run: such a state is not saved (src/session/session.cpp)",
    },
    "nest::ModelRangeManager": {"modelranges_": _CREATE, "first_node_id_": _CREATE, "last_node_id_": _CREATE},
    "nest::ConnectionManager": {
        "connections_": "the synapses: saved as populations of their own",
        "source_table_": "the synapses' sources: compared, or built again from the tree \"labels\" (src/network/rewiring.cpp)",
        "target_table_devices_": "the synapses to and from devices: saved as populations of their own",
        "target_table_": _PREPARE,
        "compressed_spike_data_": _PREPARE,
        "secondary_recv_buffer_pos_": _PREPARE,
        "buffer_pos_of_source_node_id_syn_id_": _PREPARE,
        "iteration_state_": _PREPARE,
        "delay_checkers_": "limits for Connect; the delays that result from them are compared (src/network/network_identity.cpp)",
        "num_connections_": "counted as synapses come and go; the sum is compared, or follows the synapses built again",
        "min_delay_": _COMPARED,
        "max_delay_": _COMPARED,
        "keep_source_table_": _COMPARED,
        "use_compressed_spikes_": _COMPARED,
        "connections_have_changed_": "a save and a restore come after NEST's preparation of a run, which clears it",
        "get_connections_has_been_called_": "decides only whether NEST warns that GetConnections' results are outdated",
        "connruledict_": _FACTORY,
        "connbuilder_factories_": _FACTORY,
        "thirdconnruledict_": _FACTORY,
        "thirdconnbuilder_factories_": _FACTORY,
        "check_primary_connections_": _CONNECT,
        "check_secondary_connections_": _CONNECT,
    },
    "nest::SPManager": {
        "sp_conn_builders_": "structural_plasticity_synapses, set by the script and compared (src/network/network_identity.cpp)",
        "growthcurve_factories_": _FACTORY,
        "growthcurvedict_": _FACTORY,
    },
    "nest::EventDeliveryManager": {
        "moduli_": "follows from the clock; a restore has NEST compute it",
        "slice_moduli_": "follows from the clock; a restore has NEST compute it",
        "send_buffer_target_data_": "room for the exchange of connections, which is over before a run starts",
        "recv_buffer_target_data_": "room for the exchange of connections, which is over before a run starts",
        "buffer_size_target_data_has_changed_": "belongs to that exchange",
        "gather_completed_checker_": "scratch of the exchange of spikes, set before each use",
    },
    "nest::IOManager": {
        "data_path_": _SCRIPT,
        "data_prefix_": _SCRIPT,
        "overwrite_files_": _SCRIPT,
        "recording_backends_": "of memory and ascii, the devices' data are populations; others are refused or only print",
        "stimulation_backends_": "devices that are driven through one are refused (src/kernel/recordings.cpp)",
    },
    "nest::ModelManager": {
        "node_models_": "their defaults: in the tree \"defaults\"",
        "connection_models_": "their defaults: in the tree \"defaults\"; what synapses share: populations",
        "modeldict_": "names of the models there are",
        "synapsedict_": "names of the models there are",
        "proxynode_model_": "stands for nodes on other processes, and has no state",
        "proxy_nodes_": "stand for nodes on other processes, and have no state",
        "model_defaults_modified_": "set by SetDefaults; only forbids changes of resolution and threads",
    },
    "nest::NodeManager": {
        "local_nodes_": "the nodes: saved as populations of their own",
        "node_collection_container_": _CREATE,
        "node_collection_last_": _CREATE,
        "num_thread_local_devices_": _CREATE,
        "wfr_nodes_vec_": "lists of nodes, made by NEST's preparation of a run",
        "wfr_is_used_": "follows from the nodes, at NEST's preparation of a run",
        "size_last_local_data_update_": "number of nodes when those lists were made",
        "num_active_nodes_": "counted by NEST's preparation of a run",
        "have_nodes_changed_": "a save and a restore come after NEST's preparation of a run, which clears it",
        "exceptions_raised_": "errors on their way from a thread to the script; no save happens meanwhile",
    },
    "nest::RecordingBackendMemory::DeviceData": {
        "double_values_": "a column for each quantity (src/network/recorded_column.cpp)",
        "long_values_": "a column for each quantity (src/network/recorded_column.cpp)",
        "double_value_names_": _RECORDED,
        "long_value_names_": _RECORDED,
    },
    "nest::RecordingBackendASCII::DeviceData": {
        "modelname_": _NAME,
        "vp_node_id_string_": _NAME,
        "file_extension_": _NAME,
        "label_": _NAME,
        "file_": "the open file: cut to its length at the save and opened again (src/kernel/ascii.cpp)",
        "double_value_names_": _RECORDED,
        "long_value_names_": _RECORDED,
    },
}  # fmt: skip

# The same of members that only a NEST with MPI has: either all that are named of a class, or none.
NOT_SAVED_WITH_MPI = {
    "nest::MPIManager": {
        "comm_step_": _MPI,
        "COMM_OVERFLOW_ERROR": _MPI,
        "comm": _MPI,
        "MPI_OFFGRID_SPIKE": _MPI,
    },
}
