"""Which functions turn a type into a state dict and back."""

from __future__ import annotations

import gc
import warnings
from collections.abc import Callable, Mapping
from typing import Any, Literal

import numpy as np

from . import _compat, _optional
from ._context import context, current_path

MismatchMode = Literal['error', 'warn', 'ignore']
ToState = Callable[[Any], Any]
FromState = Callable[[Any, Any, MismatchMode], Any]


class _NamedTuple:
    """Stands for every namedtuple in the registry."""


_STATE_DICT_REGISTRY: dict[Any, tuple[ToState, FromState]] = {}

# Types whose functions are known, for speed; emptied by every registration.
_resolved: dict[type, tuple[ToState, FromState] | None] = {}


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


def resolve(ty: type) -> tuple[ToState, FromState] | None:
    """The functions of the most specific registered base of `ty`, or None."""
    try:
        return _resolved[ty]
    except KeyError:
        pass
    _optional.register_loaded()
    looked_up: Any = _NamedTuple if issubclass(ty, tuple) and hasattr(ty, '_fields') else ty
    candidates = [known for known in _STATE_DICT_REGISTRY if issubclass(looked_up, known)]
    best = max(candidates, key=lambda known: len(known.__mro__), default=None)
    functions = None if best is None else _STATE_DICT_REGISTRY[best]
    _resolved[ty] = functions
    return functions


def msgpack_to_state_dict(target: Any) -> Any:
    """The state of `target`, made of dicts with text keys, arrays and plain values.

    A type that is not registered comes back as it is.

    Raises
    ------
    TypeError
        If a registered function gives a dict with keys that are not str.
    ValueError
        If two keys of a dict have the same text.
    """
    functions = resolve(type(target))
    if functions is None:
        return target
    state = functions[0](target)
    if isinstance(state, dict):
        for key in state:
            if not isinstance(key, str):
                raise TypeError(
                    'A state dict must only have string keys, '
                    f'got key {key!r} of type {type(key).__name__}.'
                )
    return state


def _restore(target: Any, state: Any, name: str, mismatch: MismatchMode) -> Any:
    functions = resolve(type(target))
    if functions is None:
        if context.strict:
            return _restore_leaf(target, state, name, mismatch)
        return state
    path = context.path
    path.append(name)
    try:
        return functions[1](target, state, mismatch)
    finally:
        path.pop()


def msgpack_from_state_dict(
    target: Any,
    state: Any,
    name: str = '.',
    mismatch: MismatchMode = 'error',
) -> Any:
    """Restore `state`, as `msgpack_to_state_dict` gives it, into the structure of `target`.

    Parameters
    ----------
    target : Any
        A template: structure, types, shapes and units. `State` objects in it
        are given their new value in place; all else is built anew.
    state : Any
        The state dict.
    name : str
        The first part of the path in messages.
    mismatch : {'error', 'warn', 'ignore'}
        What to do where `state` does not fit: raise ValueError, or keep the
        target's own value with or without a UserWarning.

    Returns
    -------
    Any
        An object of the structure of `target` with the values of `state`. A
        quantity is converted to the unit of the target if it has the same
        dimension.

    Raises
    ------
    ValueError
        On a mismatch under ``mismatch='error'``. States that had been given
        their new value have their old one again.
    """
    validate_mismatch(mismatch)
    if context.path:  # a registered function restores its parts
        return _restore(target, state, name, mismatch)
    context.begin()
    # Many small objects are made, none of them garbage: the collector would
    # look at all of them again and again.
    collected = gc.isenabled()
    gc.disable()
    try:
        return _restore(target, state, name, mismatch)
    except BaseException:
        if not _compat.enabled():
            context.roll_back()
        raise
    finally:
        context.begin()
        if collected:
            gc.enable()


def msgpack_register_serialization(
    ty: Any,
    ty_to_state_dict: ToState,
    ty_from_state_dict: FromState,
    override: bool = False,
) -> None:
    """Register how a type, and what derives from it, is saved and restored.

    The most specific registered class of a value counts.

    Parameters
    ----------
    ty : type
        The type.
    ty_to_state_dict : callable
        ``to_state(obj)`` gives a dict with text keys. Parts that are not plain
        values or arrays go through `msgpack_to_state_dict`.
    ty_from_state_dict : callable
        ``from_state(obj, state, mismatch)`` gives the restored object.
    override : bool
        Replace functions that are registered for this very type.

    Raises
    ------
    ValueError
        If the type is registered already and `override` is not set.
    """
    _optional.register_loaded()
    if ty in _STATE_DICT_REGISTRY and not override:
        raise ValueError(
            f'a serialization handler for "{ty.__name__}" is already registered'
        )
    register(ty, ty_to_state_dict, ty_from_state_dict)


