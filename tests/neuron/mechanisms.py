"""A small model for each mechanism that the wheel of NEURON ships, and for each MOD file of tests/neuron/mod, in which it does something.

MODELS maps the name of a mechanism, or of a class of NEURON, to a function that builds its model and returns what must stay alive.
Each model has the same cells beside it, which fire, so that a difference spreads.
"""

from networks import (
    Cell,
    connect,
    extracellular,
    gap_junctions,
    linear_mechanism,
    played,
    pointers,
    poisson,
    record_spikes,
    stochastic,
    vec_events,
    watched,
)
from neuron import h

MODELS = {}
N = 3  # cells


def every(_):
    """Time between checkpoints in ms: off the grid of 0.1 ms on which stimuli begin."""
    return 13.025


def model(*names):
    """Register a function that builds the model of these mechanisms. It is given N cells that fire, and returns what must stay alive."""

    def register(build):
        def complete(name):
            cells = [Cell(gid) for gid in range(N)]
            keep = [connect(cells[gid - 1], cell.synapse, 0.01, 1.3) for gid, cell in enumerate(cells)]
            for gid, cell in enumerate(cells):
                stimulus = poisson(gid)
                keep += [stimulus, connect(stimulus, cell.synapse, 0.006, 0.7)]
            traces = [h.Vector().record(cell.soma(0.5)._ref_v) for cell in cells]
            return cells, keep, traces, build(cells, name), record_spikes(cells)

        for name in names:
            MODELS[name] = complete
        return build

    return register


def whole(name, build):
    """Register a function that builds a network of its own."""
    MODELS[name] = lambda _: build()


@model("capacitance", "hh", "pas", "na_ion", "k_ion", "ExpSyn", "NetStim", "NetCon", "Vector", "ParallelContext")
def cells_alone(cells, name):
    """Their cells have these already."""
    if name != "ParallelContext":
        return None
    pc = h.ParallelContext()
    for cell in cells:
        pc.set_gid2node(cell.gid, pc.id())
        pc.cell(cell.gid, h.NetCon(cell.soma(0.5)._ref_v, None, sec=cell.soma))
    netcons = [pc.gid_connect((cell.gid + 1) % N, cell.synapse) for cell in cells]
    for netcon in netcons:
        netcon.weight[0], netcon.delay = 0.005, 2.3
    times, gids = h.Vector(), h.Vector()
    pc.spike_record(-1, times, gids)
    return pc, netcons, times, gids


@model("fastpas")
def fast_passive(cells, _):
    for cell in cells:
        cell.dend.insert("fastpas")
        for segment in cell.dend:
            segment.g_fastpas, segment.e_fastpas = 1e-4, -60


@model("morphology")
def shaped(cells, _):
    """Sections with 3d points, of which NEURON computes area and diam."""
    for cell in cells:
        h.pt3dclear(sec=cell.dend)
        for i in range(5):
            h.pt3dadd(12.6 + 40 * i, 3 * (i % 2), 0, 2 - 0.2 * i, sec=cell.dend)


@model("IClamp")
def current_clamp(cells, _):
    clamps = [h.IClamp(cell.soma(0.5)) for cell in cells]
    for i, clamp in enumerate(clamps):
        clamp.delay, clamp.dur, clamp.amp = 5 + 3 * i, 40, 0.1
    return clamps


@model("SEClamp")
def single_electrode_clamp(cells, _):
    clamp = h.SEClamp(cells[0].soma(0.5))
    clamp.dur1, clamp.amp1, clamp.dur2, clamp.amp2, clamp.dur3, clamp.amp3 = 10, -65, 20, -20, 17, -70
    clamp.rs = 0.5
    return clamp, h.Vector().record(clamp._ref_i)


@model("VClamp")
def two_electrode_clamp(cells, _):
    clamp = h.VClamp(cells[0].soma(0.5))
    clamp.dur[0], clamp.amp[0], clamp.dur[1], clamp.amp[1], clamp.dur[2], clamp.amp[2] = 10, -65, 20, -20, 17, -70
    clamp.gain, clamp.tau1, clamp.tau2 = 1e4, 0.05, 0.02
    return clamp, h.Vector().record(clamp._ref_i)


@model("OClamp")
def other_clamp(cells, _):
    clamp = h.OClamp(cells[0].soma(0.5))
    return clamp


@model("APCount")
def action_potential_counter(cells, _):
    counters, times = [h.APCount(cell.soma(0.5)) for cell in cells], [h.Vector() for _ in cells]
    for counter, vector in zip(counters, times):
        counter.thresh = -10
        counter.record(vector)
    return counters, times


@model("AlphaSynapse")
def alpha_synapse(cells, _):
    synapses = [h.AlphaSynapse(cell.dend(0.5)) for cell in cells]
    for i, synapse in enumerate(synapses):
        synapse.onset, synapse.tau, synapse.gmax = 11 + 8 * i, 9, 0.01
    return synapses


@model("Exp2Syn")
def double_exponential(cells, _):
    synapses = [h.Exp2Syn(cell.dend(0.2)) for cell in cells]
    for synapse in synapses:
        synapse.tau1, synapse.tau2 = 1.3, 17
    return synapses, [connect(cells[i - 1], synapse, 0.004, 2.1) for i, synapse in enumerate(synapses)]


@model("PointProcessMark")
def mark(cells, _):
    return h.PointProcessMark(cells[0].soma(0.5))


