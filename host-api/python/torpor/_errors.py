"""Exceptions: braintools' own classes where braintools is installed, so that
``except braintools.file.InvalidCheckpointPath`` goes on working. braintools is
imported when the first of them is needed, not when torpor is."""

from __future__ import annotations

import errno
import functools
import importlib.util
import os
from typing import NoReturn

# The core library's status codes (TORPOR_STATUS_* of torpor/error.h) that have
# an exception of their own.
EXISTS = 5
DAMAGED = 6
NO_SPACE = 10
IO = 11
NO_MEMORY = 12
NOT_FOUND = 4
BUSY = 14


class CoreError(Exception):
    """What the C library reports: ``status``, and a text that says where."""

    @property
    def status(self) -> int:
        return int(self.args[0])

    @property
    def message(self) -> str:
        return str(self.args[1])


class _OwnAlreadyExistsError(Exception):
    """Raised when a rename would overwrite an existing file."""

    def __init__(self, path: str) -> None:
        super().__init__(f'Trying overwrite an existing file: "{path}".')


class _OwnInvalidCheckpointPath(Exception):
    """Raised for an invalid checkpoint target or corrupt checkpoint data."""

    def __init__(self, path: str) -> None:
        super().__init__(f'Invalid checkpoint at "{path}".')


_OwnAlreadyExistsError.__name__ = _OwnAlreadyExistsError.__qualname__ = 'AlreadyExistsError'
_OwnInvalidCheckpointPath.__name__ = _OwnInvalidCheckpointPath.__qualname__ = 'InvalidCheckpointPath'
for _own in (_OwnAlreadyExistsError, _OwnInvalidCheckpointPath):
    _own.__module__ = 'torpor'


@functools.lru_cache(maxsize=None)
def exception_classes() -> tuple[type[Exception], type[Exception]]:
    """``(AlreadyExistsError, InvalidCheckpointPath)``, decided once."""
    if importlib.util.find_spec('braintools') is not None:
        try:
            from braintools.file import AlreadyExistsError, InvalidCheckpointPath
            return AlreadyExistsError, InvalidCheckpointPath
        except Exception:  # installed, but broken or too old
            pass
    return _OwnAlreadyExistsError, _OwnInvalidCheckpointPath


def invalid_checkpoint(reason: str) -> Exception:
    return exception_classes()[1](reason)


@functools.lru_cache(maxsize=None)
def _already_exists_class() -> type[Exception]:
    """AlreadyExistsError; who catches what braintools raises, InvalidCheckpointPath, gets it too."""
    exists, invalid = exception_classes()

    def initialize(self: Exception, path: str) -> None:
        Exception.__init__(self, str(exists(path)))

    members = {'__init__': initialize, '__module__': exists.__module__}
    return type(exists.__name__, (exists, invalid), members)


def already_exists(path: str) -> Exception:
    return _already_exists_class()(path)


def _errno_of(error: CoreError) -> int:
    """The library ends such messages with the system's own words."""
    named = [code for code in errno.errorcode if error.message.endswith(os.strerror(code))]
    return named[0] if named else errno.EIO


def raise_for_save(error: CoreError, filename: str) -> NoReturn:
    """The exception that braintools would raise for a failed save."""
    if error.status == EXISTS:
        raise already_exists(filename) from error
    if os.path.exists(filename) and not os.path.isfile(filename) and not os.path.isdir(filename):
        raise OSError(errno.EINVAL, error.message) from error
    raise_for_system(error, filename)
    raise ValueError(error.message) from error


def raise_for_system(error: CoreError, filename: str) -> None:
    """OSError or MemoryError if the operating system is to blame."""
    code = 0
    if error.status in (NO_SPACE, IO, NOT_FOUND, EXISTS):
        code = _errno_of(error)
    elif os.path.isdir(filename):
        code = errno.EISDIR
    if code:
        raise OSError(code, os.strerror(code), filename) from error
    if error.status == NO_MEMORY:
        raise MemoryError(error.message) from error
