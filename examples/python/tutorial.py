"""The checkpointing tutorial of BrainTools, step by step, with torpor in place of braintools.file.

    python tutorial.py [FOLDER]

Every step says what it shows, and checks it.
"""

import os
import sys
import tempfile
import time
import warnings

import brainstate
import brainunit as u
import jax
import jax.numpy as jnp
import numpy as np

import torpor
import train


def simple_data(folder):
    """Nested dicts of arrays and numbers come back as they were, arrays as numpy arrays."""
    path = f'{folder}/model_checkpoint.msgpack'
    model = {
        'weights': jnp.array([[1.0, 2.0], [3.0, 4.0]]),
        'bias': jnp.array([0.1, 0.2]),
        'config': {'learning_rate': 0.001, 'batch_size': 32},
    }
    torpor.msgpack_save(path, model, verbose=True)
    loaded = torpor.msgpack_load(path, verbose=True)
    print(f"weights {loaded['weights'].shape}, config {loaded['config']}")
    assert (loaded['weights'] == model['weights']).all() and loaded['config'] == model['config']


def template(folder):
    """A template gives structure and types: what does not fit is an error."""
    path = f'{folder}/model_checkpoint.msgpack'
    target = {
        'weights': jnp.zeros((2, 2)),
        'bias': jnp.zeros(2),
        'config': {'learning_rate': 0.0, 'batch_size': 0},
    }
    loaded = torpor.msgpack_load(path, target=target, verbose=True)
    assert loaded['config']['batch_size'] == 32
    try:
        torpor.msgpack_load(path, target={**target, 'bias': jnp.zeros(3)})
    except ValueError as error:
        print(f'refused: {error}')
    else:
        raise AssertionError('another shape was accepted')


class SimpleModel(brainstate.nn.Module):
    def __init__(self, weight):
        super().__init__()
        self.weight = brainstate.ParamState(jnp.full((2, 2), weight))
        self.bias = brainstate.ParamState(jnp.array([0.1, 0.2]) * weight)
        self.running_mean = brainstate.State(jnp.zeros(2) + weight)


def module_states(folder):
    """The states of a brainstate module are restored in place, in a new module."""
    path = f'{folder}/model_state.msgpack'
    model = SimpleModel(3.0)
    value = {'model_state': model.states(), 'training_step': 1000, 'epoch': 10}
    torpor.msgpack_save(path, value, verbose=True)

    new_model = SimpleModel(0.0)
    target = {'model_state': new_model.states(), 'training_step': 0, 'epoch': 0}
    restored = torpor.msgpack_load(path, target=target, verbose=True)
    print(f"restored to epoch {restored['epoch']}, step {restored['training_step']}")
    for name in ('weight', 'bias', 'running_mean'):
        assert (getattr(new_model, name).value == getattr(model, name).value).all()


class CustomLayer:
    def __init__(self, input_size, output_size):
        self.input_size = input_size
        self.output_size = output_size
        self.weights = brainstate.random.randn(input_size, output_size)
        self.bias = jnp.zeros(output_size)


def layer_to_state_dict(layer):
    return {
        'input_size': layer.input_size,
        'output_size': layer.output_size,
        'weights': layer.weights,
        'bias': layer.bias,
    }


def layer_from_state_dict(layer, state_dict, mismatch='error'):
    restored = CustomLayer(state_dict['input_size'], state_dict['output_size'])
    restored.weights = state_dict['weights']
    restored.bias = state_dict['bias']
    return restored


def custom_objects(folder):
    """A class of yours is saved and restored by two functions that you register."""
    torpor.msgpack_register_serialization(CustomLayer, layer_to_state_dict, layer_from_state_dict)
    path = f'{folder}/custom_layer.msgpack'
    layer = CustomLayer(10, 5)
    torpor.msgpack_save(path, {'my_layer': layer, 'metadata': {'version': '1.0'}}, verbose=True)
    target = {'my_layer': CustomLayer(10, 5), 'metadata': {'version': ''}}
    loaded = torpor.msgpack_load(path, target=target, verbose=True)
    print(f"layer of shape {loaded['my_layer'].weights.shape}, version {loaded['metadata']['version']}")
    assert type(loaded['my_layer']) is CustomLayer
    assert (loaded['my_layer'].weights == layer.weights).all()


