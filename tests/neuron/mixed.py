"""Random networks of several mechanisms: MODELS[seed](seed) builds one, of which all is chosen by the seed."""

import random

from networks import Cell, connect, poisson, record_spikes
from neuron import h

MODELS = {}
N_SEEDS = 1000
# Density mechanisms and point processes for cells, by whether NEURON runs them on two threads.
DENSITY = {True: ["eulerian", "fastpas"], False: ["extracellular", "stochastic", "tabled", "kinetic", "k_ion"]}
POINTS = {True: ["Exp2Syn", "IClamp", "AlphaSynapse", "APCount", "SEClamp"], False: ["Plastic", "Watched", "Implicit"]}
ARTIFICIAL = ["NetStim", "IntFire1", "IntFire2", "IntFire4", "Bursting"]


def every(seed):
    """Checkpoints at another distance for each seed, on the grid of steps and off it."""
    chosen = random.Random(f"every {seed}")
    return chosen.choice([round(chosen.uniform(3, 16), 3), 0.5 * chosen.randint(6, 32)])


def some(chosen, names):
    return chosen.sample(names, chosen.randint(1, len(names)))


def point_process(chosen, name, cell):
    place = chosen.choice([cell.soma(0.5), cell.dend(0.1), cell.dend(0.9)])
    made = getattr(h, name)(place)
    if name == "IClamp":
        made.delay, made.dur, made.amp = chosen.uniform(0, 30), chosen.uniform(1, 30), chosen.uniform(0, 0.1)
    elif name == "AlphaSynapse":
        made.onset, made.gmax = chosen.uniform(0, 40), 0.004
    elif name == "SEClamp":
        made.dur1, made.amp1, made.rs = chosen.uniform(1, 20), -40, 5
    elif name == "Implicit":
        made.drive = chosen.uniform(0.1, 1)
    elif name == "Watched":
        made.rate = chosen.uniform(0.1, 0.5)
    return made


def artificial_cell(chosen, name, number):
    if name == "NetStim":
        return poisson(number, chosen.uniform(2, 9), chosen.randint(1, 99))
    cell = getattr(h, name)()
    if name == "Bursting":
        cell.stream.set_ids(number, chosen.randint(1, 9), 4)
    return cell


def build(seed):
    chosen = random.Random(seed)
    on_two_threads = chosen.random() < 0.25  # without artificial cells: NEURON itself is not reproducible with them
    h.celsius, h.secondorder = chosen.choice([6.3, 20.1]), chosen.choice([0, 0, 1, 2])
    allowed = [True] if on_two_threads else [True, False]
    density = some(chosen, sum((DENSITY[key] for key in allowed), []))
    points = some(chosen, sum((POINTS[key] for key in allowed), []))
    cells = [Cell(gid, chosen.uniform(1, 4)) for gid in range(chosen.randint(2, 7))]
    keep, targets = [], [cell.synapse for cell in cells]
    for cell in cells:
        for name in density:
            (chosen.choice([cell.soma, cell.dend]) if name != "extracellular" else cell.dend).insert(name)
        for name in points:
            if chosen.random() < 0.5:
                keep.append(point_process(chosen, name, cell))
                targets += [keep[-1]] if name in ("Exp2Syn", "Plastic") else []
    sources = list(cells)
    if on_two_threads:
        h.ParallelContext().nthread(2)
    else:
        sources += [artificial_cell(chosen, chosen.choice(ARTIFICIAL), i) for i in range(chosen.randint(2, 9))]
        targets += [cell for cell in sources[len(cells) :] if "NetStim" not in str(cell)]
    clamps = [h.IClamp(cell.soma(0.5)) for cell in cells]
    noise = h.Vector([0.3 * chosen.random() ** 3 for _ in range(700)])
    for clamp in clamps:
        clamp.dur = 1e9
        noise.play(clamp._ref_amp, chosen.choice([0.1, 0.25, 0.33]))
    for source in sources:
        for target in chosen.sample(targets, min(3, len(targets))):
            keep.append(connect(source, target, chosen.uniform(0.001, 0.01), chosen.uniform(0.5, 4)))
            if "IntFire" in str(target):
                keep[-1].weight[0] *= 60
    intervals = [()] if on_two_threads else [(), (0.4,)]  # recording at intervals is not reproducible on two threads
    traces = [h.Vector().record(cell.dend(0.5)._ref_v, *chosen.choice(intervals)) for cell in cells]
    # A Vector each: on two threads, NEURON adds simultaneous spikes to a common one in any order.
    return cells, keep, sources, clamps, noise, traces, [record_spikes([source]) for source in sources]


for number in range(N_SEEDS):
    MODELS[str(number)] = build
