"""A leaf of the template decides the kind of what comes back."""

import os
import subprocess
import sys

import brainstate
import brainunit as u
import jax
import jax.numpy as jnp
import ml_dtypes
import numpy as np
import pytest
from same import assert_same, outcome

import torpor


def resumed(value, template=None, **options):
    """Saved, and loaded into a template, the value itself unless another is given."""
    path = options.pop('path')
    torpor.msgpack_save(path, {'x': value}, fsync=False)
    return torpor.msgpack_load(path, {'x': value if template is None else template}, **options)['x']


JAX = {
    'float32': lambda: jnp.arange(5.0),
    'bfloat16': lambda: jnp.ones((2, 3), jnp.bfloat16),
    'int8': lambda: jnp.arange(4, dtype=jnp.int8),
    'bool': lambda: jnp.arange(4) > 2,
    'complex64': lambda: jnp.ones(2, jnp.complex64) * 1j,
    'empty': lambda: jnp.zeros((0, 3)),
    '0-d': lambda: jnp.float32(3),
    'large': lambda: jnp.arange(500_000.0),
    'weak 0-d': lambda: jnp.asarray(0.1),
    'weak': lambda: jnp.asarray(0.1) + jnp.full((3,), jnp.asarray(2)),
    'old key': lambda: jax.random.PRNGKey(3),
}


@pytest.mark.parametrize('name', JAX)
def test_jax(name, path):
    value = JAX[name]()
    loaded = resumed(value, path=path)
    assert_same(loaded, value)
    assert loaded.weak_type == value.weak_type and loaded.sharding == value.sharding
    assert loaded.committed == value.committed
    assert ((loaded * jnp.bfloat16(2)).dtype, (loaded * 0.5).dtype) == ((value * jnp.bfloat16(2)).dtype, (value * 0.5).dtype)


def test_jax_in_everything(path):
    state = brainstate.State(jnp.arange(3.0))
    value = {
        'q': jnp.arange(3.0) * u.mV, 'state': state, 'nested': [(jnp.zeros(2),)],
        'of a quantity': brainstate.ShortTermState(jnp.ones(2) * u.nS), 'tree': brainstate.State({'a': jnp.ones(1)}),
        'partial': jax.tree_util.Partial(max, jnp.ones(2), key=jnp.zeros(1)), 'converted': jnp.ones(2) * u.volt,
    }
    torpor.msgpack_save(path, value)
    loaded = torpor.msgpack_load(path, {**value, 'converted': jnp.zeros(2) * u.mV})
    is_jax = [isinstance(leaf, jax.Array) for leaf in (
        loaded['q'].mantissa, loaded['state'].value, loaded['nested'][0][0], loaded['of a quantity'].value.mantissa,
        loaded['tree'].value['a'], loaded['partial'].args[0], loaded['partial'].keywords['key'],
        loaded['converted'].mantissa,
    )]
    assert all(is_jax), is_jax
    assert loaded['converted'].mantissa.tolist() == [1000, 1000]


def test_numpy_of_a_saved_jax_array_and_back(path):
    assert_same(resumed(jnp.arange(3.0), np.zeros(3), path=path), np.arange(3, dtype='f4'))
    assert_same(resumed(np.arange(3, dtype='f4'), jnp.zeros(3), path=path), jnp.arange(3.0))
    assert_same(resumed(np.ones(2, ml_dtypes.bfloat16), jnp.zeros(2), path=path), jnp.ones(2, jnp.bfloat16))
    assert_same(resumed(np.asarray(2.5), np.float64(0), path=path), np.float64(2.5))
    assert_same(resumed(np.float64(2.5), np.asarray(0.0), path=path), np.asarray(2.5))
    assert_same(resumed(np.float32(2.5), jnp.float32(0), path=path), jnp.float32(2.5))


@pytest.mark.parametrize('size', [5, 500_000])
def test_numpy_is_writeable_as_before(size, path):
    fixed = np.arange(float(size))
    fixed.flags.writeable = False
    value = {
        'free': np.arange(float(size)), 'fixed': fixed, 'state': brainstate.State(np.zeros(size)),
        'quantity': np.zeros(size) * u.mV,
    }
    torpor.msgpack_save(path, value)
    loaded = torpor.msgpack_load(path, value)
    assert_same(loaded['quantity'].mantissa, np.zeros(size))
    assert_same({**loaded, 'quantity': 0}, {**value, 'quantity': 0})
    loaded['free'][0] = loaded['state'].value[0] = loaded['quantity'].mantissa[0] = 7
    assert not loaded['fixed'].flags.writeable
    for array in (torpor.msgpack_load(path)[name] for name in ('free', 'fixed')):
        assert not array.flags.writeable


def test_state_dict_of_the_user_is_not_changed():
    state = {'a': np.arange(3), 'b': np.arange(3)}
    state['a'].flags.writeable = False
    fixed = np.zeros(3, int)
    fixed.flags.writeable = False
    loaded = torpor.msgpack_from_state_dict({'a': np.zeros(3, int), 'b': fixed}, state)
    assert loaded['a'].flags.writeable and not loaded['b'].flags.writeable
    assert not state['a'].flags.writeable and state['b'].flags.writeable


