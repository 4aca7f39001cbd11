"""Types: the package's own, and what a user's program sees."""

import subprocess
import sys
from pathlib import Path

import torpor

SOURCE = Path(__file__).parents[2] / 'host-api' / 'python'

PROGRAM = '''
from typing import Any

import numpy as np

import torpor


class Layer:
    def __init__(self, weight: "np.ndarray[Any, Any]") -> None:
        self.weight = weight


def to_state(layer: Layer) -> dict[str, Any]:
    return {'weight': layer.weight}


def from_state(layer: Layer, state: dict[str, Any], mismatch: torpor.MismatchMode) -> Layer:
    return Layer(state['weight'])


torpor.msgpack_register_serialization(Layer, to_state, from_state)
with torpor.AsyncManager(max_workers=2) as manager:
    path: str = torpor.msgpack_save('x', {'a': 1}, async_manager=manager, index=True)
try:
    loaded = torpor.msgpack_load(path, mismatch='warn', strict=True)
except torpor.InvalidCheckpointPath:
    raise
with torpor.open(path) as checkpoint:
    for key in checkpoint:
        print(checkpoint[key])
if not torpor.verify(path):
    print(torpor.info(path))
print(list(torpor.diff(path, path, rtol=1e-6).paths()))
'''
WRONG = PROGRAM.replace("mismatch='warn'", "mismatch='loud'")


def mypy(*arguments):
    command = [sys.executable, '-m', 'mypy', '--config-file', str(SOURCE / 'pyproject.toml'), *arguments]
    return subprocess.run(command, capture_output=True, text=True)


def test_package_and_programs(tmp_path, monkeypatch):
    monkeypatch.setenv('MYPYPATH', str(SOURCE))
    (tmp_path / 'right.py').write_text(PROGRAM)
    (tmp_path / 'wrong.py').write_text(WRONG)
    done = mypy('--cache-dir', str(tmp_path), str(SOURCE / 'torpor'), *map(str, tmp_path.glob('*.py')))
    errors = [line for line in done.stdout.splitlines() if ': error:' in line]
    assert len(errors) == 1 and 'wrong.py' in errors[0] and 'loud' in errors[0], done.stdout + done.stderr


def test_marker_and_documentation():
    assert (Path(torpor.__file__).parent / 'py.typed').exists()
    for name in torpor.__all__:
        assert getattr(torpor, name).__doc__ or name == 'MismatchMode', name
