"""The package under test is the built one: PYTHONPATH is set by ctest."""

import os
import sys
from pathlib import Path

os.environ.setdefault('JAX_PLATFORMS', 'cpu')
sys.path.insert(0, str(Path(__file__).parent))

import pytest

import torpor


@pytest.fixture
def compat():
    torpor.braintools_compat(True)
    yield
    torpor.braintools_compat(False)


@pytest.fixture
def path(tmp_path):
    return str(tmp_path / 'checkpoint.msgpack')
