# SPDX-License-Identifier: GPL-2.0-or-later
"""Write two checkpoints in which some neurons and synapses differ; prints NEST's ids of those, as JSON.

    diff.py FOLDER TARGETS
"""

import json
import sys

import brunel
import nest
import torpor_nest as en

nest.verbosity = nest.VerbosityLevel.ERROR


def main():
    folder, targets = sys.argv[1], json.loads(sys.argv[2])
    en.install(targets=targets)
    brunel.build(threads=2, synapse="stdp_synapse", delay="random")
    nest.Simulate(20.3)
    en.save(f"{folder}/a.msgpack")
    en.save(f"{folder}/again.msgpack")
    neurons = nest.NodeCollection([3, 50, 98])
    neurons.V_m = [-61.0, -62.0, -63.0]
    recurrent = nest.GetConnections(synapse_model="stdp_synapse")[5:600:97]
    recurrent.weight = [1.0 + i for i in range(len(recurrent))]
    poisson = nest.GetNodes({"model": "poisson_generator"})
    device = nest.GetConnections(source=poisson)[7:90:30]
    device.weight = 3.5
    recorded = nest.GetConnections(target=nest.GetNodes({"model": "spike_recorder"}))[11]
    recorded.weight = 2.0
    en.save(f"{folder}/b.msgpack")
    pairs = lambda found: sorted([found.get("source"), found.get("target")] if len(found) == 1 else
                                 list(map(list, zip(found.get("source"), found.get("target")))))  # fmt: skip
    print("\n" + json.dumps({"neurons": neurons.tolist(), "synapses": pairs(recurrent), "device": pairs(device),
                             "recorded": [pairs(recorded)]}))  # fmt: skip


main()
