"""A model whose simulation depends on which objects objrefs and Lists of hoc name, and on what Matrices and Random objects hold, which statements of hoc change in its runs: hoc_objects.py '{...}'

Prints what they name at the end.

    how, solver   as in runs.py
    every, dir    checkpoints; without them there are none
    reads         as in tn.every()
    die_at        kills itself when this time is reached
    declares      further hoc, before the runs, in lines that ';' ends
    does          [time, statement of hoc] that an event runs
    ends          of its runs
    rewinds       after its runs: tn.restore() of the state at their begin, and the same again
    own           makes a Vector between its runs that no objref names
    keeps         what the run lets go, too
    restores      a file, instead of its runs; the error is printed, and what they name then
"""

import json
import sys

import hoc_run
import networks
from neuron import h

import torpor_neuron as tn

HOC = """
objref clamps_[3], table_[2][2], which_, sometimes_, nothing_, temporary_, gone_, log_
objref turns_, kept_, full_, sparse_, random_
n_ = unrefs_ = 0
turns_ = new List()
kept_ = new List()
full_ = new Matrix(2, 3)
sparse_ = new Matrix(3, 3, 2)
random_ = new Random(5)
begintemplate Chooser
public n, next, current, keep, unref
external which_, unrefs_
objref mine, kept, given[2], this
proc init() { n = 0  given[0] = $o1  given[1] = $o2 }
proc next() { n += 1  mine = given[n % 2]  which_ = mine }
func current() { return object_id(mine, 1) }
proc keep() { kept = $o1 }
proc unref() { unrefs_ += 1 }
endtemplate Chooser
objref choosers_[2], chooser_
proc ev() {
    n_ += 1
    which_.amp = 0.1
    chooser_ = choosers_[n_ % 2]
    chooser_.next()
    if (n_ % 3 == 0) which_ = turns_.object(0)
    turns_.append(turns_.object(0))
    turns_.remove(0)
    if (n_ % 2 == 0) kept_.remove_all() else kept_.append(choosers_[1])
    full_.setval(n_ % 2, n_ % 3, t)
    sparse_.setval(n_ % 3, 1, full_.getval(0, n_ % 3))
    if (n_ % 4 == 0) random_.negexp(1 + n_ % 8)
    if (n_ % 4 == 1) random_.uniform(0, n_)
    which_.amp = 0.15 + 0.01 * (n_ % 7) + 1e-4 * sparse_.getval(1, 1) + 1e-4 * random_.repick() + 1e-3 * kept_.count
    table_[n_ % 2][1] = which_
    if (n_ % 4 < 2) sometimes_ = clamps_[n_ % 3] else sometimes_ = nothing_
    temporary_ = new Vector(n_)
    temporary_ = nothing_
    if (n_ == 3) gone_ = nothing_
    if (object_id(log_) != 0) log_.append(t)
    cvode.event(t + 1.7, "ev()")
}
"""

options = json.loads(sys.argv[1])
h.load_file("stdrun.hoc")
cells, keep, *_, spikes = networks.ring(4)
h(HOC)
for i in range(3):
    h.clamps_[i] = h.IClamp(cells[i].soma(0.5))
    h.clamps_[i].dur, h.clamps_[i].delay = 1e9, 0
for i in range(2):
    h.choosers_[i] = h.Chooser(h.clamps_[i], h.clamps_[i + 1])
h.which_, h.gone_ = h.clamps_[0], h.Vector(3)
for clamp in h.clamps_:
    h.turns_.append(clamp)
kept = h.gone_ if options.get("keeps") else None
for line in options.get("declares", "").split(";"):
    h(line)
does = options.get("does")
handler = h.FInitializeHandler(1, 'cvode.event(0.5, "ev()")' + (f'  cvode.event({does[0]}, "{does[1]}")' if does else ""))
hoc_run.arm(options)


def held():
    rows = h.table_ if h.table_ is not None else []
    named = [str(each) for each in [h.which_, h.sometimes_, h.gone_, h.chooser_, *(each for row in rows for each in row)]]
    named += [str(each) for each in [*h.turns_, "and", *h.kept_]]
    values = [[matrix.getval(i, k) for i in range(2) for k in range(3)] for matrix in (h.full_, h.sparse_)]
    choosers = [[chooser.n, chooser.current()] for chooser in h.choosers_]
    return {"n": h.n_, "unrefs": h.unrefs_, "named": named, "choosers": choosers, "values": values, "log": str(h.log_), "logged": list(h.log_ or []), "next": str(h.Vector())}  # fmt: skip


def runs():
    for end in options.get("ends", [20, 40]):
        hoc_run.run(options, end)
        if options.get("own"):
            globals()["own"] = h.Vector(4)
        elif h.log_ is None:
            h.log_ = h.Vector()  # whose number depends on what the run has made


h.finitialize(-65)
if "restores" in options:
    before = held()
    try:
        tn.restore(options["restores"])
        error = ""
    except tn.Error as raised:
        error = str(raised)
    looks = {key: before[key] for key in ("next", "unrefs")}  # to look makes a Vector, and lets Choosers go
    print(json.dumps({"error": error, "unchanged": {**held(), **looks} == before}))
    sys.exit()
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
h("objref choosers_[2], chooser_, which_, clamps_[3], table_[2][2], sometimes_, turns_, kept_, random_")
del clamp
left = [h.List(name).count() for name in ("Chooser", "IClamp")]  # none, if each was counted as often as it was named
print(json.dumps({"held": found, "spikes": list(spikes[0]), "left": left}))