@model("IntFire1", "IntFire2", "IntFire4")
def integrate_and_fire(cells, name):
    fired = [getattr(h, name)() for _ in range(6)]
    keep = [connect(cells[i % N], cell, 0.5, 1.1) for i, cell in enumerate(fired)]
    for i, cell in enumerate(fired):
        stimulus = poisson(i, 1.5, 17)
        keep += [stimulus, connect(stimulus, cell, 0.4, 0.3), connect(cell, fired[i - 1], 0.2, 1.7)]
        keep.append(connect(cell, cells[i % N].synapse, 0.001, 2.1))
    return fired, keep, record_spikes(fired)


@model("PatternStim")
def pattern(cells, _):
    pc = h.ParallelContext()
    for cell in cells:
        pc.set_gid2node(100 + cell.gid, pc.id())
        pc.cell(100 + cell.gid, h.NetCon(cell.soma(0.5)._ref_v, None, sec=cell.soma))
    netcons = [pc.gid_connect(100 + cell.gid, cell.synapse) for cell in cells]
    for netcon in netcons:
        netcon.weight[0], netcon.delay = 0.005, 2.3
    stimulus = h.PatternStim()
    times, gids = h.Vector([3 + 1.7 * i for i in range(30)]), h.Vector([100 + i % 3 for i in range(30)])
    stimulus.play(times, gids)
    return pc, netcons, stimulus, times, gids


@model("ca_ion")
def calcium(cells, _):
    """KINETIC writes cai, which an ion style and the GHK equation use."""
    for cell in cells:
        cell.soma.insert("kinetic")
        cell.soma(0.5).kinetic.bound = 0
    return [h.Vector().record(cell.soma(0.5)._ref_cai) for cell in cells]


@model("KSChan")
def channel_builder(cells, _):
    """A channel that the script describes by its states, without MOD language."""
    channel = h.KSChan(0)
    channel.name("built")
    channel.ion("k")
    channel.gmax(0.003)
    closed = channel.add_ksstate(None, "closed")
    opened = channel.add_ksstate(channel.gate(0), "opened")
    opened.frac(1)
    transition = channel.add_transition(closed, opened)
    transition.set_f(0, 2, h.Vector([0.3, 0.1, -40]))
    transition.set_f(1, 2, h.Vector([0.1, -0.1, -40]))
    for cell in cells:
        cell.soma.insert("built")
    return channel, closed, opened, transition


@model("StateTransitionEvent")
def state_transitions(cells, _):
    events = h.StateTransitionEvent(2)
    level = h.ref(-30)
    events.transition(0, 1, cells[0].soma(0.5)._ref_v, level, "")
    events.state(0)
    return events, level


@model("Random")
def random_current(cells, _):
    clamps, generators = [h.IClamp(cell.soma(0.5)) for cell in cells], [h.Random() for _ in cells]
    for i, (clamp, generator) in enumerate(zip(clamps, generators)):
        clamp.dur = 1e9
        generator.Random123(i, 2, 3)
        generator.normal(0, 0.003)
        generator.play(clamp._ref_amp)
    return clamps, generators


@model("Plastic")
def plastic(cells, _):
    """Two NetCons to each synapse, so that FOR_NETCONS has what to iterate over."""
    synapses = [h.Plastic(cell.dend(0.5)) for cell in cells]
    keep = [poisson(i, 3, 23) for i in range(N)]
    return synapses, keep, [connect(s, synapses[i % N], 0.003, 0.5 + 0.2 * i) for i, s in enumerate(keep * 2)]


@model("tabled", "kinetic", "eulerian")
def density(cells, name):
    for cell in cells:
        cell.soma.insert(name)


@model("Implicit", "Destructed")
def point_process(cells, name):
    made = [getattr(h, name)(cell.dend(0.8)) for cell in cells]
    if name == "Destructed":
        made.append(h.Destructed(cells[0].dend(0.1)))
        del made[1]
    return made


@model("TableFunction")
def table_function(cells, _):
    processes, voltages, values = [h.TableFunction(cell.soma(0.5)) for cell in cells], h.Vector(50), h.Vector(50)
    voltages.indgen(-100, 4)
    values.indgen(-1, 0.04)
    processes[0].table_curve(values._ref_x[0], 50, voltages._ref_x[0])
    played_values = h.Vector([0.02 * ((i * 7) % 5) for i in range(300)])
    times = h.Vector([0.37 * i for i in range(300)])
    for i, process in enumerate(processes):
        played_values.play(process._ref_scale, *((times, 1) if i else (0.41,)))
    return processes, voltages, values, played_values, times


@model("Bursting")
def bursting(cells, _):
    bursts = [h.Bursting() for _ in cells]
    keep = []
    for i, cell in enumerate(bursts):
        cell.stream.set_ids(i, 5, 6)
        keep += [connect(cell, cells[i].synapse, 0.002, 0.9), connect(cells[i], cell, 1.5, 0.3)]
    return bursts, keep, record_spikes(bursts)


@model("Hiding")
def hiding(cells, _):
    return h.Hiding()


@model("Addressing", "Remembering")
def unseen(cells, name):
    return getattr(h, name)(cells[0].soma(0.5))


whole("extracellular", extracellular)
whole("LinearMechanism", linear_mechanism)
whole("HalfGap", gap_junctions)
whole("Vector.play", played)
whole("Pointing", pointers)
whole("stochastic", stochastic)
whole("VecEvents", vec_events)
whole("Watched", watched)
