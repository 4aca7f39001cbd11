"""Types of packages that are used only where installed: jax, brainstate, saiunit.

None of them is imported here. A value of such a type can only be met once its
package is loaded; its functions are registered then."""

from __future__ import annotations

import functools
import sys
from collections.abc import Mapping
from typing import Any

import numpy as np

from . import _compat, _core
from ._context import context, current_path

# Classes by their role, as far as they are known.
_classes: dict[str, Any] = {}

_UNIT_PARTS = ('dim', 'scale', 'base', 'factor')


def _loaded(module: str, name: str) -> Any:
    """A class of a module that is imported; None if it is not (or not yet to the end)."""
    found: Any = sys.modules.get(module)
    for part in name.split('.'):
        found = getattr(found, part, None)
    return found


def _role(role: str, *places: tuple[str, str]) -> Any:
    """The class of a role that was not known before, if it is now."""
    if role in _classes:
        return None
    for module, name in places:
        found = _loaded(module, name)
        if found is not None:
            _classes[role] = found
            return found
    return None


def register_loaded() -> None:
    """Register what has been imported since the last call."""
    from ._registry import array_from_state, array_to_state, register

    if array := _role('array', ('jax', 'Array')):
        register(array, array_to_state, array_from_state)
    if partial := _role('partial', ('jax', 'tree_util.Partial')):
        register(partial, partial_to_state, partial_from_state)
    if quantity := _role('quantity', ('saiunit', 'Quantity'), ('brainunit', 'Quantity')):
        register(quantity, quantity_to_state, quantity_from_state)
    if state := _role('state', ('brainstate', 'State')):
        register(state, state_to_state, state_from_state)
    _role('flatted', ('brainstate', 'util.FlattedDict'))


def known(role: str) -> Any:
    """The class of a role, None if its package is not loaded."""
    return _classes.get(role)


def nest(mapping: Any) -> Any:
    """The nested form of what ``module.states()`` gives; any other object as it is."""
    flatted = _classes.get('flatted')
    if type(mapping) is not dict and flatted is not None and isinstance(mapping, flatted):
        return mapping.to_nest()
    return mapping


# ---- brainstate.State, jax.tree_util.Partial ----


def state_to_state(x: Any) -> Any:
    from ._registry import msgpack_to_state_dict

    return msgpack_to_state_dict(x.value)


def state_from_state(x: Any, state: Any, mismatch: Any = 'error') -> Any:
    from ._registry import _restore

    before = x.value
    value = _restore(before, state, '.', mismatch)
    context.journal.append((x, before))
    x.value = value
    return x


def partial_to_state(x: Any) -> dict[str, Any]:
    from ._registry import msgpack_to_state_dict

    return {
        'args': msgpack_to_state_dict(x.args),
        'keywords': msgpack_to_state_dict(x.keywords),
    }


def partial_from_state(x: Any, state: Any, mismatch: Any = 'error') -> Any:
    from ._registry import _restore, wrong_kind

    if not _compat.enabled() and not (
        isinstance(state, Mapping) and 'args' in state and 'keywords' in state
    ):
        return wrong_kind(x, "a Partial ('args' and 'keywords')", state, mismatch)
    args = _restore(x.args, state['args'], '.', mismatch)
    keywords = _restore(x.keywords, state['keywords'], '.', mismatch)
    return type(x)(x.func, *args, **keywords)


# ---- quantities ----


def quantity_to_state(x: Any) -> dict[str, Any]:
    unit = x.unit
    return {
        'mantissa': x.mantissa,
        'scale': unit.scale,
        'base': unit.base,
        'dim': unit.dim._dims,
        'factor': unit.factor,
    }


def unit_numbers(unit: Any) -> tuple[int, float, float, bytes] | None:
    """(scale, base, factor, dim) of a unit whose numbers are of the usual kinds."""
    scale, base, factor, dim = unit.scale, unit.base, unit.factor, unit.dim._dims
    if type(scale) is not int or type(base) is not float or type(factor) is not float:
        return None
    if type(dim) is not np.ndarray or dim.dtype != np.int64 or dim.shape != (7,):
        return None
    return scale, base, factor, dim.astype('<i8').tobytes()


def _build_unit(state: Any) -> Any:
    """The unit that a state dict of a quantity tells."""
    module = sys.modules[_classes['quantity'].__module__.partition('.')[0]]
    return module.Unit(
        dim=module.Dimension(state['dim']),
        scale=state['scale'],
        base=state['base'],
        factor=state['factor'],
    )