def mismatches(folder):
    """A model that has grown: an error, a warning, or silence; what is new keeps its own value."""
    path = f'{folder}/original.msgpack'
    torpor.msgpack_save(path, {
        'layer1': {'weights': jnp.ones((5, 3)), 'bias': jnp.zeros(3)},
        'layer2': {'weights': jnp.ones((3, 2)), 'bias': jnp.zeros(2)},
        'config': {'lr': 0.01},
    }, verbose=True)
    grown = {
        'layer1': {'weights': jnp.zeros((5, 3)), 'bias': jnp.zeros(3)},
        'layer2': {'weights': jnp.zeros((3, 2)), 'bias': jnp.zeros(2)},
        'layer3': {'weights': jnp.full((2, 1), 7.0), 'bias': jnp.zeros(1)},
        'config': {'lr': 0.001, 'momentum': 0.9},
    }
    try:
        torpor.msgpack_load(path, target=grown, mismatch='error', verbose=True)
    except ValueError as error:
        print(f'error: {error}')
    else:
        raise AssertionError('a missing layer was accepted')

    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter('always')
        loaded = torpor.msgpack_load(path, target=grown, mismatch='warn', verbose=True)
    for warning in caught:
        print(f'warn: {warning.message}')
    assert len(caught) == 2  # the layer and the key of the configuration
    with warnings.catch_warnings():
        warnings.simplefilter('error')
        silent = torpor.msgpack_load(path, target=grown, mismatch='ignore', verbose=True)
    for result in (loaded, silent):
        assert (result['layer1']['weights'] == 1).all()
        assert (result['layer3']['weights'] == 7).all()
        assert result['config'] == {'lr': 0.01, 'momentum': 0.9}


def in_the_background(folder):
    """Large models: the caller waits for a copy, not for encoding and writing."""
    path = f'{folder}/large_model.msgpack'
    model = {
        'embeddings': brainstate.random.randn(100000, 512),
        'weights': [brainstate.random.normal(size=(512, 512)) for _ in range(10)],
        'step': 5000,
    }
    jax.block_until_ready(model)
    with torpor.AsyncManager(max_workers=2) as manager:
        begin = time.perf_counter()
        torpor.msgpack_save(path, model, async_manager=manager, verbose=True)
        print(f'initiated after {time.perf_counter() - begin:.2f} s')
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter('always')
            torpor.msgpack_save(path, model, async_manager=manager, verbose=True)
        for warning in caught:  # if the first one was not done yet
            print(f'warn: {warning.message}')
        manager.wait_previous_save()
        print(f'completed after {time.perf_counter() - begin:.2f} s')
    with torpor.open(path) as checkpoint:
        assert checkpoint['embeddings'].shape == (100000, 512)
        assert (checkpoint['embeddings'] == np.asarray(model['embeddings'])).all()
        assert (checkpoint['weights/9'] == np.asarray(model['weights'][9])).all()
    os.remove(path)


def quantities(folder):
    """Values and units come back as saved, with and without a template."""
    path = f'{folder}/physics_model.msgpack'
    model = {
        'time_constant': 10.0 * u.ms,
        'resistance': 100.0 * u.mohm,
        'capacitance': 200.0 * u.pF,
        'voltage_threshold': -50.0 * u.mV,
    }
    torpor.msgpack_save(path, model, verbose=True)
    loaded = torpor.msgpack_load(path, target=dict(model), verbose=True)
    for name, quantity in model.items():
        print(f'{name}: {loaded[name]}')
        assert loaded[name].mantissa == quantity.mantissa and loaded[name].unit == quantity.unit
    plain = torpor.msgpack_load(path, verbose=True)
    for name, quantity in model.items():
        parts = plain[name]
        unit = u.Unit(u.Dimension(parts['dim']), parts['scale'], parts['base'], parts['factor'])
        assert parts['mantissa'] == quantity.mantissa and unit == quantity.unit
    # Another unit of the same dimension in the template: converted.
    in_volt = torpor.msgpack_load(path, target={'voltage_threshold': 0.0 * u.volt})
    print(f"in the template's unit: {in_volt['voltage_threshold']}")
    assert in_volt['voltage_threshold'].mantissa == -0.05


