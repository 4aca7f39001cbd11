"""Build a model, simulate, and save its state at the end: simulate.py '{"network": "ring", "until": 80, ...}'

    how         "run" (h.run), "panel" (the same, as the panel for numerical methods sets it up), "psolve", "solve" (CVode.solve),
                or "fadvance" (a loop of the script's own)
    stops       where psolve() stops before `until`
    solver      "cvode", "local" or "ida": a variable step; "coreneuron"
    atolscale   tolerances of variables, by name
    every, dir  checkpoints; without them there are none
    options     further options of tn.every
    trajectories  how often to call h.run()
    save        the file for the state at the end
"""

import json
import sys

import networks
from neuron import h

import torpor_neuron as tn

options = json.loads(sys.argv[1])
h.load_file("stdrun.hoc")
built = getattr(networks, options["network"])(**options.get("arguments", {}))
h.dt, h.steps_per_ms = options.get("dt", 0.025), 1 / options.get("dt", 0.025)
until, how = options["until"], options.get("how", "run")
networks.use_solver(options.get("solver", ""))
for variable, tolerance in options.get("atolscale", {}).items():
    h.cvode.atolscale(variable, tolerance)
if "dir" in options:
    reads = "once" if how == "fadvance" else "any"
    tn.every(options.get("every"), dir=options["dir"], reads=reads, **options.get("options", {}))

if how in ("run", "panel"):
    h.tstop, h.using_cvode_ = until, how == "panel"
    for _ in range(options.get("trajectories", 1)):
        h.run()
else:
    h.finitialize(-65)
    if how == "psolve":
        pc = h.ParallelContext()
        pc.set_maxstep(10)
        for end in (*options.get("stops", ()), until):
            pc.psolve(end)
    elif how == "solve":
        h.cvode.solve(until)
    else:
        while h.t < until - (0 if h.cvode.active() else h.dt / 2):
            h.fadvance()
tn.finish()
tn.save(options["save"])
print(json.dumps({"t": h.t, "n_spikes": len(built[-1][0])}))
