"""How quantities of saiunit (brainunit) are saved, and restored in the template's unit."""

from __future__ import annotations

import functools
import sys
from collections.abc import Mapping
from typing import Any

import numpy as np

from . import _compat, _core
from ._arrays import of_kind
from ._context import context, current_path
from ._mismatch import keep_target, strict_problem
from ._packages import known

_UNIT_PARTS = ('dim', 'scale', 'base', 'factor')


def quantity_to_state(x: Any) -> dict[str, Any]:
    unit = x.unit
    state = {
        'mantissa': x.mantissa,
        'scale': unit.scale,
        'base': unit.base,
        'dim': unit.dim._dims,
        'factor': unit.factor,
    }
    name = None if _compat.enabled() else unit_name(unit)
    return state if name is None else {**state, 'unit': name}


def unit_name(unit: Any) -> str | None:
    """'mV' or 'nS / cm^2'; None where the unit has no name but its numbers."""
    name = unit.dispname if getattr(unit, 'is_fullname', False) else None
    return name if type(name) is str else None


def unit_parts(unit: Any) -> tuple[int, float, float, bytes, str | None] | None:
    """unit_numbers and the name."""
    numbers = unit_numbers(unit)
    return None if numbers is None else (*numbers, unit_name(unit))


def unit_numbers(unit: Any) -> tuple[int, float, float, bytes] | None:
    """(scale, base, factor, dim) of a unit whose numbers are of the usual kinds."""
    scale, base, factor, dim = unit.scale, unit.base, unit.factor, unit.dim._dims
    if type(scale) is not int or type(base) is not float or type(factor) is not float:
        return None
    if type(dim) is not np.ndarray or dim.dtype != np.int64 or dim.shape != (7,):
        return None
    return scale, base, factor, dim.astype('<i8').tobytes()


def _unit_module() -> Any:
    return sys.modules[known('quantity').__module__.partition('.')[0]]


def _build_unit(state: Any) -> Any:
    """The unit of a state dict of a quantity, from its numbers."""
    module = _unit_module()
    return module.Unit(
        dim=module.Dimension(state['dim']),
        scale=state['scale'],
        base=state['base'],
        factor=state['factor'],
    )


def _named(unit: Any, name: Any) -> Any:
    """The unit with its name in the file: saiunit's own object, if it has one."""
    if type(name) is not str:
        return unit
    module = _unit_module()
    try:
        found = module.parse_unit(name)
        if found == unit and unit_name(found) == name:
            return found
        return module.Unit(
            unit.dim, unit.scale, unit.base, unit.factor, name=name, dispname=name, is_fullname=True
        )
    except Exception:  # a name that is unknown here, or another version of saiunit
        return unit


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
    quantity_class = known('quantity')
    if type(mantissa) in _PLAIN and has_slots(quantity_class):
        quantity = object.__new__(quantity_class)
        quantity._mantissa = mantissa
        quantity._unit = unit
        return quantity
    return quantity_class(mantissa, unit=unit)


_PLAIN = frozenset((float, int, np.ndarray))
_ARRAYS = frozenset((np.ndarray, *np.sctypeDict.values()))


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
        self.template = template  # stays alive, so that its id stays its own
        self.unit = unit
        self.factors: tuple[float, float] | None = None
        self.problem: str | None = None
        if unit == template:
            if not _compat.enabled():
                has_name = unit_name(template) is not None
                self.unit = template if has_name else _named(template, state.get('unit'))
            return
        name = None if _compat.enabled() else state.get('unit')
        found = name if type(name) is str else unit
        self.problem = f'Unit mismatch: expected {template}, got {found}'
        if not _compat.enabled() and unit.has_same_dim(template):
            self.problem = None
            self.unit = template
            self.factors = _conversion(unit, template)


def _plan_unit(template: Any, state: Any) -> _UnitPlan:
    """The plan for a state that is not known to be well-formed."""
    try:
        key = (
            id(template), state['scale'], state['base'], state['factor'],
            state['dim'].tobytes(), state.get('unit'),
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
            id(template), state['scale'], state['base'], state['factor'],
            state['dim'].tobytes(), state.get('unit'),
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
    if context.strict and (problem := strict_problem(x.mantissa, mantissa)):
        return keep_target(x, problem, mismatch)
    if plan.factors is not None:
        mantissa = convert(mantissa, *plan.factors)
    if type(mantissa) in _ARRAYS:
        mantissa, problem = of_kind(x.mantissa, mantissa, mismatch)
        if problem:
            return keep_target(x, problem, mismatch)
    return _new_quantity(mantissa, plan.unit)


def _keep(x: Any, problem: str, mismatch: Any) -> Any:
    return keep_target(x, f'{problem} at path {current_path()}', mismatch)
