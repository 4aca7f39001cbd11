"""Names of dtypes in the file."""

from __future__ import annotations

from typing import Any

import numpy as np

_UNSUPPORTED = 'Object and structured dtypes not supported for serialization of ndarrays.'


def name_to_save(dtype: np.dtype[Any], compat: bool) -> str:
    """The name under which arrays of `dtype` are saved.

    Raises
    ------
    ValueError
        For a dtype that could not be loaded again. Under braintools' own
        behaviour only for object and aligned structured dtypes.
    """
    if dtype.hasobject or dtype.isalignedstruct:
        raise ValueError(_UNSUPPORTED)
    if not compat:
        if dtype.kind == 'V' and (dtype.names is not None or dtype.type is np.void):
            raise ValueError(f'{_UNSUPPORTED} Save the fields of {dtype} one by one.')
        if dtype.kind in 'SUT':
            raise ValueError(
                f'Arrays of text (dtype {dtype}) cannot be loaded again. '
                'Save a list of str, or an array of numbers.'
            )
    return dtype.name


def from_name(name: str) -> np.dtype[Any]:
    """numpy's dtype of a name found in a file.

    Raises
    ------
    TypeError
        If neither numpy nor ml_dtypes (where installed) knows it.
    """
    try:
        return np.dtype(name)
    except TypeError:
        pass
    try:
        import ml_dtypes
    except ImportError:
        raise TypeError(
            f"data type '{name}' not understood; install ml_dtypes to load it"
        ) from None
    try:
        found: np.dtype[Any] = np.dtype(getattr(ml_dtypes, name))
        return found
    except AttributeError:
        raise TypeError(f"data type '{name}' not understood") from None
