"""One model for three values of a parameter in one process: parameters.py run|plain DIR prints v at the end of each.

parameters.py save|restore FILE prints v of a run that is saved half-way, or restored with no h.finitialize() before.
"""

import json
import sys

from neuron import h

import torpor_neuron as tn

how, folder = sys.argv[1:]
h.load_file("stdrun.hoc")
soma, dend = h.Section(name="soma"), h.Section(name="dend")
soma.L = soma.diam = 20
soma.insert("hh")
dend.L, dend.diam, dend.nseg = 400, 1, 5
dend.insert("pas")
dend.connect(soma)
clamp = h.IClamp(dend(0.9))
clamp.delay, clamp.dur, clamp.amp = 5, 1e9, 0.1
if how in ("save", "restore"):
    trace = h.Vector().record(dend(0.9)._ref_v)
    if how == "save":
        h.finitialize(-65)
        h.continuerun(10)
        tn.save(folder)
    else:
        tn.restore(folder)
    h.continuerun(20)
    print(json.dumps(list(trace)))
    sys.exit()
found = []
for ra in (35.4, 100, 300):
    dend.Ra = ra
    if how == "run":
        tn.run(30, every="10 ms", dir=folder)
    else:
        h.tstop = 30
        h.run()
    found.append(dend(0.9).v)
print(json.dumps(found))
