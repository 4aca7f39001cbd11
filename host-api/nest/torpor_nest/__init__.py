# SPDX-License-Identifier: GPL-2.0-or-later
"""Checkpoint and resume NEST simulations, bit-identically, on the unmodified wheel of nest-simulator.

    import nest, torpor_nest as en

    en.install()                # before the network is built, and again after nest.ResetKernel()
    build_network()             # the user's own script
    en.simulate(10_000.0)       # resumes by itself; checkpoints every second of simulated time

Between calls of nest.Simulate: save(path), restore(path). Inside one long nest.Simulate: every(...).
What cannot be saved exactly raises Error, naming model and reason.
"""

import atexit
import math
import numbers
import os
import sys
from pathlib import Path

import nest

from ._library import Error, Library, find_module

__all__ = ["Error", "Stopped", "every", "finish", "install", "restore", "save", "simulate", "versions"]

STOPPED = 3  # exit status

_library = None
_target_steps = None  # where the script's calls of simulate() have come to
_left_at = None  # where the last of them has left the network; further on if it was resumed there
_has_begun = False  # whether this network has been resumed, or has begun afresh


class Stopped(SystemExit):
    """A checkpoint was saved and the run has stopped: a signal came, or the time budget is used up.

    Ends a script with STOPPED, so that a job script knows that there is more to do; after a signal that is raised
    again, with the signal.
    """


def install(targets=None):
    """Load the module into NEST. Before the network is built, and again after ``nest.ResetKernel()``.

    Prints versions, where nest.verbosity lets information through.

    `targets`: whether checkpoints tell where each synapse leads to, so that ``torpor diff`` names those that differ
    by source and target. It costs four bytes a synapse, and up to half as much time again. None: for synapse models
    with up to a million synapses (2**20); of others, sources only.

    Raises Error if the NEST that runs is not the one that the module was built for.
    """
    global _library, _has_begun
    module = find_module()
    is_new = "torpor_hook" not in nest.node_models
    if is_new:
        if nest.network_size:
            raise Error(15, "torpor_nest.install() comes before the network is built: call nest.ResetKernel() first")
        nest.Install(str(module))
        _forget_calls()
        _has_begun = False
    if _library is None:
        _library = Library(module)
        atexit.register(finish)
    _library.set_most_targets({None: 1 << 20, True: (1 << 64) - 1, False: 0}[targets])
    running = nest.build_info["version"]
    if running != _library.built_for:
        raise Error(3, f"this module was built for NEST {_library.built_for}, but NEST {running} runs: build it again")
    _library.check()
    if is_new and nest.verbosity <= nest.VerbosityLevel.INFO:
        print(f"Torpor {_library.version}, built for NEST {_library.built_for}")


def versions():
    """Versions of Torpor, of the NEST that runs, and of the one that the adapter was built for."""
    module = _module()
    return {"torpor": module.version, "nest": nest.build_info["version"], "built_for": module.built_for}


def save(path):
    """Save the whole state to the file `path`; between calls of Simulate or Run.

    Raises Error if some of the state cannot be saved exactly, or on trouble with the disk; an earlier file of
    that name is then still whole.
    """
    path = Path(path).absolute()
    _module().save(path.parent, path)


def restore(path):
    """Restore the state from the file `path` into the network that the script has built.

    Raises Error, naming what differs, if the checkpoint is damaged or of another network; NEST's state is then
    untouched and can still be simulated.
    """
    path = Path(path).absolute()
    _module().restore(path.parent, path)
    _forget_calls()


def simulate(t_ms, dir="checkpoints", every=1000.0, keep=3, resume="auto", maxh=None, **options):
    """Simulate `t_ms` ms with a checkpoint every `every` ms ("1 s"; None: by wall time only), resuming by itself.

    The calls of a script add up: a script that is started again goes through its earlier calls without doing
    them a second time, and goes on where the newest checkpoint was taken. So all calls after the first one must be
    of this function; after a nest.Simulate in between, Error. `options` are further ones of Torpor ("every_wall",
    "mode", "fsync", ...). Raises Stopped (which ends a script) after a signal or when `maxh` hours are used up,
    and Error.
    """
    global _target_steps, _left_at
    module = _module()
    now = module.now()
    if _left_at is not None and now != _left_at:
        raise Error(
            15,
            f"NEST went from {_left_at * nest.resolution:g} to {now * nest.resolution:g} ms between two calls of "
            "torpor_nest.simulate(), which a resumed script would do again; simulate that time with it too",
        )
    target = (now if _target_steps is None else _target_steps) + _steps(t_ms)
    if not _has_begun or now <= target:
        _begin(_options(dir, every, keep, resume, maxh, options), stop_throws=False)
        _target_steps = target
        try:
            stopped = module.now() <= target and module.run(target)
        finally:
            module.finish()
            _left_at = module.now()
        if stopped:
            raise Stopped(STOPPED)
    _target_steps = target


def every(every=1000.0, dir="checkpoints", keep=3, resume="auto", maxh=None, **options):
    """Take checkpoints inside the next nest.Simulate(); call it right before, when all nodes are created.

    If a checkpoint is found, it is restored, and that nest.Simulate() does only what is left of it. Returns
    whether state was restored. Call finish() after the simulation (it is also done when Python ends). After a
    signal or when `maxh` hours are used up, nest.Simulate() raises nest.NESTErrors.KernelException; a script that
    does not catch it ends as after simulate().
    """
    module = _module()
    start = module.now()
    if sys.excepthook is not _end_when_stopped:
        _end_when_stopped.otherwise, sys.excepthook = sys.excepthook, _end_when_stopped
    resumed = _begin(_options(dir, every, keep, resume, maxh, options), stop_throws=True)
    if resumed:
        module.skip(module.now() - start)
    return resumed


def finish():
    """Wait for the checkpoint in flight, and let go of every()."""
    if _library is not None:
        _library.finish()


def _end_when_stopped(kind, error, trace):
    """sys.excepthook: a stop is no failure."""
    if _library.stopped() and str(error).find("torpor: stopped") >= 0:
        print(error, file=sys.stderr)
        finish()
        raise Stopped(STOPPED)
    _end_when_stopped.otherwise(kind, error, trace)


def _begin(options, stop_throws):
    """Attach; the first time, resume as the options say."""
    global _has_begun
    resumed = _module().begin(options, stop_throws, resumes=not _has_begun)
    _has_begun = True
    return resumed


def _module():
    if _library is None or "torpor_hook" not in nest.node_models:
        raise Error(15, "call torpor_nest.install() before the network is built")
    return _library


def _forget_calls():
    """The next simulate() begins where the network stands then."""
    global _target_steps, _left_at
    _target_steps = _left_at = None


def _steps(t_ms):
    if not isinstance(t_ms, numbers.Real) or not 0 <= t_ms < math.inf:
        raise ValueError(f"expected a time in ms, 0 or more, found {t_ms!r}")
    steps = round(t_ms / nest.resolution)
    if abs(steps * nest.resolution - t_ms) > 1e-9 * max(1.0, abs(t_ms)):
        raise ValueError(f"{t_ms} ms is not a multiple of the resolution, {nest.resolution} ms")
    return steps


def _options(folder, every_ms, keep, resume, maxh, more):
    options = {"dir": os.fspath(folder), "keep": keep, "resume": resume}
    if every_ms is not None:
        options["every"] = f"{every_ms} ms" if isinstance(every_ms, numbers.Real) else every_ms
    if maxh is not None:
        options["maxh"] = maxh
    options.update(more)
    return [f"{key}={value}" for key, value in options.items()]