def test_braintools_way(path, compat):
    loaded = resumed({'a': jnp.ones(2), 'b': np.zeros(2)}, path=path)
    assert type(loaded['a']) is np.ndarray and not loaded['b'].flags.writeable


@pytest.mark.parametrize('dtype', ['float64', 'int64', 'complex128', 'datetime64[s]', 'float128'])
def test_what_jax_would_round_is_no_match(dtype, path):
    """As when jax_enable_x64 was set in the run that saved, and is not in the one that resumes."""
    value, template = np.array([1, 2, 2**40 + 1]).astype(dtype), jnp.ones(3)
    error, _ = outcome(resumed, value, template, path=path)
    assert type(error) is ValueError and str(error).endswith('at path ./x')
    assert f'got {dtype}, which jax ' in str(error)
    kept, warnings = outcome(resumed, value, template, path=path, mismatch='warn')
    assert_same(kept, template)
    assert warnings == [f'UserWarning: {error}']
    error, _ = outcome(resumed, value * u.mV if dtype == 'float64' else value, template * u.mV, path=path)
    assert type(error) is ValueError


@pytest.mark.parametrize('value', [np.arange(3), np.array([0.5, np.nan]), np.zeros(2, complex), np.zeros(0)])
def test_what_fits_into_a_smaller_dtype_of_jax(value, path):
    loaded, warnings = outcome(resumed, value, jnp.zeros(value.shape), path=path)
    expected = jnp.asarray(value)
    assert_same(loaded, expected)
    assert len(warnings) == 1 and warnings[0].endswith(f'the values are the same in {expected.dtype}')
    assert outcome(resumed, value, jnp.zeros(value.shape), path=path, mismatch='ignore')[1] == []
    error, _ = outcome(resumed, value, jnp.zeros(value.shape), path=path, strict=True)
    assert type(error) is ValueError


TRAIN = '''
import functools
import jax, jax.numpy as jnp, optax
import torpor

def loss(p):
    return sum(jnp.sum(x.astype('f4') ** 2) for x in jax.tree.leaves(p))

@functools.cache
def program(name):
    optimizer = getattr(optax, name)(1e-2) if name != 'lbfgs' else optax.lbfgs()

    @jax.jit
    def step(p, s):
        g = jax.tree.map(lambda x: (x * 0.5 + 0.25).astype(x.dtype), p)
        more = dict(value=loss(p), grad=g, value_fn=loss) if name == 'lbfgs' else {}
        update, s = optimizer.update(g, s, p, **more)
        return optax.apply_updates(p, update), s

    return optimizer.init, step

def train(name, cut):
    init, step = program(name)
    p = {'b': jnp.ones(2, jnp.bfloat16), 'w': jnp.ones((3, 2))}
    s = init(p)
    for k in range(6):
        if k == cut:
            torpor.msgpack_save('t.msgpack', {'p': p, 's': s})
            q = torpor.msgpack_load('t.msgpack', target={'p': p, 's': s})
            p, s = q['p'], q['s']
        p, s = step(p, s)
    return {k: (str(v.dtype), v.tobytes()) for k, v in p.items()}
'''


@pytest.mark.parametrize('name', ['adam', 'adafactor', 'lion', 'lbfgs', 'noisy_sgd'])
def test_training_goes_on_as_before(name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    scope = {}
    exec(TRAIN, scope)
    assert scope['train'](name, 3) == scope['train'](name, None)


def test_devices_and_shardings(tmp_path):
    """On two devices: in a process of its own, since their number is fixed at the start."""
    code = '''
import jax, jax.numpy as jnp, torpor
from jax.sharding import Mesh, NamedSharding, PartitionSpec
devices = jax.devices()
mesh = Mesh(devices, ('x',))
value = {
    'second': jax.device_put(jnp.arange(3.0), devices[1]),
    'sharded': jax.device_put(jnp.arange(8.0).reshape(4, 2), NamedSharding(mesh, PartitionSpec('x'))),
    'key': jax.device_put(jax.random.key(1), devices[1]),
    'free': jnp.ones(2),
}
torpor.msgpack_save('c.msgpack', value)
loaded = torpor.msgpack_load('c.msgpack', value)
assert len(devices) == 2
for name in value:
    assert loaded[name].sharding == value[name].sharding, name
    assert loaded[name].committed == value[name].committed, name
assert (loaded['sharded'] == value['sharded']).all()
(loaded['free'] + loaded['sharded'].sum(), loaded['free'] + loaded['second'].sum())  # 'free' goes along
'''
    environment = {**os.environ, 'XLA_FLAGS': '--xla_force_host_platform_device_count=2'}
    subprocess.run([sys.executable, '-c', code], env=environment, cwd=tmp_path, check=True)


def test_abstract_templates_do_not_matter(path):
    loaded = resumed(np.arange(3), jax.ShapeDtypeStruct((3,), jnp.int32), path=path)
    assert_same(loaded, np.arange(3))
