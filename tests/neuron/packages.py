"""Small models of packages that build on NEURON: packages.py netpyne|lfpy DURATION RESULT [DIR]. With DIR, checkpoints and resuming.

RESULT is a file: the state at the end, or of LFPy, which takes its model apart then, the voltages and currents that it returns.
"""

import json
import sys

for hidden in ("IPython", "bokeh"):  # by lean/
    sys.modules.pop(hidden, None)

from neuron import h  # noqa: E402

import torpor
import torpor_neuron as tn

name, duration, result = sys.argv[1], float(sys.argv[2]), sys.argv[3]
folder = sys.argv[4] if len(sys.argv) > 4 else None


def arm():
    if folder:
        tn.every("5 ms", dir=folder)


def netpyne():
    """Two populations of Hodgkin-Huxley cells with background noise and random connections, as in NetPyNE's tutorial."""
    from netpyne import sim, specs

    parameters = specs.NetParams()
    parameters.popParams["E"] = {"cellType": "E", "numCells": 12}
    parameters.popParams["I"] = {"cellType": "I", "numCells": 4}
    for kind in "EI":
        soma = {"geom": {"diam": 18.8, "L": 18.8, "Ra": 123.0}}
        soma["mechs"] = {"hh": {"gnabar": 0.12, "gkbar": 0.036, "gl": 0.003, "el": -70}}
        parameters.cellParams[kind] = {"secs": {"soma": soma}}
    parameters.synMechParams["exc"] = {"mod": "Exp2Syn", "tau1": 0.1, "tau2": 5.0, "e": 0}
    parameters.stimSourceParams["noise"] = {"type": "NetStim", "rate": 30, "noise": 0.5}
    parameters.stimTargetParams["noise"] = {
        "source": "noise", "conds": {"cellType": ["E", "I"]}, "weight": 0.01, "delay": 5, "synMech": "exc"
    }  # fmt: skip
    parameters.connParams["E->all"] = {
        "preConds": {"pop": "E"}, "postConds": {"pop": ["E", "I"]}, "probability": 0.3, "weight": 0.005,
        "delay": "1 + 2 * uniform(0, 1)", "synMech": "exc",
    }  # fmt: skip
    config = specs.SimConfig()
    config.duration, config.dt, config.verbose, config.printRunTime = duration, 0.025, False, False
    config.recordTraces = {"v": {"sec": "soma", "loc": 0.5, "var": "v"}}
    config.recordCells, config.recordStep = [0, 12], 0.1
    sim.create(parameters, config)
    arm()
    sim.runSim()
    tn.finish()
    tn.save(result)
    return len(sim.simData["spkt"])


def lfpy():
    """A ball and stick cell with synapses that fire at random, whose membrane currents give the extracellular potential."""
    import os

    import LFPy
    import numpy as np

    with open("cell.hoc", "w") as file:
        file.write(
            "create soma[1], dend[1]\nconnect dend[0](0), soma[0](1)\n"
            "soma[0] { pt3dclear() pt3dadd(0,0,0,20) pt3dadd(0,0,20,20) }\n"
            "dend[0] { pt3dclear() pt3dadd(0,0,20,2) pt3dadd(0,0,420,1) }\n"
            "objref all\nall = new SectionList()\nforall all.append()\n"
            "proc celldef() {}\n"
        )
    cell = LFPy.Cell(
        morphology=os.path.abspath("cell.hoc"), passive=True, dt=2**-5, tstart=0, tstop=duration, v_init=-65,
        passive_parameters={"g_pas": 1e-4, "e_pas": -65}, nsegs_method="lambda_f",
    )  # fmt: skip
    chosen = np.random.default_rng(3)
    synapses = []
    for i in range(10):
        synapses.append(LFPy.Synapse(cell, idx=i % cell.totnsegs, syntype="ExpSyn", weight=0.003, tau=2.0, e=0))
        synapses[-1].set_spike_times(np.sort(chosen.uniform(0, 2000, 400)))
    arm()
    cell.simulate(rec_imem=True, rec_vmem=True)
    tn.finish()
    torpor.msgpack_save(result, {"vmem": cell.vmem, "imem": cell.imem, "tvec": cell.tvec})
    return len(cell.tvec)


count = {"netpyne": netpyne, "lfpy": lfpy}[name]()
print(json.dumps({"t": h.t, "count": count}))
