"""The NEST network of the benchmarks."""
import nest
import torpor_nest

from pairs import timed


def start_nest(n_threads=2):
    nest.verbosity = nest.VerbosityLevel.ERROR
    torpor_nest.install()
    nest.set(resolution=0.1, local_num_threads=n_threads, rng_seed=2024)
    return nest, torpor_nest


def build_brunel(kind, n, indegree):
    """Brunel's network (2000), inhibition-dominated. Returns the seconds of Connect."""
    delay, weight = 1.5, 0.1 * 1250 / indegree
    neuron = {"C_m": 1.0, "tau_m": 20.0, "t_ref": 2.0, "E_L": 0.0, "V_reset": 0.0, "V_m": 0.0, "V_th": 20.0}
    excitatory = nest.Create("iaf_psc_delta", n * 4 // 5, params=neuron)
    inhibitory = nest.Create("iaf_psc_delta", n // 5, params=neuron)
    nodes = excitatory + inhibitory
    noise = nest.Create("poisson_generator", params={"rate": 2.0 * 20.0 / (weight * 20.0) * 1000.0})
    nest.Connect(noise, nodes, syn_spec={"weight": weight, "delay": delay})
    model = {"synapse_model": "stdp_synapse", "Wmax": 3 * weight} if kind == "STDP" else {}
    rule = {"rule": "fixed_indegree"}
    of_excitatory = {"weight": weight, "delay": delay, **model}
    of_inhibitory = {"weight": -5 * weight, "delay": delay}
    return timed(lambda: (
        nest.Connect(excitatory, nodes, dict(rule, indegree=indegree * 4 // 5), of_excitatory),
        nest.Connect(inhibitory, nodes, dict(rule, indegree=indegree // 5), of_inhibitory),
    ))
