"""pip builds and installs the package from its folder alone."""

import os
import subprocess
import sys
from pathlib import Path

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


def pip(*arguments):
    command = [sys.executable, '-m', 'pip', '--disable-pip-version-check', '--quiet', *arguments]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


def test_pip_install(tmp_path):
    # Not isolated: what the build needs is here already, and nothing is fetched.
    pip('wheel', '--no-deps', '--no-build-isolation', '--wheel-dir', str(tmp_path), str(SOURCE))
    [wheel] = tmp_path.glob('torpor-*.whl')
    assert '-cp311-abi3-' in wheel.name
    pip('install', '--no-deps', '--no-index', '--target', str(tmp_path / 'site'), str(wheel))
    environment = {**os.environ, 'PYTHONPATH': str(tmp_path / 'site')}
    subprocess.run(
        [sys.executable, '-c', PROGRAM, str(tmp_path / 'site')], env=environment, cwd=tmp_path, check=True
    )


def test_import_is_light():
    """Neither jax nor braintools is imported along with torpor."""
    program = '''
import sys, torpor
loaded = [name for name in ('jax', 'braintools', 'brainstate', 'msgpack', 'saiunit') if name in sys.modules]
assert not loaded, loaded
'''
    subprocess.run([sys.executable, '-c', program], check=True)
