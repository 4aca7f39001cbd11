"""Classes of packages that are used only where installed: jax, brainstate, saiunit.

None of them is imported here. A value of such a class can only be met once its
package is loaded."""

from __future__ import annotations

import sys
from typing import Any

# Classes by their role, as far as they are known.
_classes: dict[str, Any] = {}


def _loaded(module: str, name: str) -> Any:
    """A class of a module that is imported; None if it is not (or not yet to the end)."""
    found: Any = sys.modules.get(module)
    for part in name.split('.'):
        found = getattr(found, part, None)
    return found


def find(role: str, *places: tuple[str, str]) -> Any:
    """The class of a role that was not known before, if it is now."""
    if role in _classes:
        return None
    for module, name in places:
        found = _loaded(module, name)
        if found is not None:
            _classes[role] = found
            return found
    return None


def known(role: str) -> Any:
    """The class of a role, None if its package is not loaded."""
    return _classes.get(role)


def nest(mapping: Any) -> Any:
    """The nested form of what ``module.states()`` gives; any other object as it is."""
    flatted = _classes.get('flatted')
    if type(mapping) is not dict and flatted is not None and isinstance(mapping, flatted):
        return mapping.to_nest()
    return mapping
