"""The matcher of templates (msgpack_from_state_dict): whatever a file has, and whatever the template is, the value that
comes back has the template's structure, or ValueError says why not.

match.py N FOLDER: replay the files of the folder and N inputs that are drawn.
match.py --fuzz FOLDER [libFuzzer's options]: coverage-guided, with atheris.
"""

from __future__ import annotations

import gc
import random
import sys
import warnings
from pathlib import Path

import numpy as np

import torpor

MODES = ('error', 'warn', 'ignore')
DTYPES = ('f8', 'f4', 'i8', 'i2', 'u1', '?', 'c16')
KEYS = ('a', 'b', 'mantissa', 'unit', 'scale', 'base', 'dim', 'factor', '0', '1', 'name', 'fields', 'values', '')

# They cost more to make than all else; the matcher makes new ones.
GENERATORS = [np.random.default_rng(seed) for seed in range(3)]
RANDOMS = [random.Random(seed) for seed in range(3)]


class Recipe:
    """Bytes that say what to build; what is missing is zero."""

    def __init__(self, data: bytes) -> None:
        self.bytes = iter(data)

    def next(self, end: int) -> int:
        return next(self.bytes, 0) % end


class Cell:
    """A registered type, in whose functions a user may do anything."""

    def __init__(self, value: object) -> None:
        self.value = value


def _cell_from_state(cell: Cell, state: object, mismatch: str) -> Cell:
    value = torpor.msgpack_from_state_dict(cell.value, state['value'], mismatch=mismatch) if isinstance(state, dict) \
        and 'value' in state else cell.value
    return Cell(value)


torpor.msgpack_register_serialization(
    Cell, lambda cell: {'value': torpor.msgpack_to_state_dict(cell.value)}, _cell_from_state
)


def array(recipe: Recipe) -> np.ndarray:
    shape = tuple(recipe.next(4) for _ in range(recipe.next(3)))
    return np.zeros(shape, DTYPES[recipe.next(len(DTYPES))])


def build(recipe: Recipe, depth: int, template: bool) -> object:
    """A template; or a state, as a file has it: without tuples, States and objects."""
    kind = recipe.next(14 if template else 10)
    if depth > 5:
        kind = kind % 6
    if kind == 0:
        return None
    if kind == 1:
        return recipe.next(256) - 100
    if kind == 2:
        return recipe.next(256) / 8
    if kind == 3:
        return ('', 'text', 'PCG64')[recipe.next(3)]
    if kind == 4:
        return array(recipe)
    if kind == 5:
        return np.float32(recipe.next(9))
    if kind in (6, 7):
        return {KEYS[recipe.next(len(KEYS))]: build(recipe, depth + 1, template) for _ in range(recipe.next(5))}
    if kind == 8:
        items = [build(recipe, depth + 1, template) for _ in range(recipe.next(5))]
        return items if template or recipe.next(4) == 0 else {str(i): item for i, item in enumerate(items)}
    if kind == 9:
        generator = GENERATORS[recipe.next(3)]
        return generator if template else torpor.msgpack_to_state_dict(generator)
    if kind == 10:
        return tuple(build(recipe, depth + 1, template) for _ in range(recipe.next(4)))
    if kind == 11:
        return Cell(build(recipe, depth + 1, template))
    if kind == 12:
        return RANDOMS[recipe.next(3)]
    return True


def same_structure(target: object, found: object) -> bool:
    if isinstance(target, dict):
        return isinstance(found, dict) and list(target) == list(found) and all(
            same_structure(target[key], found[key]) for key in target
        )
    if isinstance(target, (list, tuple)):
        return type(found) is type(target) and len(found) == len(target) and all(map(same_structure, target, found))
    if isinstance(target, (Cell, np.random.Generator, random.Random)):
        return type(found) is type(target)
    return True


def try_one(data: bytes) -> None:
    recipe = Recipe(data)
    mode, strict = MODES[recipe.next(3)], recipe.next(2) == 1
    target = build(recipe, 0, True)
    # A state of its own, or that of the template, changed a little.
    state = build(recipe, 0, False) if recipe.next(2) else torpor.msgpack_to_state_dict(target)
    if isinstance(state, dict) and state and recipe.next(2):
        keys = list(state)
        state = {**state, keys[recipe.next(len(keys))]: build(recipe, 1, False)}
    before = torpor._context.context.strict
    torpor._context.context.strict = strict
    try:
        found = torpor.msgpack_from_state_dict(target, state, mismatch=mode)
    except ValueError as error:
        if mode != 'error' or ' at path ' not in str(error):
            raise AssertionError(f'{mode}: {error!r}') from error
        return
    finally:
        torpor._context.context.strict = before
    if mode == 'error':
        assert same_structure(target, found), f'{target!r} became {found!r}'


def replay(n: int, folder: Path) -> None:
    files = sorted(folder.iterdir())
    for file in files:
        try_one(file.read_bytes())
    rng = random.Random(20240229)
    for _ in range(n):
        data = rng.randbytes(rng.randrange(2, 120))
        try:
            try_one(data)
        except BaseException:
            print(f'match: found by the input {data.hex()}', file=sys.stderr)
            raise
    print(f'{len(files)} files, {n} inputs')


if __name__ == '__main__':
    warnings.simplefilter('ignore')
    gc.disable()  # the matcher does, and each call looks whether it has to
    if sys.argv[1] == '--fuzz':
        import atheris

        atheris.instrument_func(try_one)
        for name, module in list(sys.modules.items()):
            if name.startswith('torpor.') and getattr(module, '__file__', '').endswith('.py'):
                for function in vars(module).values():
                    if type(function).__name__ == 'function' and function.__module__ == name:
                        function.__code__ = atheris.instrument_func(function).__code__
        atheris.Setup([sys.argv[0], *sys.argv[2:]], try_one)
        atheris.Fuzz()
    replay(int(sys.argv[1]), Path(sys.argv[2]))