def convert(mantissa: Any, multiply: float, divide: float) -> Any:
    """Numbers in another unit; floating-point dtypes stay."""
    converted = mantissa
    if multiply != 1.0:
        converted = converted * multiply
    if divide != 1.0:
        converted = converted / divide
    dtype = getattr(mantissa, 'dtype', None)
    if dtype is not None and not np.issubdtype(dtype, np.integer) and dtype != np.bool_:
        converted = converted.astype(dtype, copy=False)
    return converted


def _conversion(from_unit: Any, to_unit: Any) -> tuple[float, float]:
    from_numbers, to_numbers = unit_numbers(from_unit), unit_numbers(to_unit)
    if from_numbers is None or to_numbers is None:
        return float(from_unit.magnitude / to_unit.magnitude), 1.0
    return _core.unit_conversion(from_numbers, to_numbers)


def _new_quantity(mantissa: Any, unit: Any) -> Any:
    """Quantity(mantissa, unit=unit); without its 10 microseconds for plain numbers and arrays."""
    quantity_class = _classes['quantity']
    if type(mantissa) in _PLAIN and has_slots(quantity_class):
        quantity = object.__new__(quantity_class)
        quantity._mantissa = mantissa
        quantity._unit = unit
        return quantity
    return quantity_class(mantissa, unit=unit)


_PLAIN = frozenset((float, int, np.ndarray))


@functools.lru_cache(maxsize=None)
def has_slots(quantity_class: Any) -> bool:
    """Whether mantissa and unit are where saiunit has them."""
    return {'_mantissa', '_unit'} <= set(getattr(quantity_class, '__slots__', ()))


def _malformed(state: Any) -> str | None:
    """Why a state is not that of a quantity."""
    if not isinstance(state, Mapping):
        return type(state).__name__
    missing = [part for part in ('mantissa', *_UNIT_PARTS) if part not in state]
    return f'a dict without {missing}' if missing else None


class _UnitPlan:
    """What to do with quantities of one unit in templates of another."""

    __slots__ = ('unit', 'factors', 'problem', 'template')

    def __init__(self, template: Any, state: Any) -> None:
        unit = _build_unit(state)
        self.template = template  # kept: plans are found by its id
        self.unit = unit
        self.factors: tuple[float, float] | None = None
        self.problem: str | None = None
        if unit == template:
            return
        self.problem = f'Unit mismatch: expected {template}, got {unit}'
        if not _compat.enabled() and unit.has_same_dim(template):
            self.problem = None
            self.unit = template
            self.factors = _conversion(unit, template)


def _plan_unit(template: Any, state: Any) -> _UnitPlan:
    """The plan for a state that is not known to be well-formed."""
    try:
        key = (
            id(template), state['scale'], state['base'], state['factor'], state['dim'].tobytes()
        )
        hash(key)
    except Exception:  # malformed: braintools' own words come from building the unit
        return _UnitPlan(template, state)
    plan = context.unit_plans[key] = _UnitPlan(template, state)
    return plan


def quantity_from_state(x: Any, state: Any, mismatch: Any = 'error') -> Any:
    template = x.unit
    try:
        mantissa = state['mantissa']
        plan = context.unit_plans[
            id(template), state['scale'], state['base'], state['factor'], state['dim'].tobytes()
        ]
    except Exception:
        compat = _compat.enabled()
        if not compat and (found := _malformed(state)):
            return _keep(x, f'Kind mismatch: expected a quantity in {template}, got {found}', mismatch)
        try:
            plan = _plan_unit(template, state)
        except Exception as error:
            if compat:
                raise
            return _keep(
                x, f'Unit mismatch: expected {template}, got an invalid unit ({error})', mismatch
            )
        mantissa = state['mantissa']
    if plan.problem is not None:
        kept = _keep(x, plan.problem, mismatch)
        return _new_quantity(mantissa, plan.unit) if _compat.enabled() else kept
    if context.strict and (problem := _registry().strict_problem(x.mantissa, mantissa)):
        return _registry().keep_target(x, problem, mismatch)
    if plan.factors is not None:
        mantissa = convert(mantissa, *plan.factors)
    return _new_quantity(mantissa, plan.unit)


def _keep(x: Any, problem: str, mismatch: Any) -> Any:
    return _registry().keep_target(x, f'{problem} at path {current_path()}', mismatch)


def _registry() -> Any:
    from . import _registry as registry

    return registry
