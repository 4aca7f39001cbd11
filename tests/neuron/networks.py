"""Models of the tests: each function builds one, and returns what must stay alive. Spikes and traces are recorded in Vectors."""

import os

from neuron import coreneuron, h

h.nrn_load_dll(os.environ["TORPOR_NEURON_MECHANISMS"])


def use_solver(name):
    """A variable step: "cvode", "local" or "ida"; "coreneuron"; "": NEURON's fixed step."""
    if name == "coreneuron":
        coreneuron.enable, coreneuron.verbose = True, 0
    elif name:
        h.cvode.active(True)
        h.cvode.use_local_dt(name == "local")
        h.cvode.use_daspk(name == "ida")


class Cell:
    """A soma of Hodgkin-Huxley channels with a passive dendrite that has one synapse."""

    def __init__(self, gid, tau=2):
        self.gid = gid
        self.soma, self.dend = h.Section(name="soma", cell=self), h.Section(name="dend", cell=self)
        self.dend.connect(self.soma(1))
        self.soma.L = self.soma.diam = 12.6
        self.dend.L, self.dend.diam, self.dend.nseg = 200, 1, 3
        self.soma.insert("hh")
        self.soma(0.5).hh.gnabar = 0.12 * (1 + gid * 1e-3)
        self.dend.insert("pas")
        for segment in self.dend:
            segment.pas.e = -65
        self.synapse = h.ExpSyn(self.dend(0.5))
        self.synapse.tau = tau

    def __repr__(self):
        return f"Cell[{self.gid}]"


def connect(source, target, weight, delay):
    """A NetCon from a cell or an artificial cell."""
    if isinstance(source, Cell):
        netcon = h.NetCon(source.soma(0.5)._ref_v, target, sec=source.soma)
        netcon.threshold = 10
    else:
        netcon = h.NetCon(source, target)
    netcon.weight[0], netcon.delay = weight, delay
    return netcon


def poisson(number, interval=7.0, seed=7):
    """A NetStim with random intervals of a stream of its own."""
    stimulus = h.NetStim()
    stimulus.noise, stimulus.number, stimulus.start, stimulus.interval = 1, 1e9, 0, interval + number
    stimulus.noiseFromRandom123(number, seed, 3)
    return stimulus


def record_spikes(sources):
    """All spikes of these cells: their times, and whose they are."""
    times, cells = h.Vector(), h.Vector()
    netcons = []
    for number, source in enumerate(sources):
        netcons.append(connect(source, None, 0, 1))
        netcons[-1].record(times, cells, number)
    return times, cells, netcons


def ring(n=10, seed=7, tau=2):
    """A ring of cells, with noise, and everything that one can record of a cell."""
    cells = [Cell(gid, tau) for gid in range(n)]
    keep = [connect(cells[gid - 1], cell.synapse, 0.01, 1.01 + 0.1 * (gid % 5)) for gid, cell in enumerate(cells)]
    for gid, cell in enumerate(cells):
        stimulus = poisson(gid, seed=seed)
        keep += [stimulus, connect(stimulus, cell.synapse, 0.004, 0.7)]
    times = h.Vector([3, 10, 22.2, 37.5, 49.9])
    soma = cells[0].soma(0.5)
    keep += [times, h.Vector().record(soma._ref_v), h.Vector().record(soma._ref_v, 0.5), h.Vector().record(h._ref_t)]
    return cells, keep, h.Vector().record(soma._ref_v, times), record_spikes(cells)


def integrate_and_fire(n=30, seed=1):
    """IntFire1, IntFire2 and IntFire4, which send themselves events."""
    cells = [(h.IntFire1, h.IntFire2, h.IntFire4)[i % 3]() for i in range(n)]
    keep = []
    for i, cell in enumerate(cells):
        stimulus = poisson(i, 3.0 - i, seed)
        keep += [stimulus, connect(stimulus, cell, 0.6, 0.3)]
        keep += [connect(cell, cells[(i + j) % n], weight, 1 + 0.13 * j) for j, weight in ((3, 0.3), (7, -0.2), (11, 0.3))]
    return cells, keep, record_spikes(cells)


def watched(n=6):
    """WATCH statements and self events of tests/neuron/mod/watched.mod."""
    sections = [h.Section(name=f"watched_{i}") for i in range(n)]
    cells = [h.Watched(section(0.5)) for section in sections]
    for i, cell in enumerate(cells):
        cell.rate = 0.31 + 0.07 * i
    return sections, cells, [connect(cell, cells[i - 1], 0.01, 1.3) for i, cell in enumerate(cells)], record_spikes(cells)


def stochastic(n=5):
    """RANDOM variables, and variables without a name, of tests/neuron/mod/stochastic.mod."""
    built = ring(n)
    for cell in built[0]:
        cell.soma.insert("stochastic")
        cell.soma(0.5).stochastic.stream.set_ids(cell.gid, 9, 9)
    return built


