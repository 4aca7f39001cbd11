"""NEURON imports these where they are installed, which takes half of its time to start."""

import sys

for name in ("IPython", "bokeh"):
    sys.modules[name] = None
