"""python -m torpor_neuron: print where the library is, for nrniv -dll."""

from ._library import find_library

print(find_library())
