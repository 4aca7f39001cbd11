"""What happens where a file does not fit the template it is restored into."""

from __future__ import annotations

import warnings
from typing import Any, Literal

from ._context import context, current_path

MismatchMode = Literal['error', 'warn', 'ignore']


def validate_mismatch(mismatch: str) -> None:
    if mismatch not in ('error', 'warn', 'ignore'):
        raise ValueError(
            f"Invalid mismatch mode: '{mismatch}'. "
            "Must be one of 'error', 'warn', or 'ignore'."
        )


def handle_mismatch(condition: bool, message: str, mismatch: str) -> None:
    """Raise, warn or say nothing if `condition`."""
    if condition:
        if mismatch == 'error':
            raise ValueError(message)
        if mismatch == 'warn':
            warnings.warn(message, UserWarning)


def report_surplus(keys: Any, mismatch: str) -> None:
    """The file has keys that the target lacks: their values are lost."""
    names = ', '.join(repr(key) for key in sorted(map(str, keys))[:10])
    more = f' and {len(keys) - 10} more' if len(keys) > 10 else ''
    message = f'The file has keys that the target lacks: {names}{more} at path {current_path()}'
    # Without strict, the rest is restored: a warning is enough.
    handle_mismatch(True, message, mismatch if context.strict or mismatch == 'ignore' else 'warn')


def keep_target(target: Any, message: str, mismatch: str) -> Any:
    """What is in the file does not fit: the target's own value stays."""
    handle_mismatch(True, message, mismatch)
    return target


def wrong_kind(target: Any, expected: str, state: Any, mismatch: str) -> Any:
    return keep_target(
        target,
        f'Kind mismatch: expected {expected}, got {type(state).__name__} '
        f'at path {current_path()}',
        mismatch,
    )


def strict_problem(expected: Any, found: Any) -> str | None:
    """How a leaf differs from the template's in kind, shape or dtype."""
    if hasattr(expected, 'shape') and hasattr(found, 'shape'):
        if tuple(expected.shape) != tuple(found.shape):
            return shape_message(expected, found)
        if expected.dtype != found.dtype:
            return (
                f'Array dtype mismatch: expected {expected.dtype}, got {found.dtype} '
                f'at path {current_path()}'
            )
        return None
    if expected is None or type(expected) is type(found):
        return None
    return (
        f'Kind mismatch: expected {type(expected).__name__}, got {type(found).__name__} '
        f'at path {current_path()}'
    )


def shape_message(expected: Any, found: Any) -> str:
    return (
        f'Array shape mismatch: expected {tuple(expected.shape)}, '
        f'got {tuple(found.shape)} at path {current_path()}'
    )
