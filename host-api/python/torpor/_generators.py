"""How random generators are saved and restored: those of numpy, and Python's random.Random.

A generator comes back as a new one, in the very state of the one that was saved.
Its state is a dict of what the generator itself gives; integers of 128 bits are
an extension of the file (see src/walk_packed.c)."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Any

import numpy as np

from ._context import current_path
from ._mismatch import MismatchMode, keep_target, wrong_kind
from ._registry import msgpack_to_state_dict


def _plain(value: Any) -> Any:
    """Lists and tuples as dicts, scalars of numpy as Python's: what a state dict is made of."""
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    return msgpack_to_state_dict(value)


def _same_form(expected: Any, found: Any) -> bool:
    """Whether a state from a file has the parts of one that the template gives."""
    if isinstance(expected, Mapping):
        return (
            isinstance(found, Mapping)
            and expected.keys() <= found.keys()
            and all(_same_form(expected[key], found[key]) for key in expected)
        )
    if isinstance(expected, np.ndarray):
        return (
            isinstance(found, np.ndarray)
            and found.dtype == expected.dtype
            and found.shape == expected.shape
        )
    number = (int, float)
    return isinstance(found, number if isinstance(expected, number) else type(expected))


def _kind_of(state: Any) -> str | None:
    kind = state.get('bit_generator') if isinstance(state, Mapping) else None
    return kind if isinstance(kind, str) else None


def _restore_with(
    x: Any, state: Any, expected: Any, make: Any, mismatch: MismatchMode
) -> Any:
    """make(): the generator of a state that has the form of the template's."""
    kind = _kind_of(expected)
    if not isinstance(state, Mapping):
        return wrong_kind(x, f'a random generator ({kind})', state, mismatch)
    if _kind_of(state) != kind or not _same_form(expected, state):
        return keep_target(
            x,
            f'Kind mismatch: expected the state of a random generator ({kind}), got '
            f'{_kind_of(state) or "another dict"} at path {current_path()}',
            mismatch,
        )
    try:
        return make()
    except (TypeError, ValueError, OverflowError, LookupError, AttributeError) as error:
        return keep_target(
            x,
            f'Kind mismatch: expected the state of a random generator ({kind}), got an '
            f'invalid one ({error}) at path {current_path()}',
            mismatch,
        )


# ---- numpy.random.Generator and its bit generators ----

_SEED_PARTS = ('entropy', 'spawn_key', 'pool_size', 'n_children_spawned')


def _seed_state(bit_generator: Any) -> dict[str, Any] | None:
    """What the generators that spawn() gives depend on."""
    seed = getattr(bit_generator, 'seed_seq', None)
    if type(seed) is not np.random.SeedSequence:
        return None
    entropy = seed.entropy
    if isinstance(entropy, (list, tuple, np.ndarray)):
        entropy = [int(number) for number in entropy]
    parts = {part: getattr(seed, part) for part in _SEED_PARTS}
    state: dict[str, Any] = _plain({**parts, 'entropy': entropy, 'spawn_key': list(seed.spawn_key)})
    return state


def _numbers(state: Any) -> Any:
    """A list again, as list_to_state has made it a dict."""
    return [state[str(i)] for i in range(len(state))] if isinstance(state, Mapping) else state


def _seed_sequence(state: Any) -> Any:
    return np.random.SeedSequence(
        _numbers(state['entropy']),
        spawn_key=tuple(_numbers(state['spawn_key'])),
        pool_size=state['pool_size'],
        n_children_spawned=state['n_children_spawned'],
    )


def bit_generator_to_state(x: Any) -> dict[str, Any]:
    state: dict[str, Any] = _plain(x.state)
    seed = _seed_state(x)
    return state if seed is None else {**state, 'seed_seq': seed}


def _made_bit_generator(x: Any, state: Any) -> Any:
    seed = state.get('seed_seq')
    made = copy.deepcopy(x) if seed is None else type(x)(_seed_sequence(seed))
    made.state = {key: value for key, value in state.items() if key != 'seed_seq'}
    return made


def bit_generator_from_state(x: Any, state: Any, mismatch: MismatchMode = 'error') -> Any:
    return _restore_with(x, state, _plain(x.state), lambda: _made_bit_generator(x, state), mismatch)


def generator_to_state(x: Any) -> dict[str, Any]:
    return bit_generator_to_state(x.bit_generator)


def generator_from_state(x: Any, state: Any, mismatch: MismatchMode = 'error') -> Any:
    old = x.bit_generator
    return _restore_with(
        x, state, _plain(old.state), lambda: type(x)(_made_bit_generator(old, state)), mismatch
    )


# ---- numpy.random.RandomState ----


def random_state_to_state(x: Any) -> dict[str, Any]:
    state: dict[str, Any] = _plain(x.get_state(legacy=False))
    return state


def random_state_from_state(x: Any, state: Any, mismatch: MismatchMode = 'error') -> Any:
    def make() -> Any:
        made = copy.deepcopy(x)
        made.set_state(dict(state))
        return made

    return _restore_with(x, state, random_state_to_state(x), make, mismatch)


# ---- random.Random ----


def random_to_state(x: Any) -> dict[str, Any]:
    version, numbers, gauss_next = x.getstate()
    return {
        'bit_generator': 'random.Random',
        'version': version,
        'state': np.array(numbers, np.uint32),
        'gauss_next': gauss_next,
    }


def random_from_state(x: Any, state: Any, mismatch: MismatchMode = 'error') -> Any:
    def make() -> Any:
        made = copy.copy(x)
        numbers = tuple(state['state'].tolist())
        made.setstate((state['version'], numbers, state['gauss_next']))
        return made

    expected = random_to_state(x)
    del expected['gauss_next']  # None, or a float
    return _restore_with(x, state, expected, make, mismatch)
