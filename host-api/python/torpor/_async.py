"""Saving in the background."""

from __future__ import annotations

import os
import threading
import warnings
import weakref
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from types import TracebackType
from typing import Any, Literal

from . import _compat, _core

_OVERLAP = (
    'A previous async {} has not finished '
    'yet; waiting for it to complete before starting the next save.'
)


class AsyncManager:
    """Saves in a background thread, one after the other.

    ``msgpack_save(..., async_manager=manager)`` copies the arrays and returns;
    encoding, checksums and writing follow in the background. The memory of the
    copy is kept for the next save, so that from the second one on the caller
    waits for one memcpy. Usable as a context manager, which waits at its end.

    An error of a background save is raised once, by the next call of
    `msgpack_save`, `wait_previous_save` or `close`; the manager goes on working.

    After a fork the child has a manager without a save in flight; the parent's
    save goes on in the parent.

    Parameters
    ----------
    max_workers : int
        Threads for tasks given to `save_async`. Saves never overlap.
    """

    def __init__(self, max_workers: int = 1) -> None:
        self._max_workers = max_workers
        self._start()
        self._closed = False  # there is something to close
        _managers.add(self)

    def _start(self) -> None:
        self.executor = ThreadPoolExecutor(max_workers=self._max_workers)
        self.save_future: Future[Any] | None = None
        self._reported: Future[Any] | None = None
        self._lock = threading.RLock()
        self._pool = _core.pool()

    def _after_fork(self) -> None:
        # The parent's worker thread is not here, nor does its future ever end.
        self._forked_from = self.executor, self._pool  # not joined, not unmapped
        self._start()

    def __enter__(self) -> AsyncManager:
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc_value: BaseException | None,
        traceback: TracebackType | None,
    ) -> Literal[False]:
        self.close()
        return False

    def __del__(self) -> None:
        if getattr(self, '_closed', True):
            return
        try:
            self.close()
        except Exception as error:  # __del__ must never raise
            try:
                warnings.warn(
                    f'AsyncManager encountered an error during cleanup: {error!r}',
                    RuntimeWarning,
                )
            except Exception:
                pass

    def close(self) -> None:
        """Wait for the save in flight and end the thread. A second call does nothing."""
        if self._closed:
            return
        self._closed = True
        try:
            self.wait_previous_save()
        finally:
            self.executor.shutdown(wait=True)

    def wait_previous_save(self) -> None:
        """Block until the previous save is done; raise its error, once."""
        future = self.save_future
        if future is None:
            return
        error = future.exception()
        if error is None:
            return
        with self._lock:
            seen = self._reported is future
            self._reported = future
        if not seen or _compat.enabled():
            raise error

    def save_async(self, task: Callable[[], Any]) -> None:
        """Run `task` in the background, after the previous save.

        Raises
        ------
        RuntimeError
            If the manager is closed.
        """
        with self._lock:
            self._make_way()
            self.save_future = self.executor.submit(task)

    def _make_way(self) -> None:
        if self._closed:
            raise RuntimeError('Cannot save with a closed AsyncManager')
        self._warn_if_busy()
        self.wait_previous_save()

    def _warn_if_busy(self) -> None:
        if self.save_future is not None and not self.save_future.done():
            name = 'braintools.file.msgpack_save' if _compat.enabled() else 'torpor.msgpack_save'
            warnings.warn(_OVERLAP.format(name), UserWarning, stacklevel=3)

    def _stage_and_save(self, built: Any, task: Callable[[], Any]) -> None:
        """Copy the arrays of `built`, then run `task` in the background."""
        with self._lock:
            self._make_way()
            _core.stage(built, self._pool)
            self.save_future = self.executor.submit(task)


_managers: weakref.WeakSet[AsyncManager] = weakref.WeakSet()


def _after_fork_in_child() -> None:
    for manager in list(_managers):
        manager._after_fork()


os.register_at_fork(after_in_child=_after_fork_in_child)
