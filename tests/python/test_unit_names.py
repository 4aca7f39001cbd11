"""The name of a quantity's unit survives: with a template, without one, and in what other programs read."""

import braintools.file as braintools
import brainstate
import brainunit as u
import numpy as np
import pytest
from same import assert_same, braintools_way

import torpor

UNITS = {
    'mV': u.mV, 'ms': u.ms, 'nS': u.nS, 'Mohm': u.Mohm, 'min': u.minute, 'uS': u.uS, 'eV': u.eV, 'Å': u.angstrom,
    'mV / ms': u.mV / u.ms, 'nS / cm^2': u.nS / u.cm**2, '1 / ms': u.ms**-1, 'mV^0.5': u.mV**0.5, '°': u.degree, 'd': u.day,
}


@pytest.mark.parametrize('name', UNITS)
def test_with_a_template(name, path):
    unit = UNITS[name]
    template = {'q': u.Quantity(0.0, unit=unit), 'state': brainstate.State(np.zeros(2) * unit)}
    torpor.msgpack_save(path, {'q': u.Quantity(3.0, unit=unit), 'state': np.ones(2) * unit})
    loaded = torpor.msgpack_load(path, template)
    assert loaded['q'].unit is template['q'].unit and str(loaded['q'].unit) == name
    assert loaded['state'].value.unit is unit


@pytest.mark.parametrize('name', UNITS)
def test_without_a_template(name, path):
    torpor.msgpack_save(path, {'q': u.Quantity(3.0, unit=UNITS[name])})
    state = torpor.msgpack_load(path)['q']
    assert list(state) == ['mantissa', 'scale', 'base', 'dim', 'factor', 'unit']
    assert state['unit'] == name and u.parse_unit(name) == UNITS[name]
    assert torpor.verify(path)
    if isinstance(state['scale'], int):
        with torpor.open(path) as opened:
            assert opened['q'].unit == name


def test_a_mismatch_names_both(path):
    torpor.msgpack_save(path, {'a': {'V': np.ones(3) * u.mV}})
    with pytest.raises(ValueError, match=r'^Unit mismatch: expected nS, got mV at path \./a/V$'):
        torpor.msgpack_load(path, {'a': {'V': np.ones(3) * u.nS}})
    with braintools_way(), pytest.raises(ValueError, match=r'expected nS, got 10\.0\^-3 \*'):
        torpor.msgpack_load(path, {'a': {'V': np.ones(3) * u.nS}})


@pytest.mark.parametrize('name', UNITS)
def test_a_template_without_a_name_gets_the_file_s(name, path):
    unit = UNITS[name]
    unnamed = u.Unit(dim=unit.dim, scale=unit.scale, base=unit.base, factor=unit.factor)
    assert str(unnamed) != name
    torpor.msgpack_save(path, {'q': u.Quantity(3.0, unit=unit)})
    loaded = torpor.msgpack_load(path, {'q': u.Quantity(0.0, unit=unnamed)})
    assert str(loaded['q'].unit) == name and loaded['q'].unit == unit
    if ' ' not in name and '^' not in name:
        assert loaded['q'].unit is unit  # brainunit's own object


def test_braintools_reads_it(path):
    value = {'q': np.arange(3.0) * u.mV}
    torpor.msgpack_save(path, value)
    assert braintools.msgpack_load(path, value)['q'].unit == u.mV
    with braintools_way():
        assert str(torpor.msgpack_load(path, value)['q'].unit).startswith('10.0^-3')


def test_a_unit_without_a_name_has_none_in_the_file(path):
    unnamed = u.Unit(dim=u.mV.dim, scale=-3)
    torpor.msgpack_save(path, [u.Quantity(1.0, unit=unnamed), u.Quantity(1.0)])
    for state in torpor.msgpack_load(path).values():
        assert list(state) == ['mantissa', 'scale', 'base', 'dim', 'factor']


def test_a_name_that_means_something_else_is_not_saved(path):
    """A reader would refuse it, as it does when numbers and name of a C host's file disagree."""
    lying = u.Unit(dim=u.ms.dim, scale=-3, name='mvolt', dispname='mV', is_fullname=True)
    own = u.Unit(dim=u.ms.dim, scale=-7, name='tick', dispname='tick', is_fullname=True)
    torpor.msgpack_save(path, {'lying': u.Quantity(1.0, unit=lying), 'own': u.Quantity(1.0, unit=own)})
    loaded = torpor.msgpack_load(path)
    assert 'unit' not in loaded['lying'] and loaded['own']['unit'] == 'tick'


def test_two_names_of_one_unit(path):
    value = {'a': 1.0 * u.ms**-1, 'b': 1.0 * u.kHz, 'c': 2.0 * u.ms**-1}
    assert value['a'].unit == value['b'].unit
    torpor.msgpack_save(path, value)
    assert [state['unit'] for state in torpor.msgpack_load(path).values()] == ['1 / ms', 'kHz', '1 / ms']
    assert_same(torpor.msgpack_load(path, value), value)
