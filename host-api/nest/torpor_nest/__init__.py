# SPDX-License-Identifier: GPL-2.0-or-later
"""Checkpoint and resume NEST simulations, bit-identically, on the unmodified wheel of nest-simulator.

    import nest, torpor_nest as en

    en.install()                # before the network is built, and again after nest.ResetKernel()
    build_network()             # the user's own script
    en.simulate(10_000.0)       # resumes by itself; checkpoints every second of simulated time

Between calls of nest.Simulate: save(path), restore(path). Inside nest.Simulate itself: every(...).
What cannot be saved exactly raises Error, which names the model and the reason.
"""

import atexit
import math
import numbers
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import nest

from ._folders import Folders
from ._hooks import Hooks
from ._library import UNSUPPORTED, VERSION, Error, Library, find_module
from ._runs import Armed, Runs

__all__ = ["Error", "Stopped", "every", "finish", "install", "once", "restore", "save", "simulate", "versions"]

STOPPED = 3  # exit status
Folder = str | os.PathLike[str]
Result = TypeVar("Result")

_library: Library | None = None
_runs: Runs | None = None  # the runs of this network; None: there were none yet
_folders = Folders()
_most_read_bytes = 0
_armed: Armed | None = None  # what replaces NEST's own functions after every()


class Stopped(SystemExit):
    """The run was stopped after saving a checkpoint: a signal came, or the time budget is used up.

    It ends a script with status STOPPED, so that a job script knows that there is more to do. After a signal, the script
    ends by that signal, which is raised again.
    """


def install(targets: bool | None = None, most_read_bytes: int = 64 << 20) -> None:
    """Load the module into NEST. Call it before the network is built, and again after ``nest.ResetKernel()``.

    Prints versions if nest.verbosity allows information.

    `targets`: whether checkpoints contain the target of each synapse, so that ``torpor diff`` can name synapses that
    differ by source and target. This takes four bytes per synapse and adds half to nearly all of the time of a save.
    None: targets of synapse models with up to a million synapses (2**20), and sources only for larger ones.

    `most_read_bytes`: how much of what the script reads from NEST between its runs is kept in checkpoints. A script that
    is started again reads it from there while it skips runs; see once().

    Raises Error if the running NEST is not the build that the module was built for.
    """
    global _library, _most_read_bytes
    module = find_module()
    is_new = "torpor_hook" not in nest.node_models
    if is_new and nest.network_size:
        raise Error(15, "torpor_nest.install() comes before the network is built: call nest.ResetKernel() first")
    if _library is None:
        _library = Library(module)
        Hooks(lambda: _runs, _reset_kernel)
    running = nest.build_info["version"]
    if running != _library.built_for:
        raise Error(VERSION, f"this module was built for NEST {_library.built_for}, but NEST {running} is running: "
                             "build the adapter again")  # fmt: skip
    _library.check_build()
    _refuse_processes(_library)
    if is_new:
        nest.Install(str(module))
    _library.set_most_targets({None: 1 << 20, True: (1 << 64) - 1, False: 0}[targets])
    _library.check()
    _most_read_bytes = most_read_bytes
    if is_new and nest.verbosity <= nest.VerbosityLevel.INFO and _library.rank() == 0:
        print(f"Torpor {_library.version}, built for NEST {_library.built_for}")


def _refuse_processes(module: Library) -> None:
    """A module without MPI would save the part of the network that this process has, as if it were all."""
    if (n_processes := nest.num_processes) != (known := module.n_ranks()):
        raise Error(UNSUPPORTED, f"NEST runs on {n_processes} processes (num_processes), each with a part of the network; "
                                 f"expected {known}, for this module was built for a NEST without MPI: start the script "
                                 "without mpirun, and set nest.local_num_threads to use more cores")  # fmt: skip


def versions() -> dict[str, str]:
    """Versions of Torpor, of the NEST that runs, and of the one that the adapter was built for."""
    module = _module()
    return {"torpor": module.version, "nest": nest.build_info["version"], "built_for": module.built_for}


def save(path: Folder) -> None:
    """Save the complete state to the file `path`. Call it between calls of Simulate or Run.

    After a run that simulate() or every() skip, this call is skipped too, as is restore(): an earlier process has made it.

    Raises Error if some of the state cannot be saved exactly, or if writing fails. An earlier file of that name is then
    still intact.
    """
    path = Path(path).absolute()
    module = _module()
    if not _is_passing_over():
        module.save(path.parent, path)


def restore(path: Folder) -> None:
    """Restore the state from the file `path` into the network that the script has built.

    Raises Error if the checkpoint is damaged or belongs to another network, and names what differs. NEST's state is
    then unchanged and can still be simulated.
    """
    path = Path(path).absolute()
    module = _module()
    if _is_passing_over():
        module.pass_over_restore()
    else:
        module.restore(path.parent, path)
        if _runs is not None:
            _runs.is_changed = True


def simulate(
    t_ms: float, dir: Folder = "checkpoints", every: float | str | None = 1000.0, keep: int = 3, resume: Folder = "auto",
    maxh: float | str | None = None, progress: bool | None = None, **options: Any
) -> None:  # fmt: skip
    """Simulate `t_ms` ms with a checkpoint every `every` ms ("1 s"; None: by wall time only). Resumes by itself.

    A script that is started again skips its calls that ended before the newest checkpoint, and restores the network in
    the call that the checkpoint was taken in. Changes that the script makes between its calls take place as before. If
    it ends before the checkpoint, Error is raised or, at the end of the process, printed, with exit status 1.

    The n-th network of a process that uses `dir` uses DIR/network-<n> from the second on; nest.ResetKernel() begins
    another network. `options` are Torpor's other options ("every_wall", "mode", "fsync", ...).

    `progress`: show simulated time, the time left, and the last checkpoint. None: on a terminal and in Jupyter only. False:
    never. True: also where a file or another program reads, with a line each ten seconds. Runs of less than half a second
    show nothing.

    Ctrl-C saves and raises KeyboardInterrupt; a second one, a second or more later, ends the process at once. Raises
    Stopped, which ends a script, after another signal or when `maxh` hours are used up. Raises Error, before anything
    is simulated, if something cannot be saved or if the checkpoint does not match. If a later checkpoint fails, as on a
    full disk, NEST prints an error, and a RuntimeWarning follows when the run is complete.
    """
    _run(t_ms, _options(dir, every, keep, resume, maxh, options), inside_prepare=False, progress=progress)


