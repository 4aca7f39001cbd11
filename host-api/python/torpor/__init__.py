"""Checkpoints for simulations: a drop-in for braintools.file on the Torpor library.

    import torpor

    torpor.msgpack_save('model.msgpack', state)
    state = torpor.msgpack_load('model.msgpack', target=template)

Files are byte for byte those of braintools 0.3.0; see the package's README for
what is done differently, and `braintools_compat` to have it braintools' way.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from . import _core
from ._async import AsyncManager
from ._compat import braintools_compat
from ._manager import CheckpointManager, latest
from ._mismatch import MismatchMode
from ._msg_checkpoint import msgpack_load, msgpack_save
from ._open import open
from ._registry import (
    msgpack_from_state_dict,
    msgpack_register_serialization,
    msgpack_to_state_dict,
)
from ._report import diff, info, verify

if TYPE_CHECKING:
    from ._errors import _OwnAlreadyExistsError as AlreadyExistsError
    from ._errors import _OwnInvalidCheckpointPath as InvalidCheckpointPath

__version__: str = _core.VERSION

__all__ = [
    'AlreadyExistsError',
    'AsyncManager',
    'CheckpointManager',
    'InvalidCheckpointPath',
    'MismatchMode',
    'braintools_compat',
    'diff',
    'info',
    'latest',
    'msgpack_from_state_dict',
    'msgpack_load',
    'msgpack_register_serialization',
    'msgpack_save',
    'msgpack_to_state_dict',
    'open',
    'verify',
]


def __getattr__(name: str) -> Any:
    # braintools' classes; importing it takes seconds, so not before they are asked for.
    if name in ('AlreadyExistsError', 'InvalidCheckpointPath'):
        from ._errors import exception_classes

        exists, invalid = exception_classes()
        globals().update(AlreadyExistsError=exists, InvalidCheckpointPath=invalid)
        return globals()[name]
    raise AttributeError(f"module 'torpor' has no attribute {name!r}")
