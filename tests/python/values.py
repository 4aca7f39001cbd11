"""Values to save, by name. Functions, since some are changed by a restore."""

import collections
import datetime
import decimal
import enum
import struct

import brainstate
import brainunit as u
import jax
import jax.numpy as jnp
import ml_dtypes
import msgpack
import numpy as np

Point = collections.namedtuple('Point', 'x y')
Pair = collections.namedtuple('Pair', 'v x')


def payload_nan():
    return struct.unpack('<d', bytes.fromhex('010000000000f4ff'))[0]


class Inner(brainstate.nn.Module):
    def __init__(self):
        super().__init__()
        self.w = brainstate.ParamState(jnp.arange(6.0).reshape(2, 3))
        self.hidden = brainstate.HiddenState(jnp.zeros(4))


class Outer(brainstate.nn.Module):
    def __init__(self):
        super().__init__()
        self.first = Inner()
        self.second = Inner()
        self.step = brainstate.LongTermState(np.int32(3))


def random_module():
    return Outer().states()


DTYPES = [
    'bool', 'int8', 'int16', 'int32', 'int64', 'uint8', 'uint16', 'uint32', 'uint64',
    'float16', 'float32', 'float64', 'complex64', 'complex128', 'longdouble', 'clongdouble',
    'datetime64[ns]', 'datetime64[D]', 'timedelta64[ms]',
    ml_dtypes.bfloat16, ml_dtypes.float8_e4m3fn, ml_dtypes.float8_e5m2, ml_dtypes.float8_e4m3,
    ml_dtypes.float8_e8m0fnu, ml_dtypes.float4_e2m1fn, ml_dtypes.int4, ml_dtypes.uint4,
]


def of_dtypes():
    values = {}
    for dtype in map(np.dtype, DTYPES):
        numbers = np.arange(12).reshape(3, 4) % 2
        values[str(dtype)] = numbers.astype(dtype)
        if dtype.name not in ('float128', 'complex256'):  # whose padding numpy leaves to chance
            values[f'{dtype} scalar'] = numbers.astype(dtype)[1, 1]
        values[f'{dtype} 0-d'] = np.asarray(numbers.astype(dtype)[1, 1])
        values[f'{dtype} empty'] = np.empty((0, 3), dtype)
    return values


VALUES = {
    'empty': lambda: {},
    'nested': lambda: {'a': {'b': {'c': {}}}, 'l': [], 't': ()},
    'none': lambda: None,
    'top-level array': lambda: np.arange(5),
    'top-level scalar': lambda: 3,
    'top-level list': lambda: [1, 2.0, 'three'],
    'bools': lambda: {'t': True, 'f': False, 'n': None},
    'integers': lambda: {
        str(i): i
        for b in range(0, 65)
        for i in (2**b - 1, 2**b if b < 64 else 0, -(2**min(b, 63)), -(2**min(b, 63)) + 1)
    },
    'floats': lambda: [0.0, -0.0, 1.5, float('inf'), -float('inf'), float('nan'), payload_nan(), 5e-324],
    'complex': lambda: {'c': 1 + 2j, 'n': complex(payload_nan(), -0.0)},
    'text': lambda: {'': '', 'ü': 'ß𝄞\0', 'long': 'x' * 300, 'longer': 'y' * 70000, '32': 'z' * 32},
    'bytes': lambda: [b'', b'\xff\0', b'x' * 300, b'y' * 70000, bytearray(b'ab'), memoryview(b'cd')],
    'keys': lambda: {1: 'int', 2.5: 'float', (3, 4): 'tuple', None: 'none', True: 'bool', b'b': 'bytes'},
    'sequences': lambda: {'l': [1, [2, (3,)]], 't': (1, 2), 'eleven': list(range(11)), 'deep': [[[[]]]]},
    'namedtuple': lambda: {'p': Point(1, np.ones(2)), 'n': Pair(Point(1, 2), [Point(3, 4)])},
    'dtypes': of_dtypes,
    'layouts': lambda: {
        'F': np.asfortranarray(np.arange(6.0).reshape(2, 3)),
        'strided': np.arange(10)[::3],
        'negative': np.arange(5)[::-1],
        'broadcast': np.broadcast_to(np.float32(1), (2, 3)),
        'unaligned': np.frombuffer(b'x' + np.arange(3.0).tobytes(), np.float64, offset=1),
        'rank': np.zeros((1,) * 20),
    },
    'matrix': lambda: {'a': np.zeros((2, 3)).view(np.matrix)},
    'nan array': lambda: np.array([payload_nan(), np.nan, -0.0]),
    'large': lambda: {'a': np.arange(100_000.0), 'b': np.zeros((300, 300), np.int8)},
    'jax': lambda: {
        'a': jnp.arange(5), 'f': jnp.ones((2, 2)), '0': jnp.float32(3), 'b': jnp.ones(3, jnp.bfloat16),
        'l': [jnp.arange(2)], 'key': jax.random.PRNGKey(7), 't': (jnp.zeros(0),),
    },
    'dict kinds': lambda: {
        'o': collections.OrderedDict(b=1, a=2),
        'd': collections.defaultdict(int, x=1),
        'c': collections.Counter('abca'),
    },
    'moved ordered dict': lambda: _moved(),
    'quantities': lambda: {
        'float': 3.5 * u.mV, 'int': u.Quantity(3, unit=u.ms), 'array': np.arange(3.0) * u.nS,
        'jax': jnp.arange(3.0) * u.pA, '0-d': u.Quantity(np.array(2.0), unit=u.Mohm),
        'scalar': u.Quantity(np.float32(2), unit=u.pF), 'complex': u.Quantity(1j, unit=u.mV),
        'bool': u.Quantity(True, unit=u.ms), 'list': u.Quantity([1.0, 2.0], unit=u.mV),
        'ratio': 3.0 * (u.mV / u.ms), 'minute': 2.0 * u.minute, 'unitless': u.Quantity(3.0),
        'empty': np.zeros((0, 2)) * u.mV, 'nested': [1.0 * u.mV, (2.0 * u.mV,)],
        'root': u.Quantity(1.0, unit=u.mV**0.5), 'float scale': u.Quantity(1.0, unit=u.Unit(u.mV.dim, scale=-3.0)),
        'odd scale': u.Quantity(1.0, unit=u.Unit(u.mV.dim, scale=-2.5)),
    },
    'offset units': lambda: {
        'T': {'value': np.array([20.0, 37.0]), 'unit': 'degC'}, 'large': {'value': np.zeros(900), 'unit': 'degF'},
        'one': {'value': 25.0, 'unit': '°C'}, 'none': {'value': 3, 'unit': 'mV'},
    },
    'states': lambda: {
        's': brainstate.State(np.arange(3.0)), 'p': brainstate.ParamState(jnp.ones(2)),
        'q': brainstate.ShortTermState(2.0 * u.mV),
        'tree': brainstate.State({'a': jnp.zeros(2), 'b': (1, [jnp.ones(1)])}),
    },
    'module states': lambda: Outer().states(),
    'module states nested': lambda: {'model': Outer().states(), 'epoch': 3},
    'partial': lambda: {'f': jax.tree_util.Partial(max, 1, np.arange(2), key=jnp.ones(1), default=None)},
    'timestamp': lambda: {'t': msgpack.Timestamp(1, 2), 'late': msgpack.Timestamp(2**40, 5)},
    'ExtType': lambda: {'e': msgpack.ExtType(7, b'x')},
}


