"""Models with state that cannot be saved exactly: refused.py NAME prints the error that tn.save raises, and that NEURON still runs."""

import json
import sys

import networks
from neuron import coreneuron, h

import torpor_neuron as tn

h.load_file("stdrun.hoc")
keep = networks.ring(3)
cvode = h.CVode()


def python_event():
    cvode.event(5, lambda: None)


def python_method():
    cvode.event(7, (print, ("x",)))


def core_neuron_by_files():
    coreneuron.enable = coreneuron.file_mode = True


def bin_queue():
    cvode.queue_mode(1)


def self_queue():
    cvode.queue_mode(0, 1)


def bbcore_pointer():
    keep.append(h.Hiding())


def address():
    keep.append(h.Addressing(keep[0][0].soma(0.5)))


def in_run(function, **options):
    """What NEURON raises for an error of the adapter inside of its functions, as such an error."""
    tn.every("0.5 ms", dir="checkpoints", **options)
    try:
        function()
    except RuntimeError as error:
        raise tn.Error(16, str(error)) from None


def batch_run():
    in_run(lambda: h.batch_run(1, 1))


def solve_with_fixed_step():
    in_run(lambda: cvode.solve(1))


def run_after_one_that_ended_early():
    cvode.event(0.3, "stoprun = 1")
    in_run(lambda: (h.continuerun(0.5), h.continuerun(0.9)), reads="once")


def initialised_in_continuerun():
    cvode.event(0.3, "finitialize(-65)")
    in_run(lambda: h.continuerun(0.9))


def initialised_in_psolve():
    pc = h.ParallelContext()
    pc.set_maxstep(10)
    cvode.event(0.3, "finitialize(-65)")
    in_run(lambda: pc.psolve(0.9))


def initialised_in_step():
    cvode.event(0.3, "finitialize(-65)")
    in_run(lambda: [h.fadvance() for _ in range(20)], reads="once")


def run_in_run():
    cvode.event(0.3, "continuerun(0.7)")
    in_run(lambda: h.continuerun(0.9))


def address_since_checkpoints_began():
    """A Vector that an APCount is given in the middle of a run."""
    counter, times = h.APCount(keep[0][0].soma(0.5)), h.Vector()
    keep.extend([counter, times])
    h.finitialize(-65)
    tn.every("0.5 ms", dir="checkpoints")
    h.continuerun(0.1)
    counter.record(times)
    h.continuerun(0.9)
    tn.finish()


def mechanism_since_checkpoints_began():
    tn.every("0.5 ms", dir="checkpoints")
    h.continuerun(0.4)
    channel()
    keep[0][0].soma.insert("Channel")
    h.continuerun(0.9)
    tn.finish()


def variable_step_since_checkpoints_began():
    tn.every(0.5, dir="checkpoints")
    h.continuerun(0.9)
    cvode.active(1)
    try:
        h.continuerun(1.9)
    except RuntimeError as error:
        raise tn.Error(0, str(error)) from None


def every_again():
    tn.every("0.5 ms", dir="checkpoints")
    tn.every("0.5 ms", dir="checkpoints")


def recorded_from_another_thread():
    keep.append(h.Vector().record(keep[0][2].soma(0.5)._ref_v, 0.4))
    h.ParallelContext().nthread(2)


def channel(is_point=0):
    """The one mechanism that a script can make itself."""
    made = h.KSChan(is_point)
    made.name("Channel")
    made.ion("k")
    made.gmax(1e-10)
    closed = made.add_ksstate(None, "closed")
    opened = made.add_ksstate(made.gate(0), "opened")
    opened.frac(1)
    transition = made.add_transition(closed, opened)
    transition.set_f(0, 2, h.Vector([0.1, 0.1, -40]))
    transition.set_f(1, 2, h.Vector([0.1, -0.1, -40]))
    keep.extend([made, closed, opened, transition])
    return made


def single_channels():
    channel(is_point=1).single(1)  # only point processes have them
    keep.append(h.Channel(keep[0][0].soma(0.5)))


keep = list(keep)
name = sys.argv[1]
is_of_the_model = name in ("bbcore_pointer", "single_channels", "address", "recorded_from_another_thread")
if is_of_the_model:
    globals()[name]()
h.finitialize(-65)
try:
    if not is_of_the_model:
        globals()[name]()
    tn.save("never.msgpack")
except tn.Error as error:
    if name not in ("variable_step_since_checkpoints_began", "core_neuron_by_files"):
        h.continuerun(1)
    print(json.dumps({"status": error.status, "text": str(error), "t": h.t}))
