#!/usr/bin/env python3
"""Fails on an include in plugin/ that does not name its folder, on one against the order of the folders, and on a
circle of includes or imports.

includes.py [ROOT]
"""
import ast
import re
import sys
from pathlib import Path

# Each room of plugin/ includes itself and those before it.
ORDER = "base value msgpack file host checkpoint save restore folder compare session cli".split()

SOURCES = {".c", ".h", ".cpp", ".hpp", ".def"}
INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]+"([^"]+)"', re.MULTILINE)


def unit_of(path: Path) -> str:
    """A source file and its header are one; a Python module is one by itself."""
    return str(path if path.suffix == ".py" else path.with_suffix(""))


def resolve(root: Path, source: Path, include: str) -> Path | None:
    """The file that is included, below ROOT; None: it is of the system or generated."""
    places = [Path(*source.parts[:i]) for i in range(len(source.parts) - 1, 0, -1)]  # a host's own session/ before plugin's
    places += [Path("plugin"), Path("host-api/include")]
    for place in places:
        if (root / place / include).is_file():
            return place / include
    return None


def check_room(source: Path, include: str) -> str | None:
    """What is wrong with an include of a file in plugin/."""
    parts = Path(include).parts
    if len(parts) == 1:
        return f'{source}: "{include}" does not name its folder'
    if parts[0] not in ORDER:
        return f'{source}: "{include}" is of no folder in the order: {" ".join(ORDER)}'
    room = source.parts[1]
    if room in ORDER and ORDER.index(parts[0]) > ORDER.index(room):
        return f'{source}: "{include}" is against the order: {room} comes before {parts[0]}'
    if room not in ORDER and len(source.parts) > 2:
        return f"{source}: {room} is of no place in the order: {' '.join(ORDER)}"
    return None


def imports_of(root: Path, module: Path) -> set[str]:
    """The modules of its own package that a module imports, wherever in it."""
    found: set[str] = set()
    tree = ast.parse((root / module).read_text())
    for node in ast.walk(tree):
        if not isinstance(node, ast.ImportFrom) or node.level != 1:
            continue
        names = [node.module.split(".")[0]] if node.module else [alias.name for alias in node.names]
        paths = [module.with_name(name + ".py") for name in names]
        found |= {unit_of(path) for path in paths if (root / path).is_file()}
    return found - {unit_of(module)}


def circles(graph: dict[str, set[str]]) -> list[set[str]]:
    """Sets of more than one unit that reach one another."""
    reached = {start: set() for start in graph}
    for start in graph:
        waiting = [start]
        while waiting:
            for unit in graph.get(waiting.pop(), set()) - reached[start]:
                reached[start].add(unit)
                waiting.append(unit)
    found: list[set[str]] = []
    for unit in graph:
        circle = {other for other in reached[unit] if unit in reached.get(other, set())}
        if circle and circle not in found:
            found.append(circle)
    return found


def main() -> int:
    root = Path(sys.argv[1] if len(sys.argv) > 1 else Path(__file__).parents[2]).resolve()
    problems: list[str] = []
    graph: dict[str, set[str]] = {}
    files = [path.relative_to(root) for top in ("plugin", "host-api") for path in sorted((root / top).rglob("*"))]
    for source in (path for path in files if path.suffix in SOURCES):
        for include in INCLUDE.findall((root / source).read_text(errors="replace")):
            if source.parts[0] == "plugin" and (problem := check_room(source, include)):
                problems.append(problem)
            target = resolve(root, source, include)
            if target is not None and unit_of(target) != unit_of(source):
                graph.setdefault(unit_of(source), set()).add(unit_of(target))
    for module in (path for path in files if path.suffix == ".py"):
        graph.setdefault(unit_of(module), set()).update(imports_of(root, module))
    problems += ["a circle: " + ", ".join(sorted(circle)) for circle in circles(graph)]
    print("\n".join(problems) or f"{len(files)} files, each folder includes those before it only")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