def _moved():
    moved = collections.OrderedDict(a=1, b=2, c=3)
    moved.move_to_end('a')
    return moved


class C:
    pass


class S(str):
    pass


class I(int):  # noqa: E742
    pass


class F(float):
    pass


class E(enum.IntEnum):
    A = 1


def self_referential():
    value = {}
    value['self'] = value
    return value


def nested(depth):
    value = {}
    for _ in range(depth):
        value = {'a': value}
    return value


structured = np.dtype([('i', 'i4'), ('f', 'f8')])

# The names of rejects.json.
REJECTS = {
    'int 2**64': lambda: 2**64,
    'int -2**63-1': lambda: -(2**63) - 1,
    'surrogate str': lambda: '\ud800',
    'set': lambda: {1},
    'frozenset': lambda: frozenset({1}),
    'object': C,
    'function': lambda: print,
    'type': lambda: int,
    'object array': lambda: np.array([{1}, None], dtype=object),
    'structured': lambda: np.zeros(2, structured),
    'structured aligned': lambda: np.zeros(2, np.dtype([('i', 'i4'), ('f', 'f8')], align=True)),
    'recarray': lambda: np.rec.array([(1, 2.0)], dtype=structured),
    'str array U': lambda: np.array(['ab', 'c']),
    'bytes array S': lambda: np.array([b'ab', b'c']),
    'np.str_': lambda: np.str_('x'),
    'np.bytes_': lambda: np.bytes_(b'x'),
    'range': lambda: range(3),
    'datetime': lambda: datetime.datetime(2020, 1, 1),
    'IntEnum': lambda: E.A,
    'Decimal': lambda: decimal.Decimal(1),
    'str subclass': lambda: S('x'),
    'int subclass': lambda: I(1),
    'float subclass': lambda: F(1),
    'key collision': lambda: {1: 0, '1': 1},
    'big-endian': lambda: np.arange(3, dtype='>f8'),
    'unit itself': lambda: u.mV,
    'Dimension itself': lambda: u.mV.dim,
    'masked array': lambda: np.ma.array([1, 2], mask=[0, 1]),
    'jax PRNG key typed': lambda: jax.random.key(0),
    'self-referential': self_referential,
    'nesting 400': lambda: nested(400),
    'nesting 520': lambda: nested(520),
    'nesting 2000': lambda: nested(2000),
    'chunk marker in user dict': lambda: {'__msgpack_chunked_array__': True, 'x': 1},
    'surrogate key': lambda: {'\ud800': 1},
}
