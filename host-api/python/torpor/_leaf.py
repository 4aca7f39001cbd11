"""Arrays of an opened file: numbers with a unit, which computations keep."""

from __future__ import annotations

from typing import Any

import numpy as np

from . import _core, _walk  # noqa: F401  (_walk configures _core)
from ._errors import CoreError

# What these give has the unit of what they are given, or no unit and no meaning but in one unit.
_SAME_UNIT = frozenset((
    'add', 'subtract', 'maximum', 'minimum', 'fmax', 'fmin', 'hypot', 'remainder', 'fmod', 'nextafter',
    'negative', 'positive', 'absolute', 'fabs', 'conjugate', 'rint', 'floor', 'ceil', 'trunc',
))  # fmt: skip
_COMPARE = frozenset(('equal', 'not_equal', 'less', 'less_equal', 'greater', 'greater_equal', 'arctan2', 'floor_divide'))
_PRODUCTS = frozenset(('multiply', 'matmul', 'vecdot'))
_QUOTIENTS = frozenset(('divide', 'true_divide'))
_POWERS = {'square': 2.0, 'reciprocal': -1.0, 'sqrt': 0.5}


def _product(powers: list[tuple[str | None, float]]) -> str | None:
    """The usual symbol of a product of powers: 'pA' of mV and nS. None: a plain number, or no such unit."""
    scale, factor, dim = 0.0, 1.0, np.zeros(7)
    for symbol, power in powers:
        if symbol is not None:
            own_scale, base, own_factor, own_dim = _core.unit_numbers(symbol)
            scale += own_scale * power * float(np.log10(base))
            factor *= own_factor**power
            dim += np.frombuffer(own_dim, '<i8') * power
    if not scale.is_integer() or (dim % 1).any() or (not dim.any() and scale == 0 and factor == 1):
        return None
    return _core.unit_text((int(scale), 10.0, factor, dim.astype('<i8').tobytes()))


def _in_unit(value: Any, unit: str) -> Any:
    """The numbers of `value` in `unit`. Plain numbers are taken as they are."""
    own = getattr(value, 'unit', None)
    if own is None or own == unit:
        return np.asarray(value)
    multiply, divide = _core.unit_conversion(_core.unit_numbers(own), _core.unit_numbers(unit))
    return np.asarray(value) * multiply / divide


def _unit_of_result(name: str, method: str, units: list[str | None], inputs: tuple[Any, ...]) -> str | None:
    """The unit of what a ufunc gives; None: a plain number."""
    if name in _SAME_UNIT:
        return next((unit for unit in units if unit is not None), None)
    if name in _POWERS:
        return _product([(units[0], _POWERS[name])])
    if method not in ('__call__', 'outer'):
        return None
    if name in _PRODUCTS:
        return units[0] or units[1] if None in units else _product([(unit, 1.0) for unit in units])
    if name in _QUOTIENTS:
        return units[0] if units[1] is None else _product([(units[0], 1.0), (units[1], -1.0)])
    if name == 'power' and units[1] is None and np.ndim(inputs[1]) == 0:
        return _product([(units[0], float(inputs[1]))])
    return None


class Leaf(np.ndarray[Any, Any]):
    """A read-only array in a file, with the unit of its numbers.

    Shape, dtype and unit are known without reading; the numbers are read from
    the disk when they are used.

    Sums, differences, products, quotients, powers, means and the like keep the
    unit or make the one that follows. A plain number counts as one of the
    leaf's unit; leaves of different units are converted to the first one's, or
    raise ValueError. Other functions (``np.exp``) and single elements give
    plain numbers.

    Attributes
    ----------
    unit : str or None
        'mV'; None for plain arrays.
    """

    unit: str | None

    def __array_finalize__(self, other: Any) -> None:
        self.unit = getattr(other, 'unit', None)

    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, **options: Any) -> Any:
        units = [getattr(value, 'unit', None) for value in inputs]
        name = ufunc.__name__
        first = next((unit for unit in units if unit is not None), None)
        try:
            if first is not None and (name in _SAME_UNIT or name in _COMPARE):
                plain = tuple(_in_unit(value, first) for value in inputs)
            else:
                plain = tuple(np.asarray(v) if isinstance(v, Leaf) else v for v in inputs)
            unit = _unit_of_result(name, method, units, plain) if first is not None else None
        except CoreError as error:
            raise ValueError(f'{name}: {error.message}') from error
        outputs = options.get('out')
        if outputs is not None:
            options['out'] = tuple(np.asarray(o) if isinstance(o, Leaf) else o for o in outputs)
        if isinstance(options.get('where'), Leaf):
            options['where'] = np.asarray(options['where'])
        result = getattr(ufunc, method)(*plain, **options)
        if outputs is not None and isinstance(outputs[0], Leaf):
            outputs[0].unit = unit
            return outputs[0]
        return result if unit is None or isinstance(result, tuple) else with_unit(result, unit)

    def __repr__(self) -> str:
        text = repr(np.asarray(self))
        return text if self.unit is None else f'{text[:-1]}, unit={self.unit!r})'

    def __str__(self) -> str:
        text = str(np.asarray(self))
        return text if self.unit is None else f'{text} {self.unit}'


def with_unit(array: Any, unit: str | None) -> Leaf:
    leaf = np.asarray(array).view(Leaf)
    leaf.unit = unit
    return leaf


def leaf_of_file(array: Any, unit: str | None) -> Leaf:
    leaf = with_unit(array, unit)
    leaf.flags.writeable = False
    return leaf
