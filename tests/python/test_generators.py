"""Random generators go on exactly where they were saved."""

import random
import warnings

import brainstate
import braintools.file as braintools
import jax
import jax.numpy as jnp
import msgpack
import numpy as np
import optax
import pytest
from same import assert_same, outcome

import torpor

BIT_GENERATORS = ('PCG64', 'PCG64DXSM', 'MT19937', 'Philox', 'SFC64')


def numpy_draws(generator):
    """Also what is kept between draws: half of a 64-bit number, and what spawn depends on."""
    half = generator.integers(10, dtype=np.uint32, size=3).tolist()
    spawned = generator.spawn(2)[1].random(2).tolist() if generator.bit_generator.seed_seq else None
    return half, generator.normal(size=3).tolist(), generator.permutation(9).tolist(), spawned


def state_draws(state):
    return state.normal(size=3).tolist(), state.randint(0, 9, 5).tolist()


def random_draws(generator):
    return [generator.gauss(0, 1) for _ in range(3)], generator.sample(range(99), 5), generator.random()


def numpy_generator(name, seed):
    generator = np.random.Generator(getattr(np.random, name)(seed))
    generator.spawn(2)
    generator.integers(10, dtype=np.uint32)  # the other half of its 64 bits stays
    return generator


def random_state(seed):
    state = np.random.RandomState(seed)
    state.normal()  # of two, one stays
    return state


def python_random(seed):
    generator = random.Random(seed)
    generator.gauss(0, 1)
    return generator


# name -> (seed -> generator, generator -> draws)
GENERATORS = {
    **{name: (lambda seed, name=name: numpy_generator(name, seed), numpy_draws) for name in BIT_GENERATORS},
    'seeded by a list': (lambda seed: np.random.default_rng([seed, 2**70, 3]), numpy_draws),
    'seeded by nothing': (lambda seed: np.random.default_rng(), numpy_draws),
    'a spawned one': (lambda seed: np.random.default_rng(seed).spawn(3)[2], numpy_draws),
    'legacy bits': (lambda seed: np.random.Generator(np.random.RandomState(seed)._bit_generator), lambda g: g.normal(size=4).tolist()),
    'bit generator': (lambda seed: np.random.PCG64(seed), lambda g: g.random_raw(4).tolist()),
    'RandomState': (random_state, state_draws),
    'RandomState of Philox': (lambda seed: np.random.RandomState(np.random.Philox(seed)), state_draws),
    'random.Random': (python_random, random_draws),
}


@pytest.mark.parametrize('name', GENERATORS)
def test_goes_on(name, path):
    make, draws = GENERATORS[name]
    generator = make(1)
    torpor.msgpack_save(path, {'g': [generator]})
    expected = draws(generator)
    template = make(2)
    for strict in (False, True):
        restored = torpor.msgpack_load(path, {'g': [template]}, strict=strict)['g'][0]
        assert type(restored) is type(generator) and restored is not template
        assert draws(restored) == expected
    assert draws(template) == draws(make(2)) or name == 'seeded by nothing'


@pytest.mark.parametrize('name', BIT_GENERATORS)
def test_state_of_numpy_as_a_dict(name, path):
    state = getattr(np.random, name)(1).state
    torpor.msgpack_save(path, {'deep': [{'rng': state}]})
    assert_same(torpor.msgpack_load(path)['deep']['0']['rng'], state)
    assert_same(torpor.msgpack_load(path, {'deep': [{'rng': getattr(np.random, name)(2).state}]})['deep'][0]['rng'], state)
    loaded = braintools.msgpack_load(path)['deep']['0']['rng']
    if name.startswith('PCG64'):
        assert int.from_bytes(loaded['state']['inc'].data, 'little', signed=True) == state['state']['inc']
    with torpor.open(path) as opened:
        assert opened['deep/0/rng/bit_generator'] == name
    assert torpor.verify(path)


@pytest.mark.parametrize('number', [2**64, -(2**63) - 1, 2**127, 2**128 - 1, -(2**127), 2**1000])
def test_wide_integers_of_generators_only(number, path):
    torpor.msgpack_save(path, {'bit_generator': 'x', 'n': [number, -number]})
    assert torpor.msgpack_load(path) == {'bit_generator': 'x', 'n': {'0': number, '1': -number}}
    for value in ({'n': number}, [{'bit_generator': 'x'}, number], {'bit_generator': 1, 'n': number}):
        with pytest.raises(OverflowError):
            torpor.msgpack_save(path, value)
    torpor.braintools_compat(True)
    try:
        with pytest.raises(OverflowError):
            torpor.msgpack_save(path, {'bit_generator': 'x', 'n': number})
    finally:
        torpor.braintools_compat(False)



@pytest.mark.parametrize('target', [np.random.default_rng(1), random.Random(1), np.random.RandomState(1)])
def test_states_that_nobody_saved(target):
    """Whatever stands in the place of a part of the state: ValueError, or the template's generator."""
    state = torpor.msgpack_to_state_dict(target)
    for key in state:
        for value in (np.zeros((2, 2)), np.zeros(2), {}, {'entropy': {'a': 1}}, {'entropy': np.float32(3)}, None, 'x', -1):
            if value is None and key == 'gauss_next':
                continue
            changed = {**state, key: value}
            with warnings.catch_warnings():
                warnings.simplefilter('ignore')
                kept = torpor.msgpack_from_state_dict(target, changed, mismatch='ignore')
            assert type(kept) is type(target)
            if kept is target:
                with pytest.raises(ValueError, match='random generator'):
                    torpor.msgpack_from_state_dict(target, changed)


