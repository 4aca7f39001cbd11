"""NetCons come and go between saves: netcons.py SEED. Compares each file with what NEURON lists at that moment."""

import json
import os
import random
import sys

import numpy as np
from neuron import h

import torpor
import torpor_neuron as tn

h.nrn_load_dll(os.environ["TORPOR_NEURON_MECHANISMS"])
random.seed(int(sys.argv[1]))
cells = [h.IntFire1() for _ in range(8)]
sections = [h.Section(name=f"soma{i}") for i in range(8)]
synapses = [h.ExpSyn(section(0.5)) for section in sections]
plastic = [h.Plastic(section(0.5)) for section in sections]
netcons = []


def make():
    target = random.choice(cells + synapses)
    if random.random() < 0.5:
        netcon = h.NetCon(random.choice(cells), target)
    else:
        section = random.choice(sections)
        netcon = h.NetCon(section(0.5)._ref_v, target, sec=section)
    netcon.delay, netcon.weight[0] = 1 + random.random(), random.random()
    return netcon


def make_again():
    """As many as there were, so that memory and numbers are used again; the other way round."""
    n = len(netcons)
    netcons.clear()
    netcons.extend(make() for _ in range(n))


def remove_some():
    random.shuffle(netcons)
    del netcons[: random.randrange(len(netcons) + 1)]


def replace_one():
    if netcons:
        netcons[random.randrange(len(netcons))] = make()


def move_target():
    if netcons:
        random.choice(netcons).setpost(random.choice(cells + synapses))


def switch():
    for netcon in netcons[::3]:
        netcon.active(not netcon.active())


def number_of(netcon):
    return int(netcon.hname().rstrip("]").split("[")[1])


def rows(column, n):
    values = np.asarray(column["mantissa"] if isinstance(column, dict) else column)
    return np.broadcast_to(values, (n,)) if n else np.zeros(0)


def check(path):
    tn.save(path)
    live = sorted(netcons, key=number_of)
    found = torpor.msgpack_load(path)["populations"]["NetCon"]
    n = len(live)
    assert list(rows(found["delay"], n)) == [netcon.delay for netcon in live]
    assert list(rows(found["active"], n)) == [netcon.active() for netcon in live]
    assert list(rows(found["target"], n)) == [number_of(netcon.syn()) for netcon in live]
    assert list(rows(found["weight"]["counts"], n)) == [netcon.wcnt() for netcon in live]
    assert list(np.asarray(found["weight"]["values"])) == [netcon.weight[k] for netcon in live for k in range(int(netcon.wcnt()))]


def set_weights(n):
    assert {netcon.wcnt() for netcon in netcons} == n
    for netcon in netcons:
        for k in range(int(netcon.wcnt())):
            netcon.weight[k] = random.random()


def check_moves():
    """To a target that takes another number of weights, one NetCon and then all of them: how many each has is kept between saves."""
    netcons.extend(h.NetCon(random.choice(cells), synapse) for synapse in synapses)
    for targets, some, n in [(synapses, 0, {1}), (plastic, 1, {1, 3}), (plastic, 8, {3}), (synapses, 8, {1})]:
        for netcon, target in zip(netcons[:some], targets):
            netcon.setpost(target)
        set_weights(n)
        check("netcons.msgpack")


changes = [make_again, remove_some, replace_one, move_target, switch, netcons.clear, lambda: netcons.extend(make() for _ in range(20))]
h.finitialize(-65)
check_moves()
for _ in range(40):
    random.choice(changes)()
    check("netcons.msgpack")
print(json.dumps(len(netcons)), flush=True)
os._exit(0)  # NEURON, where it has removed a NetCon that was moved, may crash while its targets go
