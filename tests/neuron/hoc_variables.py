"""A model whose simulation depends on variables of hoc that statements of hoc change in its runs: hoc_variables.py '{"how": ..., "save": ...}'

Prints what they hold at the end.

    how, solver   as in runs.py
    every, dir    checkpoints; without them there are none
    reads         as in tn.every()
    die_at        kills itself when this time is reached
    declares      further hoc, before the runs
    ends          of its runs
    rewinds       after its runs: tn.restore() of the state at their begin, and the same again
"""

import json
import sys

import hoc_run
import networks
from neuron import h

import torpor_neuron as tn

HOC = """
strdef last_
double seen_[3][2]
x_ = kicks_ = 0
limit_ = 100
objref clamp_
begintemplate Counter
public n, name, see
strdef name
double of_phase[4]
proc init() { n = 0 }
proc see() { n += t  of_phase[int(t) % 4] += 1  sprint(name, "%g", n) }
endtemplate Counter
objref counters_[2]
counters_[0] = new Counter()
counters_[1] = new Counter()
proc ev() {
    x_ += t
    seen_[int(x_) % 3][1] = x_
    sprint(last_, "at %.17g", t)
    on_the_fly_ = t
    counters_[1].see()
    clamp_.amp = 0.1 + 0.01 * (x_ % 7) + 0.001 * counters_[1].n / (1 + kicks_)
    if (x_ > limit_) limit_ = 2 * x_
    cvode.event(t + 1.7, "ev()")
}
proc spike() { kicks_ += 1 }
"""

options = json.loads(sys.argv[1])
h.load_file("stdrun.hoc")
cells, keep, *_, spikes = networks.ring(4)
h(HOC)
h.clamp_ = h.IClamp(cells[0].soma(0.5))
h.clamp_.dur, h.clamp_.delay = 1e9, 0
h(options.get("declares", ""))
keep[0].record("spike()")
handler = h.FInitializeHandler(1, 'x_ = kicks_ = 0  cvode.event(0.5, "ev()")')
hoc_run.arm(options)


def held():
    counters = [[counter.n, counter.name, list(counter.of_phase)] for counter in h.counters_]
    seen = [[h.seen_[i][k] for k in range(2)] for i in range(3)]
    return [h.x_, h.kicks_, h.limit_, h.on_the_fly_, h.last_, seen, counters, h.tstop, h.mine_]


def runs():
    for end in options.get("ends", [20, 40]):
        hoc_run.run(options, end)
        h.mine_ += 1  # the script's own


h("mine_ = 0")
h.finitialize(-65)
if options.get("rewinds"):
    tn.save("begin.msgpack")
runs()
found = held()
if options.get("rewinds"):
    tn.restore("begin.msgpack")
    runs()
    found = [found, held()]
tn.finish()
tn.save(options["save"])
print(json.dumps({"held": found, "spikes": list(spikes[0])}))
