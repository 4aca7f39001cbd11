# SPDX-License-Identifier: GPL-2.0-or-later
"""A network with one or two multimeters, saved, or restored into and simulated; what they have recorded."""

import hashlib
import json
import sys

import nest
import numpy as np
import torpor_nest as en

nest.verbosity = nest.VerbosityLevel.FATAL


def build(multimeters):
    en.install()
    nest.set(rng_seed=5)
    neurons = nest.Create("iaf_cond_alpha", 10)
    noise = nest.Create("poisson_generator", params={"rate": 8000.0})
    nest.Connect(noise, neurons, syn_spec={"weight": 5.0})
    nodes = [nest.Create("multimeter", params=parameters) for parameters in multimeters]
    for node in nodes:
        nest.Connect(node, neurons)
    return nodes


def digest(events):
    order = np.lexsort((events["senders"], events["times"]))
    return {name: hashlib.md5(values[order].tobytes()).hexdigest() for name, values in events.items()}


def main():
    what, path, multimeters = sys.argv[1], sys.argv[2], json.loads(sys.argv[3])
    nodes = build(multimeters)
    error = ""
    if what == "save":
        nest.Simulate(20.3)
        en.save(path)
    else:
        try:
            en.restore(path)
        except en.Error as refusal:
            error = str(refusal)
    begin = nest.biological_time
    recorded = [digest(node.events) for node in nodes]
    nest.Simulate(20.0)
    return {"error": error, "begin": begin, "recorded": recorded, "events": [digest(node.events) for node in nodes]}


if __name__ == "__main__":
    print("\n" + json.dumps(main()))
