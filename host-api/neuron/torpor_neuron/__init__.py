"""Checkpoint and resume NEURON simulations, bit-identically, on the unmodified wheel of neuron.

    from neuron import h
    import torpor_neuron as tn

    build_network()             # the user's own script
    tn.every("500 ms")          # checkpoints in h.run(), h.continuerun() and pc.psolve(); resumes by itself
    h.run()

Between runs: save(path), restore(path). What cannot be saved exactly raises Error, which names it and the reason.
"""

import atexit
import numbers
import os
import sys
from pathlib import Path

from neuron import h

from . import _values
from ._library import Error, Library, find_library

__all__ = ["Error", "Stopped", "callback", "every", "finish", "once", "restore", "run", "save"]

STOPPED = 3  # exit status


class Stopped(SystemExit):
    """The run was stopped after saving a checkpoint, because the time budget is used up.

    It ends a script with status STOPPED, so that a job script knows that there is more to do. After a signal, the script
    ends by that signal, which is raised again.
    """

    def __init__(self):
        super().__init__(STOPPED)


_path = find_library()
_library = Library(_path)
_library.check()
h.nrn_load_dll(str(_path))


def save(path):
    """Save the complete state to the file `path`, between runs.

    With reads="once", this call is passed over after a run that a resume passes over, as is restore(): an earlier process has
    made it.

    Raises Error if some of the state cannot be saved exactly, or if writing fails. An earlier file of that name is then
    still intact.
    """
    path = Path(path).absolute()
    if not _library.is_passing():
        _library.save(path.parent, path)


def restore(path):
    """Restore the state from the file `path` into the model that the script has built and initialised.

    Raises Error if the checkpoint is damaged or belongs to another model, and names what differs. NEURON's state is
    then unchanged.
    """
    path = Path(path).absolute()
    if not _library.is_passing():
        _library.restore(path.parent, path)


def every(every="500 ms", dir="checkpoints", keep=3, resume="auto", maxh=None, reads="any", **options):
    """Take checkpoints in the runs to come, and resume. Call it when the model is built.

    `every`: simulated time, as a text with a unit, or as a number of ms; None: by wall time only.

    A script that is started again makes its calls from the start. Runs that ended before the newest checkpoint in `dir`
    are passed over: nothing is simulated, and NEURON gets the state at the end of the run, which is kept in DIR/ends. So what
    the script reads there is what it read then. What it changes between its runs takes place as before. The checkpoint is
    restored in the run that it lies in. The n-th trajectory of a process, each begun by h.finitialize() or h.run(), uses
    DIR/run-<n> from the second on. finish() ends it.

    `reads`: "once" if the script reads between its runs in once() only. Then no ends are kept, and single steps are allowed, as
    by h.fadvance(). While runs are passed over, voltages and the variables that a run changes are NaN, and recorded Vectors
    are empty. `most_end_bytes`: what ends may take, 4 GiB if it is not given.

    Ctrl-C saves and raises KeyboardInterrupt. Raises Stopped, which ends a script, when `maxh` hours are used up. An
    error inside a run, such as a checkpoint of another model, is a RuntimeError of NEURON that names the reason.
    `options` are Torpor's other options ("every_wall", "mode", "fsync", ...).
    """
    _arm(every, dir, keep, resume, maxh, {"reads": reads, **options})


def once(function):
    """What `function()` returns: None, numbers, texts, lists, tuples, dicts, numpy arrays. Kept in checkpoints.

    A script that is started again gets the same result at this place, and `function` is not called, if a checkpoint has
    followed in the same trajectory. Use it for what does not come from NEURON, such as a time of day, and with reads="once"
    for all that the script reads between its runs. Call every() before.
    """
    text = _library.find_once()
    if text is None:
        text = _values.to_text(function())
        _library.keep_once(text)
    return _values.from_text(text)


def callback(function):
    """Make a function known that events call, as h.CVode().event(t, function) makes them. Returns it, so that it may decorate one.

    `function`: anything that is given to event(): a function, a method, or a tuple of a function and its arguments. Events that call
    others are refused. Call it in the same order each time that the script is started, before every(). What the function keeps in
    Python is not saved: let it keep in Vectors whatever decides what it does.
    """
    called = function[0] if isinstance(function, tuple) else function
    h.torpor_callback_(function, getattr(called, "__qualname__", type(called).__qualname__), id(function))
    return function


def run(tstop, every="500 ms", dir="checkpoints", keep=3, resume="auto", maxh=None, **options):
    """Initialise and simulate until `tstop` ms, as h.run() does, with checkpoints as every() takes them."""
    _arm(every, dir, keep, resume, maxh, options)
    h.tstop = tstop
    h.run()
    finish()


def finish():
    """End every(): no more checkpoints.

    Raises Error if the last one failed, or if runs were passed over for a checkpoint that the script has not reached.
    """
    _library.finish()


_library.raise_on_stop(Stopped())


@atexit.register  # early, when the package is imported: handlers of the script run before it
def _leave():
    """At the end of the process: fail if the script has not reached the checkpoint for which runs were passed over."""
    has_failed = hasattr(sys, "last_value")  # the script has ended by an exception, which Python has printed
    if has_failed:
        _library.leave_others()  # who may still simulate
    try:
        finish()
    except Error as error:
        if has_failed:
            return
        sys.stdout.flush()
        print(f"torpor_neuron.Error: {error}", file=sys.stderr, flush=True)
        _library.fail_at_exit()


def _arm(every_ms, folder, keep, resume, maxh, more):
    h.load_file("stdrun.hoc")
    _library.arm(os.path.abspath(os.fspath(folder)), _options(every_ms, keep, resume, maxh, more))


def _options(every_ms, keep, resume, maxh, more):
    options = {"keep": keep, "resume": resume, "signals": "TERM,USR1,INT"}
    if every_ms is not None:
        options["every"] = f"{every_ms} ms" if isinstance(every_ms, numbers.Real) else every_ms
    if maxh is not None:
        options["maxh"] = maxh
    options.update(more)
    return [f"{key}={value}" for key, value in options.items()]
