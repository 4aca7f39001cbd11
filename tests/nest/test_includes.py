# SPDX-License-Identifier: GPL-2.0-or-later
"""Sources of the adapter include one another in one direction only: the order of folders that host-api/nest/README.md states."""

import re
from pathlib import Path

import pytest

ADAPTER = Path(__file__).parents[2] / "host-api" / "nest"


def stated_order():
    """The folders, from the README's line "`base` ← `reflect` ← ..."."""
    [line] = [line for line in (ADAPTER / "README.md").read_text().splitlines() if line.count("` ← `") > 2]
    return re.findall(r"`(\w+)`", line)


def violations(source, order):
    """Includes against the order, circles, and includes that do not name their folder, as texts."""
    found, includes = [], {}
    files = {str(f.relative_to(source)): f for f in sorted(source.rglob("*")) if f.suffix in (".h", ".cpp")}
    names = {Path(name).name for name in files}
    for name, file in files.items():
        folder, unit = name.split("/")[0], name.rsplit(".", 1)[0]
        for included in re.findall(r'^#include "([^"]+)"', file.read_text(), re.MULTILINE):
            if included in files:
                if order.index(included.split("/")[0]) > order.index(folder):
                    found.append(f"{name} includes {included}: against the order")
                if included.rsplit(".", 1)[0] != unit:
                    includes.setdefault(unit, set()).add(included.rsplit(".", 1)[0])
            elif included in names:
                found.append(f"{name} includes {included}: without its folder")
    return found + [f"{' includes '.join(circle)}: a circle" for circle in circles(includes)]


def circles(includes):
    """Each unit that comes to include itself by way of others, with that way."""
    for start in includes:
        ways = [[start, unit] for unit in includes[start]]
        seen = set()
        while ways:
            way = ways.pop()
            if way[-1] == start:
                yield way
                break
            if way[-1] not in seen:
                seen.add(way[-1])
                ways += [[*way, unit] for unit in includes.get(way[-1], ())]


def test_one_direction():
    order = stated_order()
    assert sorted(order) == sorted({f.parent.name for f in (ADAPTER / "src").rglob("*.*")})
    assert violations(ADAPTER / "src", order) == []


@pytest.mark.parametrize(
    "file, include, words",
    [
        ("low/a.h", "high/b.h", "against the order"),
        ("high/c.h", "a.h", "without its folder"),
        ("high/c.cpp", "high/b.h", "a circle"),
    ],
)
def test_what_is_found(tmp_path, file, include, words):
    texts = {"low/a.h": "", "high/b.h": "#include \"low/a.h\"\n#include \"high/c.h\"\n", "high/c.h": "", "high/c.cpp": ""}
    for name, text in texts.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    assert violations(tmp_path, ["low", "high"]) == []
    (tmp_path / file).write_text(texts[file] + f'#include "{include}"\n')
    assert any(words in text for text in violations(tmp_path, ["low", "high"]))