def nested_structures(folder):
    """Encoder, decoder and optimizer, deeply nested."""
    path = f'{folder}/complex_model.msgpack'
    sizes = [(100, 64), (64, 32), (32, 64), (64, 100)]
    layers = [{'weights': brainstate.random.randn(*size), 'bias': jnp.zeros(size[1])} for size in sizes]
    model = {
        'encoder': {'layers': layers[:2], 'config': {'activation': 'relu', 'dropout': 0.1}},
        'decoder': {'layers': layers[2:], 'config': {'activation': 'sigmoid'}},
        'optimizer_state': {
            'momentum': [jnp.zeros(size) for size in sizes],
            'learning_rate': 0.001,
            'step': 1000,
        },
    }
    torpor.msgpack_save(path, model, verbose=True)
    loaded = torpor.msgpack_load(path, verbose=True)
    print(f"encoder layers {len(loaded['encoder']['layers'])}, step {loaded['optimizer_state']['step']}")
    restored = torpor.msgpack_load(path, target=model, verbose=True)
    assert jax.tree.structure(restored) == jax.tree.structure(model)
    for a, b in zip(jax.tree.leaves(restored), jax.tree.leaves(model)):
        assert np.asarray(a == b).all()


def version_metadata(folder):
    """Say in the checkpoint what wrote it."""
    path = f'{folder}/versioned_checkpoint.msgpack'
    metadata = {
        'torpor_version': torpor.__version__,
        'model_version': '1.2.0',
        'timestamp': time.time(),
        'training_config': {'lr': 0.001, 'batch_size': 32},
    }
    torpor.msgpack_save(path, {'model': {'weights': jnp.ones((10, 10))}, 'metadata': metadata}, verbose=True)
    assert torpor.msgpack_load(path)['metadata'] == metadata


def safe_load(path, target=None):
    try:
        return torpor.msgpack_load(path, target=target, mismatch='warn', verbose=True)
    except Exception as error:
        print(f'Error loading checkpoint: {error}')
        return None


def safe_loading(folder):
    """A missing or damaged file is one exception to catch."""
    assert safe_load(f'{folder}/nonexistent_checkpoint.msgpack') is None
    assert safe_load(f'{folder}/model_checkpoint.msgpack') is not None
    with open(f'{folder}/cut_off.msgpack', 'wb') as file:
        file.write(b'\x81\xa1a')
    assert safe_load(f'{folder}/cut_off.msgpack') is None


def validation(folder):
    """Shapes that must be right, checked after loading."""
    loaded = torpor.msgpack_load(f'{folder}/model_checkpoint.msgpack', verbose=True)
    for name, shape in {'weights': (2, 2), 'bias': (2,)}.items():
        if loaded[name].shape != shape:
            raise ValueError(f'Shape mismatch for {name}: expected {shape}, got {loaded[name].shape}')
    print('shapes are as expected')


def training(folder):
    """A training loop that checkpoints, is killed, and resumes to the same final weights."""
    assert train.show() == 0


STEPS = [
    simple_data, template, module_states, custom_objects, mismatches, in_the_background, quantities,
    nested_structures, version_metadata, safe_loading, validation, training,
]


def main():
    with tempfile.TemporaryDirectory() as scratch:
        folder = sys.argv[1] if len(sys.argv) > 1 else scratch
        for number, step in enumerate(STEPS, 1):
            print(f'\n== {number}. {step.__doc__}')
            step(folder)
    print(f'\nAll {len(STEPS)} steps are as they should be.')


if __name__ == '__main__':
    main()