def register(ty: Any, to_state: ToState, from_state: FromState) -> None:
    from . import _walk

    _STATE_DICT_REGISTRY[ty] = (to_state, from_state)
    _resolved.clear()
    _walk.forget()


# ---- list, tuple ----


def list_to_state(xs: Any) -> dict[str, Any]:
    return {str(i): msgpack_to_state_dict(x) for i, x in enumerate(xs)}


def _restore_list(xs: list[Any], state: Any, mismatch: MismatchMode) -> list[Any] | None:
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
        handle_mismatch(
            True,
            'The size of the list and the state dict do not match,'
            f' got {len(xs)} and {length} at path {current_path()}',
            mismatch,
        )
    common = min(len(xs), length)
    ys = []
    for i in range(common):  # no comprehension: its frame would count in Python's recursion limit
        ys.append(_restore(xs[i], state[str(i)], str(i), mismatch))
    ys.extend(xs[common:])
    return ys


def list_from_state(xs: list[Any], state: Any, mismatch: MismatchMode = 'error') -> list[Any]:
    ys = _restore_list(xs, state, mismatch)
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
    xs = _optional.nest(xs)
    state = {str(key): value for key, value in xs.items()}
    if len(state) != len(xs):
        raise_collision(xs)
    return {key: msgpack_to_state_dict(value) for key, value in state.items()}


def dict_from_state(xs: Any, state: Any, mismatch: MismatchMode = 'error') -> Any:
    nested = _optional.nest(xs)
    state = _optional.nest(state)
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
            f'at path {current_path()}',
            mismatch,
        )
    result = {}
    for key, value in nested.items():
        text = texts[key]
        result[key] = _restore(value, state[text], text, mismatch) if text in present else value
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
            _restore(value, state[field], field, mismatch) if field in state else value
        )
    try:
        return type(xs)(**fields)
    except TypeError as error:
        raise TypeError(
            f'Failed to reconstruct namedtuple {type(xs).__name__} at path '
            f'{current_path()}: {error}. '
            'Ensure the namedtuple class definition is available.'
        ) from error


# ---- arrays and other leaves ----


def array_to_state(x: Any) -> Any:
    return x


def strict_problem(expected: Any, found: Any) -> str | None:
    """How a leaf differs from the template's in kind, shape or dtype."""
    if hasattr(expected, 'shape') and hasattr(found, 'shape'):
        if tuple(expected.shape) != tuple(found.shape):
            return _shape_message(expected, found)
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


def _shape_message(expected: Any, found: Any) -> str:
    return (
        f'Array shape mismatch: expected {tuple(expected.shape)}, '
        f'got {tuple(found.shape)} at path {current_path()}'
    )


def array_from_state(x: Any, state: Any, mismatch: MismatchMode = 'error') -> Any:
    if context.strict and (problem := strict_problem(x, state)):
        return keep_target(x, problem, mismatch)
    if not (hasattr(x, 'shape') and hasattr(state, 'shape')):
        return state
    if tuple(x.shape) == tuple(state.shape):
        return state
    if _compat.enabled():
        handle_mismatch(True, _shape_message(x, state), mismatch)
        return state
    return keep_target(x, _shape_message(x, state), mismatch)


def _restore_leaf(target: Any, state: Any, name: str, mismatch: MismatchMode) -> Any:
    """strict: a plain value must be of the template's type; None fits anything."""
    context.path.append(name)
    try:
        problem = strict_problem(target, state)
        return keep_target(target, problem, mismatch) if problem else state
    finally:
        context.path.pop()


def _register_builtin() -> None:
    _STATE_DICT_REGISTRY.update({
        list: (list_to_state, list_from_state),
        tuple: (list_to_state, tuple_from_state),
        dict: (dict_to_state, dict_from_state),
        _NamedTuple: (namedtuple_to_state, namedtuple_from_state),
        np.ndarray: (array_to_state, array_from_state),
    })


_register_builtin()
