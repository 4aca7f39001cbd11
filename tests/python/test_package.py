"""pip builds and installs the package from its folder alone."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

SOURCE = Path(__file__).parents[2] / 'host-api' / 'python'

PROGRAM = '''
import sys, numpy
import torpor
assert torpor.__file__.startswith(sys.argv[1]), torpor.__file__
path = sys.argv[1] + '/c.msgpack'
torpor.msgpack_save(path, {'a': numpy.arange(3), 'l': [1, {'z': 2.5}]}, index=True)
assert torpor.msgpack_load(path)['l']['1'] == {'z': 2.5}
assert torpor.verify(path) and torpor.open(path)['a'].sum() == 3
for module in ('jax', 'braintools', 'brainstate', 'msgpack', 'saiunit'):
    assert module not in sys.modules, module
'''


# The last words of pip when it cannot reach its index, which has this package.
NO_NETWORK = 'No matching distribution found for scikit-build-core'


def test_pip_install(tmp_path):
    """As the README says, into a fresh venv: what the build and the package need is fetched."""
    venv = tmp_path / 'venv'
    subprocess.run([sys.executable, '-m', 'venv', venv], check=True)
    environment = {key: value for key, value in os.environ.items() if key != 'PYTHONPATH'}
    installed = subprocess.run(
        [venv / 'bin' / 'pip', '--disable-pip-version-check', 'install', SOURCE],
        env=environment, cwd=tmp_path, capture_output=True, text=True,
    )
    output = installed.stdout + installed.stderr
    if installed.returncode != 0 and NO_NETWORK in output:
        pytest.skip(f'the package index cannot be reached: {NO_NETWORK}')
    assert installed.returncode == 0, output
    [wheel] = venv.glob('lib/python3*/site-packages/torpor-*.dist-info/WHEEL')
    assert 'Tag: cp311-abi3-linux' in wheel.read_text()
    assert list(wheel.parents[1].glob('torpor/py.typed'))
    subprocess.run([venv / 'bin' / 'python', '-c', PROGRAM, venv], env=environment, cwd=tmp_path, check=True)
    assert 'MIT License' in (wheel.parent / 'licenses' / 'LICENSE').read_text()
    command = subprocess.run(
        [venv / 'bin' / 'torpor', 'ls', venv / 'c.msgpack'], env=environment, capture_output=True, text=True, check=True
    )
    assert 'int64' in command.stdout


def test_import_is_light():
    """Neither jax nor braintools is imported along with torpor."""
    program = '''
import sys, torpor
loaded = [name for name in ('jax', 'braintools', 'brainstate', 'msgpack', 'saiunit') if name in sys.modules]
assert not loaded, loaded
'''
    subprocess.run([sys.executable, '-c', program], check=True)