def test_states_of_random_random_as_a_tuple(path):
    state = random.Random(3).getstate()
    torpor.msgpack_save(path, state)
    assert torpor.msgpack_load(path, random.Random(4).getstate()) == state


KEYS = {
    'one': lambda seed: jax.random.key(seed),
    'several': lambda seed: jax.random.split(jax.random.key(seed), (2, 3)),
    'rbg': lambda seed: jax.random.key(seed, impl='rbg'),
    'none': lambda seed: jax.random.split(jax.random.key(seed), 0),
}


@pytest.mark.parametrize('name', KEYS)
def test_keys_of_jax(name, path):
    keys = KEYS[name](1)
    torpor.msgpack_save(path, {'k': keys, 'state': brainstate.State(keys)})
    loaded = torpor.msgpack_load(path, {'k': KEYS[name](2), 'state': brainstate.State(KEYS[name](2))}, strict=True)
    for restored in (loaded['k'], loaded['state'].value):
        assert restored.dtype == keys.dtype and restored.shape == keys.shape
        assert_same(jax.random.key_data(restored), jax.random.key_data(keys))
    if name == 'one':
        assert jax.random.normal(loaded['k'], 3).tolist() == jax.random.normal(keys, 3).tolist()


def test_optax_with_a_key(path):
    parameters = {'w': jnp.ones(3)}
    optimizer = optax.noisy_sgd(1e-2, key=jax.random.key(7))
    state = optimizer.init(parameters)
    gradient = {'w': jnp.ones(3)}
    _, state = optimizer.update(gradient, state, parameters)
    torpor.msgpack_save(path, state)
    restored = torpor.msgpack_load(path, optimizer.init(parameters))
    expected, _ = optimizer.update(gradient, state, parameters)
    update, _ = optimizer.update(gradient, restored, parameters)
    assert_same(update, expected)


# ---- what does not fit ----

WRONG = {
    'another bit generator': (lambda: np.random.default_rng(1), lambda: np.random.Generator(np.random.Philox(1))),
    'an array': (lambda: np.arange(3), lambda: np.random.default_rng(1)),
    'a part is missing': (lambda: {'bit_generator': 'PCG64', 'state': {'state': 1}}, lambda: np.random.default_rng(1)),
    'a part of another kind': (
        lambda: {**np.random.PCG64(1).state, 'state': {'state': 's', 'inc': 1}}, lambda: np.random.default_rng(1)
    ),
    'a negative number': (
        lambda: {**np.random.PCG64(1).state, 'state': {'state': -1, 'inc': 1}}, lambda: np.random.default_rng(1)
    ),
    'numbers of another shape': (
        lambda: {'bit_generator': 'MT19937', 'state': {'key': np.zeros(3, np.uint32), 'pos': 1}},
        lambda: np.random.Generator(np.random.MT19937(1)),
    ),
    'RandomState': (lambda: random.Random(1), lambda: np.random.RandomState(1)),
    'random.Random': (lambda: np.random.RandomState(1), lambda: random.Random(1)),
    'a position beyond the end': (
        lambda: {
            'bit_generator': 'random.Random', 'version': 3, 'state': np.full(625, 9999, np.uint32), 'gauss_next': None
        },
        lambda: random.Random(1),
    ),
    'another kind of key': (lambda: jax.random.key(1), lambda: jax.random.key(1, impl='rbg')),
    'more keys': (lambda: jax.random.split(jax.random.key(1), 3), lambda: jax.random.split(jax.random.key(1), 2)),
    'numbers for a key': (lambda: jax.random.PRNGKey(1), lambda: jax.random.key(1)),
    'no numbers of a key': (
        lambda: {'impl': 'threefry2x32', 'key_data': np.zeros((2, 3), np.uint32)}, lambda: jax.random.key(1)
    ),
}


@pytest.mark.parametrize('name', WRONG)
def test_what_does_not_fit(name, path):
    saved, make = WRONG[name]
    torpor.msgpack_save(path, {'r': saved()})
    error, _ = outcome(torpor.msgpack_load, path, {'r': make()})
    assert type(error) is ValueError and str(error).endswith('at path ./r'), error
    template = make()
    kept, warnings = outcome(torpor.msgpack_load, path, {'r': template}, mismatch='warn')
    assert kept['r'] is template and warnings == [f'UserWarning: {error}']


def test_what_cannot_be_saved(path):
    with pytest.raises(NotImplementedError):
        torpor.msgpack_save(path, {'r': random.SystemRandom()})
    torpor.msgpack_register_serialization(
        Holder, lambda x: {'e': msgpack.ExtType(84, b'x')}, lambda x, state, mismatch: x
    )
    with pytest.raises(ValueError, match='Extension 84 is an integer'):
        torpor.msgpack_save(path, Holder())


class Holder:
    pass
