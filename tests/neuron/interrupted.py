"""A script that catches the Ctrl-C that ends its run, and goes on: interrupted.py. It interrupts itself."""

import json
import os
import signal

import networks
from neuron import h

import torpor_neuron as tn

h.load_file("stdrun.hoc")
cells, keep, *_ = networks.ring(4)
tn.every(10, dir="checkpoints")
h.finitialize(-65)
caught = []
h.cvode.extra_scatter_gather(0, lambda: os.kill(os.getpid(), signal.SIGINT) if abs(h.t - 15) < h.dt / 4 else None)
try:
    try:
        h.continuerun(1e6)
    except KeyboardInterrupt:
        caught.append(sum(range(10)))
        [str(i) for i in range(1000)]  # calls and a loop, in which Python looks at what is pending
except BaseException as error:
    caught.append(repr(error))
print(json.dumps({"caught": caught, "t": h.t}))
