"""A script of several runs: runs.py '{"how": ..., "until": ..., "dir": ...}'. It changes its model between them.

    solver  as in simulate.py
    how     "continuerun", "psolve", "fadvance" (loops that count steps), "rounds" (continuerun with several steps between looks at t),
            "panel" (continuerun as for a variable step, which makes one step too many)
    reads   as in tn.every()
"""

import json
import sys

import networks
from neuron import h

import torpor_neuron as tn

options = json.loads(sys.argv[1])
h.load_file("stdrun.hoc")
cells, keep, *_, spikes = networks.ring(4)
clamp = h.IClamp(cells[0].soma(0.5))
clamp.dur, clamp.delay = 1e9, 0
pc = h.ParallelContext()
pc.set_maxstep(10)
if options["how"] == "rounds":
    h.steps_per_ms, h.dt = 40 / 3, 0.025
h.using_cvode_ = options["how"] == "panel"
networks.use_solver(options.get("solver", ""))
if "dir" in options:
    reads = options.get("reads", "once" if options["how"] == "fadvance" else "any")
    tn.every(options["every"], dir=options["dir"], reads=reads, **options.get("options", {}))


def run(until):
    if options["how"] == "psolve":
        pc.psolve(until)
    elif options["how"] == "fadvance":
        for _ in range(round((until - run.reached) / h.dt)):
            h.fadvance()
    else:
        h.continuerun(until)
    run.reached = until


run.reached = 0
h.setdt()
h.finitialize(-65)
ends = [20.0, 40.0, 60.0]
for number, end in enumerate(ends):
    if end > options["until"]:
        break
    run(end)
    clamp.amp = 0.1 + 0.05 * number
    keep[0].event(end + 5)  # a spike, once
tn.finish()
tn.save(options["save"])
print(json.dumps({"t": h.t, "n_spikes": len(spikes[0])}))
