"""How brainstate's States and jax's Partials are saved and restored."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from . import _compat
from ._context import context
from ._mismatch import wrong_kind
from ._registry import msgpack_to_state_dict, restore


def state_to_state(x: Any) -> Any:
    return msgpack_to_state_dict(x.value)


def state_from_state(x: Any, state: Any, mismatch: Any = 'error') -> Any:
    before = x.value
    value = restore(before, state, '.', mismatch)
    context.journal.append((x, before))
    x.value = value
    return x


def partial_to_state(x: Any) -> dict[str, Any]:
    return {
        'args': msgpack_to_state_dict(x.args),
        'keywords': msgpack_to_state_dict(x.keywords),
    }


def partial_from_state(x: Any, state: Any, mismatch: Any = 'error') -> Any:
    if not _compat.enabled() and not (
        isinstance(state, Mapping) and 'args' in state and 'keywords' in state
    ):
        return wrong_kind(x, "a Partial ('args' and 'keywords')", state, mismatch)
    args = restore(x.args, state['args'], '.', mismatch)
    keywords = restore(x.keywords, state['keywords'], '.', mismatch)
    return type(x)(x.func, *args, **keywords)
