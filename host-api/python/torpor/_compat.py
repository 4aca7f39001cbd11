"""braintools' behaviour where it differs from torpor's on purpose."""

from __future__ import annotations

from typing import Any

import numpy as np

_enabled = False


def braintools_compat(enable: bool = True) -> bool:
    """Behave as braintools 0.3.0 in every respect, also where it is wrong.

    The package's README lists the differences. The switch is for the whole
    process.

    Parameters
    ----------
    enable : bool
        True: braintools' behaviour. False: torpor's own (the default).

    Returns
    -------
    bool
        What it was before.
    """
    global _enabled
    before, _enabled = _enabled, bool(enable)
    return before


def enabled() -> bool:
    return _enabled


# What follows reads a file as msgpack-python and braintools do. Under
# braintools_compat it says what braintools makes of a file that the C library
# has refused: its words of refusal, or its objects.


class Refused(Exception):
    """braintools refuses the file too; the text is its reason."""


def _array(data: bytes) -> Any:
    import msgpack

    shape, name, content = msgpack.unpackb(data, raw=True)
    if name == b'bfloat16':
        import ml_dtypes
        name = ml_dtypes.bfloat16
    return np.frombuffer(content, dtype=np.dtype(name)).reshape(shape)


def _extension(code: int, data: bytes) -> Any:
    import msgpack

    if code == 1:
        return _array(data)
    if code == 2:
        parts = msgpack.unpackb(data)
        return complex(parts[0], parts[1])
    if code == 3:
        return _array(data)[()]
    return msgpack.ExtType(code, data)


def _numbered(items: dict[str, Any]) -> tuple[Any, ...]:
    return tuple(items[str(i)] for i in range(len(items)))


def _join_chunks(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    if '__msgpack_chunked_array__' in value:
        shape = _numbered(value['shape'])
        return np.concatenate(_numbered(value['chunks'])).reshape(shape)
    for key, item in value.items():
        value[key] = _join_chunks(item)
    return value


def restore_as_braintools(content: bytes) -> Any:
    """The objects that braintools finds in `content`.

    Raises
    ------
    Refused
        Where braintools raises InvalidCheckpointPath.
    ImportError
        Without msgpack-python.
    Exception
        Whatever else escapes from braintools for such a file.
    """
    import msgpack

    try:
        objects = msgpack.unpackb(content, ext_hook=_extension, raw=False)
    except (msgpack.exceptions.UnpackException, ValueError, TypeError) as error:
        raise Refused(f'Corrupt or invalid checkpoint data: {error}') from error
    return _join_chunks(objects)