def every(
    every: float | str | None = 1000.0, dir: Folder = "checkpoints", keep: int = 3, resume: Folder = "auto",
    maxh: float | str | None = None, progress: bool | None = None, **options: Any
) -> bool:  # fmt: skip
    """Take checkpoints inside nest.Simulate() and nest.Run() from now on. Call it when the network is built.

    They then work like simulate(): a script that is started again skips its calls that ended before the newest
    checkpoint. Returns whether there is a checkpoint to resume from. finish() and nest.ResetKernel() end it.
    """
    global _armed
    texts = _options(dir, every, keep, resume, maxh, options)
    if _armed is not None:
        raise Error(15, "every() is in effect already: call finish() first")
    runs = _runs_of_network()
    found = runs.look(texts)

    def run(t_ms: float, inside_prepare: bool) -> None:
        _run(t_ms, texts, inside_prepare, progress)

    _armed = Armed(run, runs)
    return found


def once(function: Callable[[], Result], dir: Folder = "checkpoints", resume: Folder = "auto") -> Result:
    """What `function()` returns: numbers, texts, lists, tuples, dicts, numpy arrays, node collections. Kept in checkpoints.

    A script that is started again gets the same result at this place, and `function` is not called. Use it for what a
    script computes from a run, or takes from elsewhere, and what it then does depends on.

    `dir` and `resume` count before every() and the first simulate() of a network only, and must be the same as there: this
    is where a checkpoint is looked for.
    """
    _module()
    runs = _runs_of_network()
    runs.look_for_once(_options(dir, None, 3, resume, None, {}))
    result: Result = runs.reads.once(function)
    return result


def finish() -> None:
    """The script has made all runs and all reads of this network. Ends every(): nest.Simulate() takes no more checkpoints.

    Saves the network's end: a script that is started again passes over its runs. nest.ResetKernel() does the same, and so
    does the end of a script with several networks.

    Raises Error if runs were skipped for a checkpoint that the script has not reached."""
    _disarm()
    if _runs is not None:
        _runs.save_end()
        _runs.check_reached()


def _disarm() -> None:
    global _armed
    if _armed is not None:
        _armed.disarm()
        _armed = None
    if _library is not None:
        _library.finish()


def _reset_kernel(reset: Callable[[], None]) -> None:
    """nest.ResetKernel(): the runs of this network come to their end."""
    global _runs
    ended, _runs = _runs, None
    try:
        if ended is not None:
            ended.save_end()
        _disarm()
    finally:
        reset()
        _folders.begin_network()
    if ended is not None:
        ended.check_reached()


@atexit.register  # early, when the package is imported: handlers of the script run before it
def _leave() -> None:
    """At the end of the process: fail if the script has not reached the checkpoint for which runs were skipped."""
    has_failed = hasattr(sys, "last_value")  # the script has ended by an exception, which Python has printed
    try:
        if _folders.are_several and not has_failed:
            finish()
        _disarm()
        if _runs is not None:
            _runs.check_reached()
    except Error as error:
        if has_failed:
            return
        sys.stdout.flush()
        print(f"torpor_nest.Error: {error}", file=sys.stderr, flush=True)
        if _library is not None:
            _library.fail_at_exit()


def _run(t_ms: float, options: list[str], inside_prepare: bool, progress: bool | None) -> None:
    if _runs_of_network().run(_steps(t_ms), options, inside_prepare, progress):
        raise Stopped(STOPPED)


def _is_passing_over() -> bool:
    return _runs is not None and _runs.is_passing


def _runs_of_network() -> Runs:
    global _runs
    module = _module()
    if _runs is None:
        _runs = Runs(module, _most_read_bytes)
    return _runs


def _module() -> Library:
    if _library is None or "torpor_hook" not in nest.node_models:
        raise Error(15, "call torpor_nest.install() before the network is built")
    return _library


def _steps(t_ms: float) -> int:
    if not isinstance(t_ms, numbers.Real) or not 0 <= t_ms < math.inf:
        raise ValueError(f"expected a time in ms, 0 or more, found {t_ms!r}")
    steps = round(t_ms / nest.resolution)
    if abs(steps * nest.resolution - t_ms) > 1e-9 * max(1.0, abs(t_ms)):
        raise ValueError(f"{t_ms} ms is not a multiple of the resolution, {nest.resolution} ms")
    return steps


def _options(
    folder: Folder, every_ms: float | str | None, keep: int, resume: Folder, maxh: float | str | None, more: dict[str, Any]
) -> list[str]:
    options: dict[str, Any] = {"dir": _folders.find(folder), "keep": keep, "resume": resume, "signals": "TERM,USR1,INT"}
    if every_ms is not None:
        options["every"] = f"{every_ms} ms" if isinstance(every_ms, numbers.Real) else every_ms
    if maxh is not None:
        options["maxh"] = maxh
    options.update(more)
    return [f"{key}={value}" for key, value in options.items()]
