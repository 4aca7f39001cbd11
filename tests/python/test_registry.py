"""Types of the user: which functions count, what they are given, what their results may be."""

import brainstate
import brainunit as u
import jax.numpy as jnp
import msgpack
import numpy as np
import pytest
from braintools.file import _msg_checkpoint as theirs
from same import assert_same, described, outcome

import torpor
from torpor import _registry


@pytest.fixture(autouse=True)
def _forget_registrations():
    _registry.register_loaded()
    before = dict(_registry._STATE_DICT_REGISTRY), dict(theirs._STATE_DICT_REGISTRY)
    yield
    for registry, kept in zip((_registry._STATE_DICT_REGISTRY, theirs._STATE_DICT_REGISTRY), before):
        registry.clear()
        registry.update(kept)
    _registry.forget()


class Layer:
    def __init__(self, weight, bias):
        self.weight, self.bias = weight, bias


class Dense(Layer):
    pass


class Conv(Dense):
    pass


def layer_to_state(layer):
    return {'weight': layer.weight, 'bias': layer.bias}


def layer_from_state(layer, state, mismatch='error'):
    return type(layer)(state['weight'], state['bias'])


class Block:
    """Holds objects of a registered class."""

    def __init__(self, layers, gain):
        self.layers, self.gain = layers, gain


def block_to_state(block):
    return {
        'layers': torpor.msgpack_to_state_dict(block.layers),
        'gain': torpor.msgpack_to_state_dict(block.gain),
    }


def block_from_state(block, state, mismatch='error'):
    return Block(
        torpor.msgpack_from_state_dict(block.layers, state['layers'], 'layers', mismatch),
        torpor.msgpack_from_state_dict(block.gain, state['gain'], 'gain', mismatch),
    )


def register_both(*arguments, **options):
    torpor.msgpack_register_serialization(*arguments, **options)
    theirs.msgpack_register_serialization(*arguments, **options)


def test_round_trip_and_bytes(tmp_path):
    register_both(Layer, layer_to_state, layer_from_state)
    value = {'l': Layer(np.ones((2, 2)), None), 'n': [Layer(1, 2), Layer(jnp.ones(2), b'x')]}
    ours, their = tmp_path / 'ours', tmp_path / 'theirs'
    torpor.msgpack_save(ours, value)
    theirs.msgpack_save(their, value)
    assert ours.read_bytes() == their.read_bytes()
    template = {'l': Layer(0, 0), 'n': [Layer(0, 0), Layer(0, 0)]}
    loaded = torpor.msgpack_load(ours, template)
    assert type(loaded['l']) is Layer and type(loaded['n'][1]) is Layer
    assert_same(loaded['l'].weight, np.ones((2, 2)))
    assert loaded['n'][0].bias == 2


def test_registered_twice():
    register_both(Layer, layer_to_state, layer_from_state)
    for module in (torpor, theirs):
        with pytest.raises(ValueError) as error:
            module.msgpack_register_serialization(Layer, layer_to_state, layer_from_state)
        assert str(error.value) == 'a serialization handler for "Layer" is already registered'


def test_override(path):
    torpor.msgpack_register_serialization(Layer, layer_to_state, layer_from_state)
    torpor.msgpack_save(path, {'l': Layer(1, 2)})
    torpor.msgpack_register_serialization(
        Layer, lambda layer: {'w': layer.weight}, lambda layer, state, mismatch: state['w'], override=True
    )
    torpor.msgpack_save(path, {'l': Layer(1, 2)})
    assert torpor.msgpack_load(path) == {'l': {'w': 1}}
    assert torpor.msgpack_load(path, {'l': Layer(0, 0)}) == {'l': 1}


@pytest.mark.parametrize('order', [0, 1])
def test_the_most_specific_class_wins(order, path):
    registrations = [
        (Layer, lambda x: {'as': 'Layer'}, lambda x, state, mismatch: 'Layer'),
        (Dense, lambda x: {'as': 'Dense'}, lambda x, state, mismatch: 'Dense'),
    ]
    for registration in registrations[::-1] if order else registrations:
        torpor.msgpack_register_serialization(*registration)
    value = {'l': Layer(1, 2), 'd': Dense(1, 2), 'c': Conv(1, 2)}
    torpor.msgpack_save(path, value)
    assert torpor.msgpack_load(path) == {'l': {'as': 'Layer'}, 'd': {'as': 'Dense'}, 'c': {'as': 'Dense'}}
    assert torpor.msgpack_load(path, value) == {'l': 'Layer', 'd': 'Dense', 'c': 'Dense'}


def test_nested_registered_classes(path):
    torpor.msgpack_register_serialization(Layer, layer_to_state, layer_from_state)
    torpor.msgpack_register_serialization(Block, block_to_state, block_from_state)
    torpor.msgpack_save(path, {'b': Block([Layer(np.ones(2), 1), Layer(3, 4)], 2.0 * u.mV)})
    template = {'b': Block([Layer(0, 0), Layer(0, 0)], 0.0 * u.mV)}
    block = torpor.msgpack_load(path, template)['b']
    assert_same(block.layers[0].weight, np.ones(2))
    assert block.layers[1].bias == 4 and block.gain == 2.0 * u.mV


