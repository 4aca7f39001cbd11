"""Which functions turn a type into a state dict and back."""

from __future__ import annotations

import gc
from collections.abc import Callable
from typing import Any

from . import _compat
from ._context import context
from ._mismatch import MismatchMode, keep_target, strict_problem, validate_mismatch

ToState = Callable[[Any], Any]
FromState = Callable[[Any, Any, MismatchMode], Any]


class NamedTuple:
    """Stands for every namedtuple in the registry."""


_STATE_DICT_REGISTRY: dict[Any, tuple[ToState, FromState]] = {}

# Types whose functions are known, for speed.
_resolved: dict[type, tuple[ToState, FromState] | None] = {}

# What is remembered of types; emptied by every registration.
caches: list[dict[Any, Any]] = [_resolved]

# Called before a type is looked up: they register the types of packages that
# have been imported since.
loaders: list[Callable[[], None]] = []


def forget() -> None:
    """The registry has changed."""
    for cache in caches:
        cache.clear()


def register(ty: Any, to_state: ToState, from_state: FromState) -> None:
    _STATE_DICT_REGISTRY[ty] = (to_state, from_state)
    forget()


def register_loaded() -> None:
    """Register the types of what has been imported since the last call."""
    for loader in loaders:
        loader()


def resolve(ty: type) -> tuple[ToState, FromState] | None:
    """The functions of the most specific registered base of `ty`, or None."""
    try:
        return _resolved[ty]
    except KeyError:
        pass
    register_loaded()
    looked_up: Any = NamedTuple if issubclass(ty, tuple) and hasattr(ty, '_fields') else ty
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


def restore(target: Any, state: Any, name: str, mismatch: MismatchMode) -> Any:
    functions = resolve(type(target))
    if functions is None:
        if context.strict:
            return _restore_plain(target, state, name, mismatch)
        return state
    path = context.path
    path.append(name)
    try:
        return functions[1](target, state, mismatch)
    finally:
        path.pop()


def _restore_plain(target: Any, state: Any, name: str, mismatch: MismatchMode) -> Any:
    """strict: a plain value must be of the template's type; None fits anything."""
    context.path.append(name)
    try:
        problem = strict_problem(target, state)
        return keep_target(target, problem, mismatch) if problem else state
    finally:
        context.path.pop()


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
        are given their new value in place; everything else is a new object.
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
        return restore(target, state, name, mismatch)
    context.begin()
    # Many small objects are made and none is garbage. The garbage collector
    # would visit all of them again and again.
    collected = gc.isenabled()
    gc.disable()
    try:
        return restore(target, state, name, mismatch)
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
    register_loaded()
    if ty in _STATE_DICT_REGISTRY and not override:
        raise ValueError(
            f'a serialization handler for "{ty.__name__}" is already registered'
        )
    register(ty, ty_to_state_dict, ty_from_state_dict)
