"""How lists, tuples, dicts and namedtuples become state dicts, and come back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from . import _compat
from ._context import context, current_path
from ._mismatch import MismatchMode, handle_mismatch, report_surplus, wrong_kind
from ._packages import nest
from ._registry import msgpack_to_state_dict, restore


# ---- list, tuple ----


def list_to_state(xs: Any) -> dict[str, Any]:
    return {str(i): msgpack_to_state_dict(x) for i, x in enumerate(xs)}


def _is_indexed(state: Any) -> bool:
    """Was this dict a list or a tuple?"""
    return isinstance(state, Mapping) and all(str(i) in state for i in range(len(state)))


def _is_record(xs: list[Any], state: Any) -> bool:
    """Does the template leave open how many there are: an empty list, or plain numbers and texts?"""
    if not _is_indexed(state):
        return False
    plain = (bool, int, float, complex, str, bytes)
    return not xs or all(type(x) in plain for x in (*xs, *state.values()))


def _grown(state: Any) -> Any:
    """An element that the template lacks, as a load without template gives it, but lists as lists."""
    if not isinstance(state, Mapping):
        return state
    if state and _is_indexed(state):
        return [_grown(state[str(i)]) for i in range(len(state))]
    return {key: _grown(value) for key, value in state.items()}


def _restore_list(
    xs: list[Any], state: Any, mismatch: MismatchMode, may_grow: bool = False
) -> list[Any] | None:
    """None: the target is to be kept."""
    if not _compat.enabled():
        if type(state) is list:  # a real msgpack array, of another writer
            state = {str(i): item for i, item in enumerate(state)}
        if not isinstance(state, Mapping):
            wrong_kind(None, 'a list', state, mismatch)
            return None
        if any(str(i) not in state for i in range(min(len(xs), len(state)))):
            handle_mismatch(
                True,
                f'Kind mismatch: expected a list, got a dict with keys '
                f'{sorted(map(str, state))[:5]} at path {current_path()}',
                mismatch,
            )
            return None
    length = len(state)
    if length != len(xs):
        advice = ''
        if may_grow:
            if _is_record(xs, state):
                return [_grown(state[str(i)]) for i in range(length)]
            advice = '; a list that grows is empty, [], in the template'
        handle_mismatch(
            True,
            'The size of the list and the state dict do not match,'
            f' got {len(xs)} and {length} at path {current_path()}{advice}',
            mismatch,
        )
    common = min(len(xs), length)
    ys = []
    for i in range(common):  # no comprehension: its frame would count in Python's recursion limit
        ys.append(restore(xs[i], state[str(i)], str(i), mismatch))
    ys.extend(xs[common:])
    return ys


def list_from_state(xs: list[Any], state: Any, mismatch: MismatchMode = 'error') -> list[Any]:
    ys = _restore_list(xs, state, mismatch, context.lists_grow)
    return xs if ys is None else ys


def tuple_from_state(
    xs: tuple[Any, ...], state: Any, mismatch: MismatchMode = 'error'
) -> tuple[Any, ...]:
    ys = _restore_list(list(xs), state, mismatch)
    return xs if ys is None else tuple(ys)


# ---- dict ----


def raise_collision(xs: Mapping[Any, Any]) -> None:
    """Raise ValueError for keys of `xs` that have the same text."""
    by_text: dict[str, list[Any]] = {}
    for key in xs.keys():
        by_text.setdefault(str(key), []).append(key)
    collisions = {text: keys for text, keys in by_text.items() if len(keys) > 1}
    raise ValueError(
        'Dict keys do not have a unique string representation. '
        f'Collisions: {collisions}'
    )


def dict_to_state(xs: Any) -> dict[str, Any]:
    xs = nest(xs)
    state = {str(key): value for key, value in xs.items()}
    if len(state) != len(xs):
        raise_collision(xs)
    return {key: msgpack_to_state_dict(value) for key, value in state.items()}


def keys_of(present: Any) -> str:
    """The keys that are there, so that a misspelt one is seen."""
    if _compat.enabled():
        return ''
    keys = [repr(key) for key in present]
    more = f' and {len(keys) - 20} more' if len(keys) > 20 else ''
    return f'; the file has {", ".join(keys[:20]) or "none"}{more}'


def dict_from_state(xs: Any, state: Any, mismatch: MismatchMode = 'error') -> Any:
    nested = nest(xs)
    state = nest(state)
    if type(state) is not dict and not isinstance(state, Mapping) and not _compat.enabled():
        return wrong_kind(xs, 'a dict', state, mismatch)
    present = state.keys()
    texts = {key: key if type(key) is str else str(key) for key in nested.keys()}
    missing = set(texts.values()).difference(present)
    if missing:
        handle_mismatch(
            True,
            'The target dict keys and state dict keys do not match,'
            f' target dict contains keys {missing} which are not present in state dict '
            f'at path {current_path()}{keys_of(present)}',
            mismatch,
        )
    if len(present) > len(texts) - len(missing) and not _compat.enabled():
        report_surplus(set(present).difference(texts.values()), mismatch)
    result = {}
    for key, value in nested.items():
        text = texts[key]
        result[key] = restore(value, state[text], text, mismatch) if text in present else value
    return result


# ---- namedtuple ----


def namedtuple_to_state(nt: Any) -> dict[str, Any]:
    return {key: msgpack_to_state_dict(getattr(nt, key)) for key in nt._fields}


def namedtuple_from_state(xs: Any, state: Any, mismatch: MismatchMode = 'error') -> Any:
    if not isinstance(state, Mapping) and not _compat.enabled():
        return wrong_kind(xs, f'a namedtuple {type(xs).__name__}', state, mismatch)
    expected = set(xs._fields)
    envelope = {'name', 'fields', 'values'}  # how older versions wrote a namedtuple
    if set(state.keys()) == envelope and expected != envelope:
        names, values = state['fields'], state['values']
        state = {names[str(i)]: values[str(i)] for i in range(len(names))}
    found = set(state.keys())
    if found != expected:
        handle_mismatch(
            True,
            'The field names of the state dict and the named tuple do not match,'
            f' got {found} and {expected} at path {current_path()}',
            mismatch,
        )
    fields = {}
    for field in xs._fields:
        value = getattr(xs, field)
        fields[field] = (
            restore(value, state[field], field, mismatch) if field in state else value
        )
    try:
        return type(xs)(**fields)
    except TypeError as error:
        raise TypeError(
            f'Failed to reconstruct namedtuple {type(xs).__name__} at path '
            f'{current_path()}: {error}. '
            'Ensure the namedtuple class definition is available.'
        ) from error
