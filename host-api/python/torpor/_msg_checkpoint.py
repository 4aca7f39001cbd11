"""msgpack_save and msgpack_load."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

from . import _compat, _core, _walk  # noqa: F401  (_walk configures _core)
from ._async import AsyncManager
from ._context import context
from ._errors import (
    DAMAGED,
    CoreError,
    already_exists,
    invalid_checkpoint,
    raise_for_save,
    raise_for_system,
)
from ._mismatch import MismatchMode, validate_mismatch
from ._registry import msgpack_from_state_dict

# Arrays of more bytes are saved in chunks of this size, as braintools does.
MAX_CHUNK_SIZE = 2**30

# Under braintools_compat refused files are read again, as braintools does, up to this size.
_EXPLAIN_BYTES = 1 << 30


_READ_THREADS = min(4, os.cpu_count() or 1)

# Folders in which temporary files of killed processes were looked for.
_cleaned: set[str] = set()


def _prepare_folder_of(filename: str) -> None:
    folder = os.path.dirname(filename)
    if folder:
        try:
            os.makedirs(folder, exist_ok=True)
        except OSError as error:
            raise OSError(f'Cannot create directory {folder}: {error}') from error
    # The new file is written beside the one that a symbolic link leads to.
    folder = os.path.dirname(os.path.realpath(filename))
    if folder not in _cleaned:
        _core.remove_leftovers(os.fsencode(folder))
        _cleaned.add(folder)


def msgpack_save(
    filename: str | os.PathLike[str],
    target: Any,
    overwrite: bool = True,
    async_manager: AsyncManager | None = None,
    verbose: bool = False,
    *,
    index: bool = False,
    fsync: bool = True,
    compress: str | None = None,
) -> str:
    """Save a value as a checkpoint that ``braintools.file.msgpack_load`` opens too.

    Without `index` the bytes are those that braintools writes. A new
    file is written beside `filename` and then takes its name, so that an
    earlier checkpoint of that name stays intact until the new one is complete.

    Parameters
    ----------
    filename : str or os.PathLike
        Where to. Folders are made. A symbolic link stays: the file that it leads
        to is replaced. A device, pipe or socket is refused.
    target : Any
        Nested dicts, lists, tuples, namedtuples of arrays (any shape, any
        numeric dtype), numbers, text, bytes, quantities, brainstate States and
        objects of registered types. Arrays must not be changed by other
        threads until the function returns.
    overwrite : bool
        False: an existing file is an error.
    async_manager : AsyncManager, optional
        Encode and write in the background; the arrays are copied before this
        function returns.
    verbose : bool
        Print the file's name.
    index : bool
        Add checksums and an index; `target` must be a dict. Every load, and
        `torpor.verify`, then finds a single flipped bit.
    fsync : bool
        The checkpoint is on the disk when this function (or the background
        save) returns, not only in the system's memory.
    compress : str, optional
        'zstd' or 'zstd:<level>', 1 to 19: compress the file, in blocks, so that
        `torpor.open` still reads single arrays. braintools cannot open it;
        ``torpor convert`` undoes it.

    Returns
    -------
    str
        The file's name.

    Raises
    ------
    AlreadyExistsError
        The file exists and `overwrite` is False.
    TypeError, ValueError, OverflowError
        A value that cannot be saved; a note says where it is.
    OSError
        The file could not be written; an earlier one is as it was.

    Warns
    -----
    UserWarning
        The previous save of `async_manager` is unfinished; it is waited for.
    """
    return save(
        os.fspath(filename), target, overwrite, async_manager, verbose, index, fsync, compress
    )


def save(
    filename: str,
    target: Any,
    overwrite: bool,
    async_manager: AsyncManager | None,
    verbose: bool,
    index: bool,
    fsync: bool,
    compress: str | None,
    afterwards: Callable[[], None] | None = None,
) -> str:
    """msgpack_save; `afterwards` is called when the file is there, in the background too."""
    compat = _compat.enabled()
    if verbose:
        print(f'Saving checkpoint into {filename}')
    if async_manager:
        if not compat and isinstance(async_manager, AsyncManager):
            async_manager._warn_if_busy()
        async_manager.wait_previous_save()
    _prepare_folder_of(filename)
    if not overwrite and os.path.exists(filename):
        raise (invalid_checkpoint if compat else already_exists)(filename)

    built = _core.build(target, compat)
    # Relative to where the caller is now: a background save may begin elsewhere.
    place = os.path.join(os.getcwd(), filename) if async_manager else filename
    path = os.fsencode(place)
    chunk_bytes = MAX_CHUNK_SIZE

    def write() -> None:
        try:
            _core.save(built, path, overwrite, index, fsync, chunk_bytes, compress or 'none')
        except CoreError as error:
            raise_for_save(error, place)
        if afterwards is not None:
            afterwards()

    if not async_manager:
        write()
    elif isinstance(async_manager, AsyncManager):
        async_manager._stage_and_save(built, write)
    else:  # braintools' own manager
        _core.stage(built, _core.pool())
        async_manager.save_async(write)
    return filename


def explain_refusal(error: CoreError, filename: str) -> Any:
    """Raise for a file that the C library refuses. Under braintools_compat: what
    braintools makes of it, its exception or its objects."""
    raise_for_system(error, filename)
    if not os.path.isfile(filename):  # a pipe would be waited for, a device has no end
        raise invalid_checkpoint(error.message) from error
    message = error.message if filename in error.message else f'{filename!r}: {error.message}'
    refusal = f'Corrupt or invalid checkpoint data: {message}'
    if not _compat.enabled():
        raise invalid_checkpoint(refusal) from error
    try:
        if os.path.getsize(filename) > _EXPLAIN_BYTES:
            raise ImportError
        with open(filename, 'rb') as file:
            objects = _compat.restore_as_braintools(file.read())
    except _compat.Refused as refused:
        raise invalid_checkpoint(str(refused)) from error
    except ImportError:
        raise invalid_checkpoint(refusal) from error
    return objects


def _load_objects(filename: str, n_threads: int, writeable: bool) -> Any:
    try:
        return _core.load(os.fsencode(filename), n_threads, writeable)
    except CoreError as error:
        return explain_refusal(error, filename)
    except (TypeError, ValueError) as error:  # of Python's or numpy's, about a value in the file
        refused = CoreError(DAMAGED, str(error))
        refused.__cause__ = error
        return explain_refusal(refused, filename)


def _size(filename: str) -> int:
    """With the shards of a checkpoint of several ranks."""
    size = os.path.getsize(filename)
    try:
        return size + _core.shard_bytes(_core.open(os.fsencode(filename)))
    except CoreError:  # what is no file is refused in other words
        return size


def msgpack_load(
    filename: str | os.PathLike[str],
    target: Any | None = None,
    parallel: bool = True,
    mismatch: MismatchMode = 'error',
    max_size: int | None = None,
    verbose: bool = False,
    *,
    strict: bool = False,
) -> Any:
    """Load a checkpoint of torpor or braintools.

    Parameters
    ----------
    filename : str or os.PathLike
        The checkpoint; of several ranks the manifest, ``ckpt-<step>.msgpack``, for
        which all shards are loaded.
    target : Any, optional
        A template: the result has its structure, types and units. States in it
        get their new value in place. None: plain nested dicts, keys as text.
    parallel : bool
        Read large arrays with several threads.
    mismatch : {'error', 'warn', 'ignore'}
        Where the file does not fit `target`: raise ValueError, or keep the
        target's value with or without a UserWarning.
    max_size : int, optional
        Refuse files of more bytes, shards included.
    verbose : bool
        Print the file's name.
    strict : bool
        Also check dtypes, the shapes of quantities and the types of plain
        values against `target`.

    Returns
    -------
    Any
        Without `target`, arrays are read-only numpy arrays of the file's shape
        and dtype, and quantities are dicts of 'mantissa', 'scale', 'base',
        'dim', 'factor', 'unit'. With it, each leaf is of the target's kind: a
        jax array on its device, with its sharding; a numpy array, read-only if
        the target's is; a quantity in its unit; a random generator of its kind.

    Raises
    ------
    ValueError
        There is no such file, it is larger than `max_size`, or it does not
        match under ``mismatch='error'``. Then no State in `target` is changed.
    InvalidCheckpointPath
        The file is damaged: the message names the file and the place.
    """
    validate_mismatch(mismatch)
    filename = os.fspath(filename)
    if not os.path.exists(filename):
        raise ValueError(f'Checkpoint not found: {filename}')
    if verbose:
        print(f'Loading checkpoint from {filename}')
    if max_size is not None and (size := _size(filename)) > max_size:
        raise ValueError(
            f'Checkpoint data too large: {size} bytes exceeds maximum {max_size} bytes'
        )
    # Arrays of a template's kind can be written to if the template can.
    writeable = target is not None and not _compat.enabled()
    state = _load_objects(filename, _READ_THREADS if parallel else 1, writeable)
    if target is None:
        return state
    strict_before, context.strict = context.strict, strict
    try:
        return msgpack_from_state_dict(target, state, mismatch=mismatch)
    finally:
        context.strict = strict_before
