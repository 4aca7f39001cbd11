"""Restore a file of another model: another.py FILE prints the error, and whether the model is as it was and runs on."""

import json
import sys

import networks
from neuron import h

import torpor_neuron as tn

h.load_file("stdrun.hoc")
networks.Cell.__repr__ = lambda cell: f"Other[{cell.gid}]"
cells, *keep = networks.ring()
h.finitialize(-65)
h.continuerun(5)
before = [segment.v for cell in cells for segment in cell.dend]
try:
    tn.restore(sys.argv[1])
except tn.Error as error:
    text = str(error)
unchanged = h.t < 5.1 and before == [segment.v for cell in cells for segment in cell.dend]
h.continuerun(11)
print(json.dumps({"text": text, "unchanged": unchanged, "t": h.t}))
