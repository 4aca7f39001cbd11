"""Two sections and what belongs to them, of which something is changed before or in a run: changed.py '{"in_run": HOC, ...}'

Prints what is recorded, and v and i_membrane_ at the end of each run.

    before      hoc, before the first run
    x, interval of what is recorded
    in_run      hoc, at 12 ms of the first run, or `at` another time
    between     hoc, after each run
    later       so long after each run, an event of the script runs that hoc, too
    ends        of the runs
    dir         of checkpoints, every 5 ms; without it there are none
"""

import json
import sys

from neuron import h

import torpor_neuron as tn

options = json.loads(sys.argv[1])
h.load_file("stdrun.hoc")
h("""
create soma, dend
soma { L = diam = 20  insert hh }
dend { L = 400  diam = 1  nseg = 5  insert pas }
connect dend(0), soma(1)
objref clamp, synapse, other, netcon, more, spikes, trace, steps, current, noise, cvode
dend clamp = new IClamp(0.9)
{ clamp.del = 2  clamp.dur = 1e9  clamp.amp = 0.3 }
dend synapse = new ExpSyn(0.5)
soma other = new ExpSyn(0.5)
soma netcon = new NetCon(&v(0.5), synapse, 0, 1, 0.01)
spikes = new Vector()
netcon.record(spikes)
trace = new Vector()
trace.record(&dend.v(%s), %s)
steps = new Vector()
steps.record(&soma.v(0.5))
cvode = new CVode()
cvode.use_fast_imem(1)
noise = new Random()
noise.Random123(1, 2, 3)
noise.normal(0, 1)
proc change() {}
""" % (options.get("x", 0.5), options.get("interval", 0.5)))
h.current = h.Vector().record(h.dend(0.5)._ref_i_membrane_, 0.025)
h("{ %s }" % options.get("before", "") if "before" in options else "")
h("proc change() { %s }" % options.get("in_run", ""))
handler = h.FInitializeHandler('cvode.event(%g, "change()")' % options.get("at", 12))
if "dir" in options:
    tn.every("5 ms", dir=options["dir"], mode="sync")
h.finitialize(-65)
found = []
for end in options.get("ends", [30]):
    h.continuerun(end)
    found.append([h.dend(0.9).v, h.dend(0.5).i_membrane_, h.dend.Ra, h.dend.rallbranch, h.secondorder, [h.noise.repick() for _ in range(3)]])
    h("{ %s }" % options.get("between", ""))
    if "later" in options:
        h.cvode.event(h.t + options["later"], "change()")
tn.finish()
print(json.dumps({"found": found, "recorded": [list(vector) for vector in (h.spikes, h.trace, h.current)]}))
