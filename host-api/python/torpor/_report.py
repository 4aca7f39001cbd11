"""info, verify and diff: the tool's commands of these names, on the same code."""

from __future__ import annotations

import datetime
import math
import os
from collections.abc import Iterator
from typing import Any

from . import _core, _walk  # noqa: F401  (_walk configures _core)
from ._errors import NOT_FOUND, CoreError, invalid_checkpoint, raise_for_system

_DAMAGED = 6
# Statuses about the content of a file: version, damage, unsupported, limit.
_ABOUT_CONTENT = (2, 3, _DAMAGED, 13)


class Verification(dict[str, Any]):
    """What `verify` found: 'path', 'status', 'ok', 'indexed', 'error'. True if it is fine."""

    def __bool__(self) -> bool:
        return bool(self['ok'])


def verify(path: str | os.PathLike[str]) -> Verification:
    """Check every byte of a file against its index; without one, its structure.

    Parameters
    ----------
    path : str or os.PathLike
        A file of torpor or braintools.

    Returns
    -------
    Verification
        A dict that is true if the file is fine: 'path'; 'status', one of
        'fine', 'damaged', 'not found', 'unreadable'; 'ok'; 'indexed': whether
        there is an index; 'error': None, or a text that names the damaged place
        and path.
    """
    name = os.fspath(path)
    _, indexed, status, text = _checked(name)
    words = {None: 'fine', _DAMAGED: 'damaged', NOT_FOUND: 'not found'}
    return Verification(
        path=name,
        status=words.get(status, 'unreadable'),
        ok=status is None,
        indexed=indexed,
        error=text,
    )


def _plain(value: Any) -> Any:
    """A value of an outline as the tool's JSON has it."""
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    return value


def _checked(path: str) -> tuple[Any, bool, int | None, str | None]:
    """The open file, None if it cannot be opened; whether it has an index; and what is wrong with it."""
    try:
        file = _core.open(os.fsencode(path))
    except CoreError as error:
        return None, False, error.status, error.message
    return file, *_core.check(file)


def _outline(file: Any) -> Any:
    """The small values of a file; None if it cannot be decoded."""
    try:
        return _core.heading(
            file,
            lambda dtype, shape, where: None,
            lambda mantissa, unit, state: {'value': mantissa, 'unit': unit},
        )
    except (CoreError, ValueError, TypeError):
        return None


def _integrity(status: int | None, indexed: bool, is_checkpoint: bool) -> str:
    if status is not None:
        return 'damaged' if status == _DAMAGED else 'unreadable'
    if indexed:
        return 'whole'
    return 'unchecked' if is_checkpoint else 'structure'


def _packing(file: Any) -> dict[str, Any]:
    """Whether a file is compressed or refers to others, as ``torpor info --json`` says it."""
    found = None if file is None else _core.packing(file)
    if found is None:
        return {'packed': False}
    return {'packed': True, 'unpacked_size': found[0], 'needs': found[1]}


def _info_file(path: str) -> dict[str, Any]:
    file, indexed, status, text = _checked(path)
    if status is not None and status not in _ABOUT_CONTENT:
        error = CoreError(status, text)
        raise_for_system(error, path)
        raise ValueError(text) from error
    tree = None if file is None else _outline(file)
    parts = tree if isinstance(tree, dict) else {}
    form = parts.get('format')
    is_checkpoint = isinstance(form, dict) and form.get('name') == 'torpor checkpoint'
    stat = os.stat(path if file is None else _core.file_number(file))
    written = datetime.datetime.fromtimestamp(int(stat.st_mtime), datetime.timezone.utc)
    info: dict[str, Any] = {
        'path': path,
        'what': 'checkpoint' if is_checkpoint else 'unknown' if tree is None else 'tree',
        'size': stat.st_size + (0 if file is None else _core.shard_bytes(file)),
        **_packing(file),
        'written': written.strftime('%Y-%m-%dT%H:%M:%SZ'),
        'indexed': indexed,
        'integrity': _integrity(status, indexed, is_checkpoint),
        'error': text,
    }
    if is_checkpoint:
        for part in ('format', 'host', 'clock', 'step', 'fingerprint', 'provenance'):
            if part in parts:
                info[part] = _plain(parts[part])
    return info


def info(path: str | os.PathLike[str]) -> Any:
    """What a checkpoint is, when and by whom it was written, and whether it is intact.

    Parameters
    ----------
    path : str or os.PathLike
        A file, or a folder of checkpoints. Of several ranks: the manifest.

    Returns
    -------
    dict or list of dict
        As ``torpor info --json``: 'path', 'what' ('checkpoint' of a simulation
        or 'tree' of values), 'size' in bytes, with all shards, 'packed' (then also
        'unpacked_size' and 'needs'), 'written' (UTC), 'indexed', 'integrity',
        'error', and what a checkpoint says about itself ('host', 'clock',
        'step', ...). For a folder a list, newest first.

    Raises
    ------
    OSError
        The file cannot be read.
    """
    name = os.fspath(path)
    if os.path.isdir(name):
        return [_info_file(file) for file in _core.checkpoints(os.fsencode(name))]
    return _info_file(name)


class Differences(list[dict[str, Any]]):
    """What `diff` found; empty, and so false, if there is no difference."""

    def __str__(self) -> str:
        return '\n'.join(difference['text'] for difference in self)

    def paths(self) -> Iterator[str]:
        """The paths that differ."""
        return (difference['path'] for difference in self)


def diff(
    a: str | os.PathLike[str],
    b: str | os.PathLike[str],
    *,
    rtol: float = 0.0,
    atol: float = 0.0,
    all: bool = False,
    rows: int = 1,
) -> Differences:
    """What differs between two files, by path.

    Parameters
    ----------
    a, b : str or os.PathLike
        Files of torpor or braintools.
    rtol, atol : float
        Numbers with ``|a - b| <= atol + rtol * |b|`` are equal. `atol` is in
        the array's own unit.
    all : bool
        Also compare 'provenance', which differs from save to save.
    rows : int
        How many of the rows that differ are reported for each array; rows
        are neurons or synapses. At most 10,000.

    Returns
    -------
    Differences
        A list of dicts as in ``torpor diff --json``: 'path', 'differs' ('only
        in a', 'only in b', 'kind', 'dtype', 'shape', 'unit', 'value'), 'a',
        'b', 'hidden' (of a field that its host does not show, such as a buffer);
        for arrays also 'unit', 'elements', 'different', 'first' (flat
        index), 'row' (of the first), 'labels' (who that is, where the file
        says so: ``{'source': 3, 'target': 45}``), 'rows' (the first ones, each
        a dict of 'row', 'labels', 'a', 'b'), 'max_absolute', 'max_relative',
        'max_ulps'. And 'text': all of it as one line.

    Raises
    ------
    InvalidCheckpointPath
        A file is damaged; then nothing is compared.
    OSError
        A file cannot be read.
    """
    if not (0 <= rtol < math.inf and 0 <= atol < math.inf):
        raise ValueError('rtol, atol: expected a finite number from 0 up')
    if not 1 <= rows <= 10_000:
        raise ValueError('rows: expected a number from 1 to 10,000')
    try:
        found = _core.diff(os.fsencode(a), os.fsencode(b), rtol, atol, all, rows)
    except CoreError as error:
        raise_for_system(error, os.fspath(a) if not os.path.exists(a) else os.fspath(b))
        raise invalid_checkpoint(f'Corrupt or invalid checkpoint data: {error.message}') from error
    return Differences(found)
