"""How arrays are saved and restored."""

from __future__ import annotations

from typing import Any

from . import _compat
from ._context import context
from ._mismatch import MismatchMode, handle_mismatch, keep_target, shape_message, strict_problem


def array_to_state(x: Any) -> Any:
    return x


def array_from_state(x: Any, state: Any, mismatch: MismatchMode = 'error') -> Any:
    if context.strict and (problem := strict_problem(x, state)):
        return keep_target(x, problem, mismatch)
    if not (hasattr(x, 'shape') and hasattr(state, 'shape')):
        return state
    if tuple(x.shape) == tuple(state.shape):
        return state
    if _compat.enabled():
        handle_mismatch(True, shape_message(x, state), mismatch)
        return state
    return keep_target(x, shape_message(x, state), mismatch)
