"""Which types can be saved: Python's own, numpy's, and those of packages that are loaded."""

from __future__ import annotations

import numpy as np

from . import _arrays, _containers, _generators, _quantities, _registry, _states
from ._packages import find

_registry.register(list, _containers.list_to_state, _containers.list_from_state)
_registry.register(tuple, _containers.list_to_state, _containers.tuple_from_state)
_registry.register(dict, _containers.dict_to_state, _containers.dict_from_state)
_registry.register(
    _registry.NamedTuple, _containers.namedtuple_to_state, _containers.namedtuple_from_state
)
_registry.register(np.ndarray, _arrays.array_to_state, _arrays.array_from_state)
_registry.register(np.generic, _arrays.array_to_state, _arrays.array_from_state)


def _register_loaded() -> None:
    if array := find('array', ('jax', 'Array')):
        _registry.register(array, _arrays.array_to_state, _arrays.array_from_state)
    if partial := find('partial', ('jax', 'tree_util.Partial')):
        _registry.register(partial, _states.partial_to_state, _states.partial_from_state)
    if quantity := find('quantity', ('saiunit', 'Quantity'), ('brainunit', 'Quantity')):
        _registry.register(
            quantity, _quantities.quantity_to_state, _quantities.quantity_from_state
        )
    if state := find('state', ('brainstate', 'State')):
        _registry.register(state, _states.state_to_state, _states.state_from_state)
    if generator := find('generator', ('numpy.random', 'Generator')):
        _registry.register(
            generator, _generators.generator_to_state, _generators.generator_from_state
        )
    if bit_generator := find('bit generator', ('numpy.random', 'BitGenerator')):
        _registry.register(
            bit_generator,
            _generators.bit_generator_to_state,
            _generators.bit_generator_from_state,
        )
    if random_state := find('random state', ('numpy.random', 'RandomState')):
        _registry.register(
            random_state, _generators.random_state_to_state, _generators.random_state_from_state
        )
    if random := find('random', ('random', 'Random')):
        _registry.register(random, _generators.random_to_state, _generators.random_from_state)
    find('flatted', ('brainstate', 'util.FlattedDict'))


_registry.loaders.append(_register_loaded)
