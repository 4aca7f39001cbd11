# SPDX-License-Identifier: GPL-2.0-or-later
"""One rank of a run on several: ranks.py '{"runs": [ms, ...], "report": FOLDER, ...}'

    lent       [rank, ranks, socket]: a NEST without MPI, see lent_ranks.py; else NEST says which rank this is
    network    of brunel.py; of lent ranks, each has its own virtual processes, which are connected with no others
    runs       lengths of the runs; between them the script changes currents
    reads      by what this rank has recorded; else at random. `draws`: false: they change nothing
    simulate   options of en.simulate; without it there are no checkpoints
    save, restore  by hand, between the runs
    grows      on this rank synapses are to come and go

Writes rank-<n>.pid, and at the end rank-<n>.json: a digest of what this rank shows of its part of the network.
"""

import json
import os
import sys
from pathlib import Path

import brunel
import lent_ranks
import nest
import state
import torpor_nest as en

options = json.loads(sys.argv[1])
nest.verbosity = nest.VerbosityLevel.ERROR
network = {"seed": 7, **options.get("network", {})}
en.install()
if "lent" in options:
    kept = lent_ranks.lend(en._library, *options["lent"]) if options["lent"][1] > 1 else None
    network["islands"] = True
rank = en._library.rank()
report = Path(options["report"], f"rank-{rank}.json")
report.with_suffix(".pid").write_text(str(os.getpid()))


def write(**said):
    part = report.with_suffix(".part")
    part.write_text(json.dumps(said))
    os.replace(part, report)


def simulate(t_ms):
    if "simulate" in options:
        en.simulate(t_ms, **options["simulate"])
    else:
        nest.Simulate(t_ms)


def main():
    brunel.build(**network)
    if rank == options.get("grows"):
        elements = {"pre_synaptic_element": "Axon", "post_synaptic_element": "Den"}
        nest.structural_plasticity_synapses = {"syn": {"synapse_model": "static_synapse", **elements}}
    recorder = nest.GetNodes({"model": "spike_recorder"})
    neurons = nest.NodeCollection(list(range(1, 101)))  # on whichever ranks they are
    if "restore" in options:
        en.restore(options["restore"])
    for number, t_ms in enumerate(options["runs"]):
        if number > 0 and options.get("draws", True):
            neurons[:20].I_e = 20.0 + recorder.n_events % 50 if options.get("reads") else nest.random.uniform(20.0, 70.0)
        if number > 0 and "save" in options:
            en.save(options["save"])
        simulate(t_ms)
    write(digest=state.digest(), processes=state.by_process(), recorded=state.n_recorded(), time=nest.biological_time,
          draws=state.next_draws_by_process())  # fmt: skip


try:
    main()
except en.Error as error:
    write(error=str(error), status=error.status)
    sys.exit(1)
