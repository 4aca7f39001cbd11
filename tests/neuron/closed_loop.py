"""A script whose runs depend on what it has read after the run before: closed_loop.py '{"how": ..., "die_in": ..., "save": ...}'.

Prints all that it has read.

    how, solver   as in runs.py
    reads         as in tn.every(); with "once" it reads in tn.once(), but for `careless`: then all of it outside
    die_in        number of the run in the middle of which it kills itself
    fail_in       the same, but it ends by an error of Python
    between       what it changes before its second run: "dt", "cell" (one more), "nseg"
    ends, change  where its runs end; what it sets otherwise before its third run
"""

import json
import os
import random
import signal
import sys

import networks
from neuron import h

import torpor_neuron as tn

options = json.loads(sys.argv[1])
how, reads = options["how"], options.get("reads", "any")
h.load_file("stdrun.hoc")
cells, keep, *_, trace, spikes = networks.ring(4)
synapse = h.Plastic(cells[1].dend(0.5))
plastic = networks.connect(cells[0], synapse, 0.01, 1)
clamp, noise = h.IClamp(cells[0].soma(0.5)), h.Random()
clamp.dur = 1e9
noise.Random123(1, 2, 3)
noise.normal(0.05, 0.01)
noise.play(clamp._ref_amp)
pc = h.ParallelContext()
pc.set_maxstep(10)
networks.use_solver(options.get("solver", ""))
if "dir" in options:
    tn.every(options.get("every", 7), dir=options["dir"], reads=reads, mode="sync", **options.get("options", {}))


def run(until):
    if how == "psolve":
        pc.psolve(until)
    elif how == "fadvance":
        while h.t < until - h.dt / 2:
            h.fadvance()
    else:
        h.continuerun(until)


def read():
    soma = cells[0].soma(0.5)
    return {
        "spikes": list(spikes[0]), "cells": list(spikes[1]), "trace": list(trace), "v": soma.v, "m": soma.hh.m, "ina": soma.ina,
        "g": cells[1].synapse.g, "weights": [plastic.weight[i] for i in range(3)], "amp": clamp.amp, "t": h.t,
        "drawn": noise.repick(), "n": spikes[0].c().size(),
    }  # fmt: skip


def change_model(what):
    if what == "dt":
        h.dt, h.steps_per_ms = 0.05, 20
    elif what == "nseg":
        cells[2].dend.nseg = 5
    elif what == "cell":
        keep.extend(networks.ring(2))


h.finitialize(-65)
found, drawn = [], []
for number, end in enumerate(options.get("ends", [20, 40, 60])):
    if options.get("die_in") == number:
        run(end - 4)
        os.kill(os.getpid(), signal.SIGKILL)
    if options.get("fail_in") == number:
        h.cvode.extra_scatter_gather(0, lambda: 1 / 0 if h.t > end - 4 else 0)
    run(end)
    found.append(tn.once(read) if reads == "once" and not options.get("careless") else read())
    if "dir" in options:
        drawn.append(tn.once(lambda: random.SystemRandom().random()))
    cells[2].synapse.tau = 1 + 0.1 * (len(found[-1]["spikes"]) % 7)
    keep[0].weight[0] = 0.01 + 1e-5 * abs(found[-1]["v"])
    if number == 0:
        change_model(options.get("between"))
    if number == 1:
        cells[3].synapse.tau = options.get("change", 3)
tn.finish()
tn.save(options["save"])
print(json.dumps({"found": found, "drawn": drawn}))