def randoms():
    """Random objects of hoc, of each generator and distribution that keeps something from one number to the next."""
    built = ring(4)
    clamps, generators = [], []
    for i, (generator, distribution) in enumerate(
        [("Random123", "normal"), ("MCellRan4", "normal"), ("Random123", "lognormal"), ("MCellRan4", "uniform")]
    ):
        clamps.append(h.IClamp(built[0][i].soma(0.5)))
        clamps[-1].dur = 1e9
        generators.append(h.Random())
        getattr(generators[-1], generator)(*((1, 2, i) if generator == "Random123" else (11 + i,)))
        getattr(generators[-1], distribution)(*((0, 0.01) if distribution == "normal" else (0.001, 0.01)))
        generators[-1].play(clamps[-1]._ref_amp)
    stimulus, intervals = h.NetStim(), h.Random()
    intervals.Random123(4, 4, 4)
    intervals.negexp(1)
    stimulus.noise, stimulus.interval, stimulus.number, stimulus.start = 1, 3, 1e9, 0
    stimulus.noiseFromRandom(intervals)
    return clamps, generators, stimulus, intervals, connect(stimulus, built[0][2].synapse, 0.004, 1), *built


def played(n=2000):
    """Vectors that are played: in steps, and interpolated."""
    cell = Cell(0)
    interpolated, stepped = h.IClamp(cell.soma(0.5)), h.IClamp(cell.dend(0.5))
    interpolated.dur = stepped.dur = 1e9
    values = h.Vector([0.2 * ((i * 7919) % 13) / 13 for i in range(n)])
    times = h.Vector([i * 0.11 for i in range(n)])
    values.play(interpolated._ref_amp, times, 1)
    steps = h.Vector([0.05 * ((i * 31) % 11) / 11 for i in range(n)])
    steps.play(stepped._ref_amp, 0.3)
    return interpolated, stepped, values, times, steps, cell, h.Vector().record(cell.soma(0.5)._ref_v), record_spikes([cell])


def variable():
    """All that a variable step has to do with: conditions, self events, noise, and Vectors that are played and recorded."""
    built = ring(5)
    cells = built[0]
    traces, times = [h.Vector() for _ in cells], [h.Vector() for _ in cells]
    for cell, trace, at in zip(cells, traces, times):
        h.cvode.record(cell.soma(0.5)._ref_v, trace, at, sec=cell.soma)
    return traces, times, played(), watched(3), integrate_and_fire(6), *built


def with_gids(n=6, n_threads=1):
    """What the wheel's CoreNEURON can simulate: the ring, whose cells have global ids, and a current that is played."""
    pc = h.ParallelContext()
    pc.nthread(n_threads)
    cells, *rest = ring(n)
    outlets = [h.NetCon(cell.soma(0.5)._ref_v, None, sec=cell.soma) for cell in cells]
    for cell, outlet in zip(cells, outlets):
        pc.set_gid2node(cell.gid, pc.id())
        pc.cell(cell.gid, outlet)
    clamp, values, times = h.IClamp(cells[0].soma(0.5)), h.Vector(0.1 * (i % 7) / 7 for i in range(2000)), h.Vector(range(2000)) * 0.11
    clamp.dur = 1e9
    values.play(clamp._ref_amp, times, 1)
    return pc, cells, outlets, clamp, values, times, *rest


def extracellular():
    built = ring(4)
    for cell in built[0]:
        for section in (cell.soma, cell.dend):
            section.insert("extracellular")
            for segment in section:
                segment.xraxial[0], segment.xg[0], segment.xc[0] = 1e3, 1e-2, 0.5
    return h.Vector().record(built[0][0].dend(0.5)._ref_vext[0]), *built


def linear_mechanism():
    cell = Cell(0)
    clamp = h.IClamp(cell.soma(0.5))
    clamp.dur, clamp.amp = 1e9, 0.1
    c, g = h.Matrix(2, 2), h.Matrix(2, 2)
    g.setval(0, 1, -1), g.setval(1, 0, 3e-3), g.setval(1, 1, 2), c.setval(1, 1, 5)
    y, y0, b, at = h.Vector(2), h.Vector(2), h.Vector(2), h.Vector([0.5])
    sections = h.SectionList([cell.soma])
    mechanism = h.LinearMechanism(c, g, y, y0, b, sections, at)
    return cell, clamp, c, g, y, y0, b, at, sections, mechanism, record_spikes([cell])


def gap_junctions(n=8):
    """Gap junctions through ParallelContext, and cells that have global ids."""
    pc = h.ParallelContext()
    built = ring(n)
    cells = built[0]
    for cell in cells:
        pc.source_var(cell.dend(0.5)._ref_v, cell.gid, sec=cell.dend)
    gaps = [h.HalfGap(cell.dend(0.5)) for cell in cells]
    for gap, cell in zip(gaps, cells):
        pc.target_var(gap, gap._ref_vgap, (cell.gid + 1) % n)
    pc.setup_transfer()
    return pc, gaps, *built


