"""How arrays are saved and restored."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import Any

import numpy as np

from . import _compat
from ._context import context, current_path
from ._mismatch import (
    MismatchMode,
    handle_mismatch,
    keep_target,
    shape_message,
    strict_problem,
    wrong_kind,
)
from ._packages import known


def array_to_state(x: Any) -> Any:
    return x


def array_from_state(x: Any, state: Any, mismatch: MismatchMode = 'error') -> Any:
    if is_key(x):
        return key_from_state(x, state, mismatch)
    if context.strict and (problem := strict_problem(x, state)):
        return keep_target(x, problem, mismatch)
    if hasattr(x, 'shape') and hasattr(state, 'shape') and tuple(x.shape) != tuple(state.shape):
        if _compat.enabled():
            handle_mismatch(True, shape_message(x, state), mismatch)
            return state
        return keep_target(x, shape_message(x, state), mismatch)
    found, problem = of_kind(x, state, mismatch)
    return keep_target(x, problem, mismatch) if problem else found


# ---- keys of jax's random generators (jax.random.key) ----


def is_key(x: Any) -> bool:
    """Whether an array of jax's is one of keys: it has no numbers of its own."""
    jax = sys.modules.get('jax')
    return (
        jax is not None
        and isinstance(x, jax.Array)
        and jax.numpy.issubdtype(x.dtype, jax.dtypes.prng_key)
    )


def key_to_state(x: Any) -> dict[str, Any]:
    """The numbers of the keys, and the generator that they are keys of."""
    random = sys.modules['jax'].random
    return {'impl': str(random.key_impl(x)), 'key_data': np.asarray(random.key_data(x))}


def key_from_state(x: Any, state: Any, mismatch: MismatchMode = 'error') -> Any:
    jax = sys.modules['jax']
    impl = str(jax.random.key_impl(x))
    if not isinstance(state, Mapping) or set(state) != {'impl', 'key_data'}:
        return wrong_kind(x, f'keys of jax ({impl})', state, mismatch)
    data, expected = state['key_data'], jax.random.key_data(x)
    if state['impl'] != impl:
        return keep_target(
            x,
            f'Kind mismatch: expected keys of jax ({impl}), got keys of '
            f'{state["impl"]} at path {current_path()}',
            mismatch,
        )
    if getattr(data, 'dtype', None) != expected.dtype or data.shape[x.ndim:] != expected.shape[x.ndim:]:
        return wrong_kind(x, f'numbers of keys of jax ({impl})', data, mismatch)
    if data.shape != expected.shape:
        return keep_target(x, shape_message(expected, data), mismatch)
    keys = jax.random.wrap_key_data(data, impl=impl)
    return jax.device_put(keys, x.sharding) if getattr(x, 'committed', True) else keys


# ---- the kind of an array ----


def of_kind(template: Any, state: Any, mismatch: MismatchMode) -> tuple[Any, str | None]:
    """An array of a file as an array of the template's kind, or why it cannot be one.

    A jax array is on the template's device, with its sharding and weak type; an
    array of numpy's can be written to if the template can. The dtype is the
    file's; where jax has it with jax_enable_x64 only, a smaller one that keeps
    all values. What is no array stays as it is.
    """
    if _compat.enabled() or not isinstance(state, (np.ndarray, np.generic)):
        return state, None
    jax_array = known('array')
    if jax_array is not None and isinstance(template, jax_array):
        return _of_jax(template, np.asarray(state), mismatch)
    if isinstance(template, np.ndarray):
        return _of_numpy(template, np.asarray(state)), None
    if isinstance(template, np.generic) and state.ndim == 0:
        return np.asarray(state)[()], None
    return state, None


def _of_numpy(template: Any, array: Any) -> Any:
    writeable = template.flags.writeable
    if writeable == array.flags.writeable:
        return array
    if writeable:
        return array.copy()
    array = array.view()
    array.flags.writeable = False
    return array


def _of_jax(template: Any, array: Any, mismatch: MismatchMode) -> tuple[Any, str | None]:
    jax: Any = sys.modules['jax']
    # Where the template may be moved by a computation, so may the result.
    is_placed = getattr(template, 'committed', True) and array.shape == template.shape
    try:
        held = array.astype(jax.dtypes.canonicalize_dtype(array.dtype), copy=False)
        if held.dtype != array.dtype:
            why = _no_jax_dtype(template, array, 'has with jax_enable_x64 only')
            if not np.array_equal(held, array, equal_nan=array.dtype.kind in 'fc'):
                return None, why
            why = f'{why}; the values are the same in {held.dtype}'
            handle_mismatch(mismatch != 'ignore', why, 'warn')
        found = jax.device_put(held, template.sharding if is_placed else None)
    except TypeError:
        return None, _no_jax_dtype(template, array, 'does not have')
    if getattr(template, 'weak_type', False):
        found = _weakly_typed(jax, found)
    return found, None


def _no_jax_dtype(template: Any, array: Any, why: str) -> str:
    return (
        f'Array dtype mismatch: expected an array of jax ({template.dtype}), '
        f'got {array.dtype}, which jax {why} at path {current_path()}'
    )


def _weakly_typed(jax: Any, array: Any) -> Any:
    """jax has no public function for it. Without, promotion would differ."""
    try:
        from jax._src.lax.lax import _convert_element_type
    except ImportError:
        return jax.numpy.asarray(array.item()) if array.ndim == 0 else array
    return _convert_element_type(array, array.dtype, weak_type=True)
