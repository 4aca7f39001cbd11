"""host_neuron.py FOLDER: a ring of cells in NEURON, with noise, that saves all the time and goes on from where it was; it
prints the digest of its spikes and voltages at the end."""
import hashlib
import os
import sys

from neuron import h

import torpor_neuron as tn

h.load_file("stdrun.hoc")
UNTIL = 100.0  # ms


def build(n=5):
    somas = [h.Section(name=f"soma{i}") for i in range(n)]
    keep, spikes, cells = [], h.Vector(), h.Vector()
    synapses = []
    for soma in somas:
        soma.L = soma.diam = 12.6
        soma.insert("hh")
        synapses.append(h.ExpSyn(soma(0.5)))
    for i, soma in enumerate(somas):
        noise = h.NetStim()
        noise.noise, noise.number, noise.start, noise.interval = 1, 1e9, 0, 7 + i
        noise.noiseFromRandom123(i, 7, 3)
        onward = h.NetCon(soma(0.5)._ref_v, synapses[(i + 1) % n], sec=soma)
        onward.weight[0], onward.delay = 0.01, 1.1 + 0.1 * i
        onward.record(spikes, cells, i)
        into = h.NetCon(noise, synapses[i])
        into.weight[0] = 0.02
        keep += [noise, onward, into]
    return somas, synapses, keep, spikes, cells


somas, synapses, keep, spikes, cells = build()
if os.environ.get("TORPOR_CHECKPOINTS") != "no":
    tn.every("2 ms", dir=sys.argv[1], keep=2)
h.finitialize(-65)
h.continuerun(UNTIL)
state = [list(spikes), list(cells), [soma(0.5).v for soma in somas], [synapse.i for synapse in synapses]]
tn.finish()
print("digest", hashlib.md5(repr(state).encode()).hexdigest(), len(spikes))
