"""A network on several ranks, started by mpiexec: ranks.py '{"until": 80, ...}'

    network     "cells": Hodgkin-Huxley cells with noise; "gaps": and gap junctions between them; "artificial": IntFire cells;
                "ties": cells to which many spikes come at the same time, so that their end depends on the order
    ends        where pc.psolve() ends before `until`; the model is changed there, by what all have read
    solver      as in simulate.py
    compress, multisend  of the exchange of spikes
    every, dir, options  checkpoints, as in simulate.py
    fails       rank 1 raises an exception at this end of pc.psolve()
    hides       rank 1 has a mechanism that cannot be saved
    how         "run": by h.run(), which is refused
    save        the file for the state at the end

Rank 0 prints how it ended, with a digest of all cells' states by their global ids, which does not depend on the ranks.
"""

import hashlib
import json
import sys

from neuron import h

h.nrnmpi_init()

import networks  # noqa: E402  MPI begins before

import torpor_neuron as tn  # noqa: E402

options = json.loads(sys.argv[1])
pc = h.ParallelContext()
rank, n_ranks = int(pc.id()), int(pc.nhost())
has_ties, is_artificial = options["network"] == "ties", options["network"] == "artificial"
N = 24 if has_ties else 12
keep, cells = [], {}


def connect(source, cell, weight, delay):
    netcon = pc.gid_connect(source, cell if is_artificial else cell.synapse)
    netcon.weight[0], netcon.delay = weight, delay
    keep.append(netcon)


def build(gid):
    if is_artificial:
        cell = (h.IntFire1, h.IntFire2, h.IntFire4)[gid % 3]()
        outlet = h.NetCon(cell, None)
    else:
        cell = networks.Cell(gid)
        if has_ties:
            cell.synapse.loc(cell.soma(0.5))
        outlet = h.NetCon(cell.soma(0.5)._ref_v, None, sec=cell.soma)
        outlet.threshold = 10
    pc.set_gid2node(gid, rank)
    pc.cell(gid, outlet)
    keep.append(outlet)
    return cell


h.load_file("stdrun.hoc")
h.dt = 2.0**-5 if has_ties else 0.025
networks.use_solver(options.get("solver", ""))
for gid in range(rank, N, n_ranks):
    cells[gid] = build(gid)
for gid, cell in cells.items():
    for k in range(1, N):
        weight = 0.1 if is_artificial else 0.0005 + 0.00007 * k
        connect((gid - k) % N, cell, weight, 1 + (7 * k + gid) % 32 / 32 if has_ties else 1.01 + 0.1 * ((gid + k) % 5))
    stimulus = networks.poisson(gid, (3.0 if is_artificial else 5.0) - gid)
    keep += [stimulus, networks.connect(stimulus, cell if is_artificial else cell.synapse, 0.6 if is_artificial else 0.05, 0.7)]
if options["network"] == "gaps":
    for gid, cell in cells.items():
        pc.source_var(cell.dend(0.5)._ref_v, gid, sec=cell.dend)
    for gid, cell in cells.items():
        keep.append(h.HalfGap(cell.dend(0.5)))
        pc.target_var(keep[-1], keep[-1]._ref_vgap, (gid + 1) % N)
    pc.setup_transfer()
if options.get("hides") and rank == 1:
    keep.append(h.Hiding())
times, gids = h.Vector(), h.Vector()
pc.spike_record(-1, times, gids)
if not is_artificial:
    keep.append(h.Vector().record(cells[rank].soma(0.5)._ref_v))
if "compress" in options:
    pc.spike_compress(options["compress"])
if options.get("multisend"):
    pc.spike_compress(0, 0, 1)
pc.set_maxstep(10)
if "dir" in options:
    tn.every(options["every"], dir=options["dir"], **options.get("options", {}))
h.finitialize(-65)
for end in [*(end for end in options.get("ends", []) if end < options["until"]), options["until"]]:
    if options.get("how") == "run":
        h.continuerun(end)
    pc.psolve(end)
    if rank == 1 and end == options.get("fails"):
        raise ValueError("rank 1 fails")
    n_spikes = pc.allreduce(len(times), 1)
    if end < options["until"] and 0 in cells and not is_artificial:
        clamp = h.IClamp(cells[0].soma(0.5))
        clamp.dur, clamp.delay, clamp.amp = 2, end + 1, 0.1 + 0.001 * n_spikes
        keep.append(clamp)
tn.finish()
if "save" in options:
    tn.save(options["save"])


def state(cell):
    if is_artificial:
        return []  # NEURON counts its state from the last event
    return [segment.v for segment in (*cell.soma, *cell.dend)] + [cell.soma(0.5).hh.m, cell.soma(0.5).hh.h, cell.synapse.g]


everything = pc.py_gather(({gid: state(cell) for gid, cell in cells.items()}, list(zip(times, gids))), 0)
if rank == 0:
    states = sorted(item for part, _ in everything for item in part.items())
    spikes = sorted(spike for _, part in everything for spike in part)
    digest = hashlib.sha256(repr((states, spikes)).encode()).hexdigest()
    print(json.dumps({"digest": digest, "n_spikes": len(spikes), "t": h.t}), flush=True)
pc.barrier()
h.quit()