def test_path_of_a_mismatch_in_a_registered_class(path):
    torpor.msgpack_register_serialization(Block, block_to_state, block_from_state)
    torpor.msgpack_save(path, {'b': Block([1, 2], 2.0 * u.mV)})
    for mismatch, template in (('layers', Block([1], 1.0 * u.mV)), ('gain', Block([1, 2], 1.0 * u.ms))):
        with pytest.raises(ValueError, match=f'at path ./b/{mismatch}$'):
            torpor.msgpack_load(path, {'b': template})


def test_mismatch_mode_reaches_the_function(path):
    seen = []
    torpor.msgpack_register_serialization(
        Layer, layer_to_state, lambda layer, state, mismatch: seen.append(mismatch)
    )
    torpor.msgpack_save(path, {'l': Layer(1, 2)})
    for mode in ('error', 'warn', 'ignore'):
        torpor.msgpack_load(path, {'l': Layer(0, 0)}, mismatch=mode)
    assert seen == ['error', 'warn', 'ignore']


class Recorder(brainstate.ShortTermState):
    pass


def test_subclasses_of_state(path):
    value = {'r': Recorder(jnp.arange(3.0)), 'p': brainstate.ParamState(jnp.ones(2) * u.mV)}
    torpor.msgpack_save(path, value)
    template = {'r': Recorder(jnp.zeros(3)), 'p': brainstate.ParamState(jnp.zeros(2) * u.mV)}
    loaded = torpor.msgpack_load(path, template)
    assert loaded['r'] is template['r'] and type(loaded['r']) is Recorder
    assert_same(loaded['r'].value, jnp.arange(3.0))
    assert loaded['p'].value.unit == u.mV


def test_a_registered_subclass_of_state(path):
    torpor.msgpack_register_serialization(
        Recorder, lambda x: {'history': x.value}, lambda x, state, mismatch: ('rebuilt', state['history'])
    )
    torpor.msgpack_save(path, {'r': Recorder(np.float64(3)), 's': brainstate.ShortTermState(np.float64(4))})
    assert torpor.msgpack_load(path) == {'r': {'history': 3.0}, 's': 4.0}
    assert torpor.msgpack_load(path, {'r': Recorder(0)}) == {'r': ('rebuilt', 3.0)}


class Loud(dict):
    pass


def test_a_registered_subclass_of_dict_and_builtin_types(tmp_path):
    register_both(Loud, lambda x: {'loud': True}, lambda x, state, mismatch='error': Loud())
    register_both(int, lambda x: {'int': float(x)}, lambda x, state, mismatch='error': int(state['int']))
    value = {'l': Loud(a=1), 'd': {'a': 1}, 'b': True}
    ours, their = tmp_path / 'ours', tmp_path / 'theirs'
    torpor.msgpack_save(ours, value)
    theirs.msgpack_save(their, value)
    assert ours.read_bytes() == their.read_bytes()
    assert torpor.msgpack_load(ours, value) == theirs.msgpack_load(their, value)


RESULTS = {
    'array': lambda: {'a': np.arange(3), 'j': jnp.ones(2)},
    'raw list': lambda: {'l': [1, [2.0, None], {'x': 'y'}]},
    'not a dict': lambda: 5,
    'array itself': lambda: np.ones(2),
    'raw dict': lambda: {'d': {'x': {'y': b'z'}}},
    'timestamp': lambda: {'t': msgpack.Timestamp(3, 4)},
    'ExtType': lambda: {'e': msgpack.ExtType(9, b'abc')},
    'tuple': lambda: {'t': (1, 2)},
    'quantity': lambda: {'q': 1.0 * u.mV},
    'state': lambda: {'s': brainstate.State(1)},
    'keys': lambda: {1: 2},
    'dict subclass': lambda: {'d': Loud()},
}


@pytest.mark.parametrize('name', RESULTS)
def test_results_of_registered_functions(name, tmp_path):
    register_both(Layer, lambda layer: RESULTS[name](), layer_from_state)
    ours, their = str(tmp_path / 'ours'), str(tmp_path / 'theirs')
    expected, _ = outcome(theirs.msgpack_save, their, {'l': Layer(1, 2)})
    result, _ = outcome(torpor.msgpack_save, ours, {'l': Layer(1, 2)})
    if isinstance(expected, Exception):
        assert described(result) == described(expected)
    else:
        assert open(ours, 'rb').read() == open(their, 'rb').read()
        assert_same(torpor.msgpack_load(ours), theirs.msgpack_load(their))


def test_an_error_in_a_registered_function_comes_through(path):
    class Broken:
        pass

    def fail(*_):
        raise LookupError('no state')

    torpor.msgpack_register_serialization(Broken, fail, fail)
    with pytest.raises(LookupError, match='no state') as error:
        torpor.msgpack_save(path, {'a': [Broken()]})
    assert error.value.__notes__ == ["while saving the value at path 'a/0'"]
    torpor.msgpack_save(path, {'a': {'s': 1}, 'b': 1})
    state = brainstate.State(7)
    with pytest.raises(LookupError):
        torpor.msgpack_load(path, {'b': state, 'a': Broken()})
    assert state.value == 7
    assert torpor._context.context.path == []
