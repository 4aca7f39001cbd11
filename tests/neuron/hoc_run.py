"""How hoc_objects.py and hoc_variables.py make their runs, by the options that both have: how, solver, every, dir, reads, die_at."""

import os
import signal

import networks
from neuron import h

import torpor_neuron as tn

pc = h.ParallelContext()


def arm(options):
    """Once the model is built."""
    pc.set_maxstep(10)
    networks.use_solver(options.get("solver", ""))
    if "dir" in options:
        tn.every(options["every"], dir=options["dir"], reads=options.get("reads", "any"), mode="sync", **options.get("options", {}))
    if "die_at" in options:
        h.cvode.extra_scatter_gather(0, lambda: h.t > options["die_at"] and os.kill(os.getpid(), signal.SIGKILL))


def run(options, until):
    if options["how"] == "psolve":
        pc.psolve(until)
    elif options["how"] == "fadvance":
        while h.t < until - h.dt / 2:
            h.fadvance()
    else:
        h.tstop = until
        h.continuerun(h.tstop)
