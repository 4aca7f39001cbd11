"""Saves twice with mechanisms that keep state in VERBATIM blocks, and with others that do not."""

import networks
from neuron import h

import torpor_neuron as tn

keep = networks.vec_events(2), networks.stochastic(2), networks.watched(2)
section = h.Section()
unseen = h.Remembering(section(0.5)), h.Destructed(section(0.5))
h.finitialize(-65)
tn.save("first.msgpack")
tn.save("second.msgpack")
