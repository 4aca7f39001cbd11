"""Folders of checkpoints: which is the newest, which stay. The choice and the retention are the C library's."""

from __future__ import annotations

import os
import warnings
from types import TracebackType
from typing import Any, Literal, NoReturn, TypeVar

from . import _core, _walk  # noqa: F401  (_walk configures _core)
from ._async import AsyncManager
from ._context import context
from ._errors import BUSY, DAMAGED, CoreError, invalid_checkpoint, raise_for_system
from ._mismatch import MismatchMode
from ._msg_checkpoint import msgpack_load, save

Value = TypeVar('Value')

def _raise(error: CoreError, folder: str) -> NoReturn:
    if error.status == BUSY:
        raise BlockingIOError(error.message) from error
    if error.status != DAMAGED:
        raise_for_system(error, folder)
    raise invalid_checkpoint(error.message) from error


def latest(folder: str | os.PathLike[str]) -> str | None:
    """The path of the newest intact checkpoint of a folder.

    Every byte of it is checked against its index. The same as ``torpor latest``.

    Parameters
    ----------
    folder : str or os.PathLike
        Its checkpoints are named ``ckpt-<step, 16 digits>.msgpack``.

    Returns
    -------
    str or None
        None: the folder has no checkpoints, or there is no such folder.

    Raises
    ------
    InvalidCheckpointPath
        There are checkpoints, and all are damaged.
    OSError
        The folder cannot be read.

    Warns
    -----
    UserWarning
        For each damaged checkpoint that is newer.
    """
    name = os.fspath(folder)
    if not os.path.lexists(name):
        return None
    try:
        newest, damaged = _core.newest(os.fsencode(name))
    except CoreError as error:
        _raise(error, name)
    for text in damaged:
        warnings.warn(f'passed over: {text}', UserWarning, stacklevel=2)
    return newest


def _step_of(path: str) -> int:
    return int(os.path.basename(path)[len('ckpt-') : -len('.msgpack')])


class CheckpointManager:
    """Numbered checkpoints in a folder, of which the newest are kept.

    ::

        with torpor.CheckpointManager('checkpoints', keep=3) as manager:
            state, done = manager.restore_or_start(state)
            for step in range(done, 1000):
                train(state)
                if (step + 1) % 100 == 0:
                    manager.save(step + 1, state)

    The same command line started again goes on from the newest intact
    checkpoint. Files and retention are those of simulations: ``torpor info``,
    ``latest``, ``prune`` and ``verify`` work on the folder. While the manager is
    open it holds the folder's lock.

    Parameters
    ----------
    folder : str or os.PathLike
        Made if need be.
    keep : int
        So many newest checkpoints stay. One is removed only when a newer one is
        on the disk.
    keep_every : int
        Of the checkpoints of the run, each N-th stays for good; 0: none.
    async_manager : AsyncManager, optional
        Write in the background. Close it before this manager.
    fsync : bool
        False: a crash of the machine may lose checkpoints.

    Raises
    ------
    BlockingIOError
        Another process, or another manager, holds the folder.
    """

    def __init__(
        self,
        folder: str | os.PathLike[str],
        keep: int = 3,
        *,
        keep_every: int = 0,
        async_manager: AsyncManager | None = None,
        fsync: bool = True,
    ) -> None:
        if keep < 1:
            raise ValueError(f'keep: expected 1 or more, got {keep}')
        if keep_every < 0:
            raise ValueError(f'keep_every: expected 0 or more, got {keep_every}')
        self.folder = os.path.abspath(os.fspath(folder))
        self.keep = keep
        self.keep_every = keep_every
        self._async_manager = async_manager
        self._fsync = fsync
        self._step: int | None = None  # of the last save or restore
        self._is_started = False
        self._has_to_abandon = True
        try:
            self._held = _core.hold(os.fsencode(self.folder))
        except CoreError as error:
            _raise(error, self.folder)

    def latest(self) -> str | None:
        """The path of the newest intact checkpoint; see `torpor.latest`."""
        return latest(self.folder)

    def restore_or_start(
        self,
        target: Value,
        resume: Literal['auto', 'never', 'require'] = 'auto',
        *,
        mismatch: MismatchMode = 'error',
        strict: bool = False,
    ) -> tuple[Value, int]:
        """The value of the newest intact checkpoint and its step, or `target` and 0.

        Parameters
        ----------
        target : Any
            What a run begins with: the template of the restored value, as of
            `msgpack_load`. But a list that is empty, or of plain numbers and
            texts, takes the file's length, for it may have grown. What an empty
            list is given is as `msgpack_load` without a template gives it
            (arrays are numpy's), with lists for lists and tuples.
        resume : {'auto', 'never', 'require'}
            'never': begin again; checkpoints that are there are moved to
            ``abandoned-<n>/`` before the first save. 'require': a folder without
            checkpoints is an error.
        mismatch, strict
            As of `msgpack_load`.

        Raises
        ------
        FileNotFoundError
            ``resume='require'``, and there is no checkpoint.
        InvalidCheckpointPath
            All checkpoints are damaged: a run never begins again by itself.
        ValueError
            The checkpoint does not fit `target`.
        """
        if resume not in ('auto', 'never', 'require'):
            raise ValueError(f"resume: expected 'auto', 'never' or 'require', got {resume!r}")
        path = None if resume == 'never' else self.latest()
        if path is None and resume == 'require':
            raise FileNotFoundError(f'{self.folder} has no checkpoints (ckpt-<step>.msgpack)')
        value = target
        if path is not None:
            grow_before, context.lists_grow = context.lists_grow, True
            try:
                value = msgpack_load(path, target, mismatch=mismatch, strict=strict)
            finally:
                context.lists_grow = grow_before
        self._step = None if path is None else _step_of(path)
        self._is_started = True
        self._has_to_abandon = True
        return value, self._step or 0

    def _begin(self) -> None:
        """Before the first save: move aside what comes after the step that was resumed."""
        if not self._is_started:
            if (path := self.latest()) is not None:
                raise ValueError(
                    f'{path} is there already: call restore_or_start first, '
                    "with resume='never' to begin again"
                )
            self._is_started = True
        if self._has_to_abandon:
            try:
                _core.abandon(self._held, self._step)
            except CoreError as error:
                _raise(error, self.folder)
            self._has_to_abandon = False

    def _prune(self) -> None:
        try:
            _core.prune(self._held, self.keep, self.keep_every)
        except CoreError as error:
            _raise(error, self.folder)

    def save(self, step: int, value: Any) -> str:
        """Save `value` as the checkpoint of a step, then remove the oldest ones.

        Parameters
        ----------
        step : int
            The number of steps that are done; above that of the last checkpoint.
        value : Any
            As for `msgpack_save`; a dict, list or other container at the top.

        Returns
        -------
        str
            The path of the checkpoint. In the background it is there later.
        """
        if step < 0 or (self._step is not None and step <= self._step):
            raise ValueError(f'step: expected more than {self._step}, got {step}')
        self._begin()
        path = os.path.join(self.folder, f'ckpt-{step:016d}.msgpack')
        save(path, value, True, self._async_manager, False, True, self._fsync, None, self._prune)
        self._step = step
        return path

    def close(self) -> None:
        """Wait for a save in the background and give the folder's lock back."""
        try:
            if self._async_manager is not None:
                self._async_manager.wait_previous_save()
        finally:
            _core.release(self._held)

    def __enter__(self) -> CheckpointManager:
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc_value: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()
