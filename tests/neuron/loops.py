"""A script that changes its model in each step: loops.py '{"loop": "advance", "until": 30, "save": ...}', with "every" and "dir" or without.

Each loop does something after NEURON's step, in the step of a checkpoint, too.
"""

import json
import sys

from neuron import h

import torpor_neuron as tn

LOOPS = {
    "advance": "proc advance() { fadvance() n += 1 clamp.amp = 0.1 + 0.002 * (soma.v(0.5) + 65) }",
    "before": "proc advance() { n += 1 clamp.amp = 0.1 + 0.001 * (n % 50) fadvance() }",
    "python": 'proc advance() { nrnpython("advance()") }',
    "step": "proc step() { local i  for i = 1, nstep_steprun advance()  n += 1 clamp.amp = 0.1 + 0.001 * (n % 50) }",
    "continuerun": "proc continuerun() { while (t < $1) { step() n += 1 if (n % 40 == 0) clamp.amp += 0.01 } }",
    "stopped": 'proc begin() { cvode.event(20, "stoprun = 1") }',
    "stopped_in_psolve": "objref pc\npc = new ParallelContext()\npc.set_maxstep(10)\n"
    'proc continuerun() { pc.psolve($1) }\nproc begin() { cvode.event(20, "stoprun = 1") }',
    "event_after_play": "played.play(&clamp.amp, 12)\nproc begin() { cvode.event(14, \"clamp.amp = 0.3\") }",
    "played": 'proc take() { n += 1 clamp.amp = $1 }\nproc begin() { played.play("take($1)", 3) }',
    "played_at": 'proc take() { n += 1 clamp.amp = $1 }\nproc begin() { played.play("take($1)", times) }',
    "interpolated": 'proc take() { n += 1 clamp.amp = $1 }\nproc begin() { played.play("take($1)", times, 1) }',
}


def advance():
    h.fadvance()
    h.clamp.amp = 0.1 + 0.002 * (h.soma(0.5).v + 65)


options = json.loads(sys.argv[1])
h.load_file("stdrun.hoc")
h("create soma\nobjref clamp, played, times\nsoma clamp = new IClamp(0.5)\nn = 0\nproc begin() {}")
h.soma.L = h.soma.diam = 20
h.soma.insert("hh")
h.clamp.dur = 1e9
h.played, h.times = h.Vector(0.01 * (i % 7) for i in range(20)), h.Vector(3.3 * i for i in range(20))
h(LOOPS[options["loop"]])
is_of_run = options["loop"] in ("stopped", "stopped_in_psolve", "event_after_play")
if not is_of_run:
    h.begin()
handler = h.FInitializeHandler(0, "begin()" if is_of_run else "")
if options.get("rounds"):
    h.dt = 0.025 / 3
if "dir" in options:
    tn.every(options["every"], dir=options["dir"])
h.tstop = options["until"]
h.run()
stopped_at = h.t
if options["until"] == 30 and options["loop"] == "stopped":
    h.continuerun(40)
tn.finish()
tn.save(options["save"])
print(json.dumps({"t": stopped_at, "n": h.n}))
