"""Restore a checkpoint in which pieces are those of another one: ablation.py '{"network": ..., "initial": ..., "checkpoint": ..., "pieces": [...]}'

This is what a restore that forgets these pieces leaves in place: the state of a model that was only just initialised. The switch is
here, in the files, and not in the product.
"""

import json
import sys

import networks
from neuron import h

import torpor
import torpor_neuron as tn

options = json.loads(sys.argv[1])


def replace(checkpoint, initial, path):
    """Put the piece at `path` of `initial` into `checkpoint`."""
    *folders, name = path.split("/")
    place, other = checkpoint, initial
    for folder in folders:
        place, other = place[folder], other[folder]
    place[name] = other[name]


h.load_file("stdrun.hoc")
keep = getattr(networks, options["network"])()
h.dt = 0.025
h.finitialize(-65)
checkpoint, initial = torpor.msgpack_load(options["checkpoint"]), torpor.msgpack_load(options["initial"])
for piece in options["pieces"]:
    replace(checkpoint, initial, piece)
torpor.msgpack_save("mixed.msgpack", checkpoint, index=True)
tn.restore("mixed.msgpack")
try:
    h.continuerun(options["until"])
except RuntimeError as error:  # NEURON has noticed itself, such as events that come late
    print(json.dumps({"error": str(error)}))
    sys.exit()
tn.save(options["save"])
print(json.dumps({"t": h.t}))
