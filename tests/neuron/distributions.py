"""Random objects whose distribution was set after finitialize(), each another one: saved, set otherwise, restored. Prints what was
drawn after the save, and what after the restore.
"""

import json

from neuron import h

import torpor_neuron as tn

ARGUMENTS = {
    "normal": (1, 4), "lognormal": (2, 3), "uniform": (5, 2), "discunif": (7, 3), "poisson": (4,), "binomial": (9, 0.3), "geometric": (0.4,),
    "hypergeo": (2, 9), "negexp": (3,), "erlang": (4, 2), "weibull": (2, 3)
}  # fmt: skip


def drawn():
    return {name: [random.repick() for _ in range(7)] for name, random in randoms.items()}


h.load_file("stdrun.hoc")
cell = h.Section(name="cell")
randoms = {name: h.Random() for name in ARGUMENTS}
for random in randoms.values():
    random.Random123(1, 2, 3)
    random.uniform(0, 1)
h.finitialize(-65)
for name, random in randoms.items():
    getattr(random, name)(*ARGUMENTS[name])
tn.save("saved.msgpack")
after_save = drawn()
for random in randoms.values():
    random.normal(0, 3)
tn.restore("saved.msgpack")
print(json.dumps({"save": after_save, "restore": drawn()}))