def pointers():
    built = ring(5)
    cells = built[0]
    synapses = [h.Pointing(cell.dend(0.2)) for cell in cells]
    for synapse, cell in zip(synapses, cells):
        synapse._ref_p = cells[(cell.gid + 2) % 5].soma(0.5)._ref_v
    return synapses, *built


def statements(n_threads=1):
    """Statements of hoc that run at a time: of the top level, of an object, and one that only makes NEURON stop there."""
    h.ParallelContext().nthread(n_threads)
    built = ring(4) if n_threads == 1 else threads(4)
    clamp = h.IClamp(built[0][0].soma(0.5) if n_threads == 1 else built[1][0].soma(0.5))
    clamp.dur = 1e9
    h("""
begintemplate Kicker
objref clamp, cvode
public clamp, schedule, kick
proc init() { cvode = new CVode() }
proc schedule() { cvode.event($1, "kick()") }
proc kick() { clamp.amp += 0.02 }
endtemplate Kicker
""")
    kicker, cvode = h.Kicker(), h.CVode()
    kicker.clamp = clamp

    def schedule():
        for time in (2.5, 30, 42, 70):
            kicker.schedule(time)
            cvode.event(time + 3.3)
            cvode.event(time + 5, f"{clamp.hname()}.amp = {clamp.hname()}.amp" + " + 0.001")

    return clamp, kicker, h.FInitializeHandler(2, schedule), *built


def callbacks(n_threads=1, reversed_order=False):
    """Events that call Python, which reads and changes the model: methods, and functions with arguments."""
    import torpor_neuron as tn

    h.ParallelContext().nthread(n_threads)
    built = ring(4) if n_threads == 1 else threads(4)
    soma = (built[0] if n_threads == 1 else built[1])[0].soma
    clamp, cvode, drawn = h.IClamp(soma(0.5)), h.CVode(), h.Random()
    clamp.dur = 1e9
    drawn.Random123(5, 5, 5)
    drawn.negexp(6)

    class Kicker:
        def __init__(self, amp):
            self.amp = amp

        def kick(self):
            clamp.amp += self.amp if soma(0.5).v < -60 else -self.amp
            cvode.event(h.t + drawn.repick(), self.kick)

    def add(amp):
        clamp.amp += amp

    kickers = [Kicker(0.02), Kicker(0.031)]
    additions = [(add, 0.01), (add, -0.013)]
    functions = [*(kicker.kick for kicker in kickers), *additions]
    for function in functions[::-1] if reversed_order else functions:
        tn.callback(function)

    def schedule():
        for i, time in enumerate((2.5, 30, 42, 70)):
            cvode.event(time, additions[i % 2])
        for i, kicker in enumerate(kickers):
            cvode.event(1.7 + i, kicker.kick)

    return clamp, drawn, h.FInitializeHandler(2, schedule), *built


def vec_events(n=4):
    """Events at times from a Vector, which a MOD file holds by a BBCOREPOINTER."""
    built = ring(n)
    stimuli = [h.VecEvents() for _ in range(n)]
    times = [h.Vector([1 + 0.37 * i + 1.3 * k for k in range(60)]) for i in range(n)]
    for stimulus, vector in zip(stimuli, times):
        stimulus.play(vector)
    return stimuli, times, [connect(s, c.synapse, 0.006, 0.9) for s, c in zip(stimuli, built[0])], *built


def threads(n=10):
    """The ring on two threads. A Vector for each cell: from two threads, NEURON appends to a common one in any order."""
    pc = h.ParallelContext()
    pc.nthread(2)
    cells = [Cell(gid) for gid in range(n)]
    keep = [connect(cells[gid - 1], cell.synapse, 0.01, 1.01 + 0.1 * (gid % 5)) for gid, cell in enumerate(cells)]
    for gid, cell in enumerate(cells):
        stimulus = poisson(gid)
        keep += [stimulus, connect(stimulus, cell.synapse, 0.004, 0.7)]
    return pc, cells, keep, [record_spikes([cell]) for cell in cells[1:]], record_spikes(cells[:1])


def multi_compartment_ions(n=3):
    """Reaction-diffusion in the cells of the ring."""
    from neuron import rxd

    built = ring(n)
    sections = [section for cell in built[0] for section in (cell.soma, cell.dend)]
    cytosol = rxd.Region(sections, nrn_region="i", name="cytosol")
    calcium = rxd.Species(cytosol, d=1, name="ca", charge=2, initial=lambda node: 1e-3 * (1 + node.x))
    buffer = rxd.Species(cytosol, name="buffer", initial=1e-3)
    bound = rxd.Species(cytosol, name="bound", initial=0)
    reaction = rxd.Reaction(calcium + buffer, bound, 10, 0.5)
    return cytosol, calcium, buffer, bound, reaction, *built
