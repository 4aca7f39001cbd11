"""Generated trees, there and back through both packages: equal bytes, equal values."""

import collections
import struct
import tempfile
from pathlib import Path

import braintools.file as braintools
import brainstate
import brainunit as u
import jax.numpy as jnp
import ml_dtypes
import numpy as np
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from same import assert_same, braintools_way, without_names

import torpor
from torpor import _msg_checkpoint

Point = collections.namedtuple('Point', 'x y')
UNITS = [u.mV, u.ms, u.pF, u.nS, u.Mohm, u.mV / u.ms, u.minute, u.UNITLESS, u.volt**0.5, u.mM]

doubles = st.integers(0, 2**64 - 1).map(lambda bits: struct.unpack('<d', struct.pack('<Q', bits))[0])
dtypes = st.one_of(
    st.sampled_from([
        np.dtype(name) for name in
        'bool int8 int16 int32 int64 uint8 uint16 uint32 uint64 float16 float32 float64 '
        'complex64 complex128 datetime64[us] timedelta64[h]'.split()
    ]),
    st.just(np.dtype(ml_dtypes.bfloat16)),
)


@st.composite
def arrays(draw, min_dims=0):
    dtype = draw(dtypes)
    shape = draw(hnp.array_shapes(min_dims=min_dims, max_dims=3, min_side=0, max_side=5))
    size = int(np.prod(shape)) * dtype.itemsize
    content = draw(st.binary(min_size=size, max_size=size))
    if dtype == bool:
        content = bytes(byte & 1 for byte in content)
    array = np.frombuffer(content, dtype).reshape(shape)
    layout = draw(st.sampled_from(['C', 'F', 'reversed', 'copy']))
    if layout == 'F':
        return np.asfortranarray(array)
    if layout == 'reversed' and array.ndim:
        return array[::-1]
    return array.copy() if layout == 'copy' else array


scalars = arrays(min_dims=1).filter(lambda a: a.size).map(lambda a: a.ravel()[0])
jax_arrays = hnp.arrays(
    st.sampled_from([np.dtype(name) for name in ('float32', 'int32', 'uint8', 'bool')]),
    hnp.array_shapes(min_dims=0, max_dims=2, max_side=4),
).map(jnp.asarray)
mantissas = st.one_of(
    doubles, st.integers(-(2**63), 2**63 - 1), arrays().filter(lambda a: a.dtype.kind in 'iufc'), jax_arrays
)
quantities = st.builds(lambda m, unit: u.Quantity(m, unit=unit), mantissas, st.sampled_from(UNITS))
leaves = st.one_of(
    st.none(), st.booleans(), st.integers(-(2**63), 2**64 - 1), doubles,
    st.builds(complex, doubles, doubles), st.text(max_size=40), st.binary(max_size=40),
    arrays(), scalars, jax_arrays, quantities,
)
keys = st.text(max_size=12).filter(lambda key: key != '__msgpack_chunked_array__')


def containers(children):
    return st.one_of(
        st.dictionaries(keys, children, max_size=5),
        st.dictionaries(st.integers(-9, 9), children, max_size=4),
        st.lists(children, max_size=4),
        st.lists(children, max_size=4).map(tuple),
        st.builds(Point, children, children),
        st.one_of(arrays(), jax_arrays, quantities).map(brainstate.ShortTermState),
    )


trees = st.recursive(leaves, containers, max_leaves=25)
relaxed = settings(
    max_examples=150, deadline=None,
    database=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much],
)


def check_both_ways(tree, chunk):
    ours_before, theirs_before = _msg_checkpoint.MAX_CHUNK_SIZE, braintools._msg_checkpoint.MAX_CHUNK_SIZE
    _msg_checkpoint.MAX_CHUNK_SIZE = braintools._msg_checkpoint.MAX_CHUNK_SIZE = chunk
    try:
        with tempfile.TemporaryDirectory() as folder:
            _check_both_ways(tree, Path(folder))
    finally:
        _msg_checkpoint.MAX_CHUNK_SIZE = ours_before
        braintools._msg_checkpoint.MAX_CHUNK_SIZE = theirs_before


def _check_both_ways(tree, folder):
    ours, theirs = folder / 'ours', folder / 'theirs'
    torpor.msgpack_save(ours, tree, fsync=False)
    assert_same(without_names(torpor.msgpack_load(ours)), without_names(braintools.msgpack_load(ours)))
    if tree is not None:
        assert_same(torpor.msgpack_load(ours, tree), torpor.msgpack_load(ours, tree, strict=True))
    with braintools_way():
        torpor.msgpack_save(ours, tree, fsync=False)
    braintools.msgpack_save(theirs, tree)
    assert ours.read_bytes() == theirs.read_bytes()

    # torpor -> braintools -> torpor, braintools -> torpor -> braintools
    ours_loaded, theirs_loaded = torpor.msgpack_load(theirs), braintools.msgpack_load(ours)
    assert_same(ours_loaded, theirs_loaded)
    torpor.msgpack_save(ours, theirs_loaded, fsync=False)
    braintools.msgpack_save(theirs, ours_loaded)
    assert ours.read_bytes() == theirs.read_bytes()
    assert_same(torpor.msgpack_load(ours), theirs_loaded)

    if tree is not None:
        assert_same(torpor.msgpack_load(theirs, tree), braintools.msgpack_load(theirs, tree), kinds=False)
    if isinstance(tree, dict):
        torpor.msgpack_save(ours, tree, index=True, fsync=False)
        assert_same(without_names(torpor.msgpack_load(ours)), ours_loaded)


@relaxed
@given(trees)
def test_round_trips(tree):
    check_both_ways(tree, 2**30)


@relaxed
@given(trees, st.integers(16, 80))
def test_round_trips_in_chunks(tree, chunk):
    check_both_ways(tree, chunk)
