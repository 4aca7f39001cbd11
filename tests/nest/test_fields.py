# SPDX-License-Identifier: GPL-2.0-or-later
"""Names, values and units of the fields of nodes, against NEST's own status and the documentation of its models.

The documentation is the comment at the head of each model's header, which the wheel brings along. Its tables have two
shapes: name, default with unit, description; or name, unit, description.
"""

import re
from pathlib import Path

import nest
import pytest

HEADERS = Path(nest.__file__).parent / "include" / "nest"
UNITS = {"mV", "pA", "nA", "nS", "nS/ms", "pF", "ms", "1/ms", "Hz", "1/s", "spikes/s", "mM"}
WRONG_IN_NEST = {("iaf_psc_delta_ps", "V_th")}  # "ms"


def documented():
    """{(model, name): unit} of the rows whose second column has a unit."""
    units = {}
    for header in HEADERS.glob("*.h"):
        comment = re.search(r"BeginUserDocs.*?EndUserDocs", header.read_text(errors="replace"), re.S)
        for line in comment[0].splitlines() if comment else ():
            cells = [cell for cell in re.split(r"\s{2,}|\|", line.strip(" |")) if cell]
            if len(cells) < 2:
                cells = line.split(None, 2)
            name = cells[0].strip("`") if cells else ""
            unit = next((word for word in (cells[1].split() if len(cells) > 1 else ()) if word in UNITS), None)
            if unit and name.isidentifier():
                units[header.stem, name] = unit
    return units


@pytest.fixture(scope="module")
def fields(tmp_path_factory):
    from conftest import run_script

    return run_script("fields.py", tmp_path_factory.mktemp("fields"))


def test_values_are_those_that_nest_shows(fields):
    """Members of a class carry NEST's names: V_m is V_m, even if the class stores it relative to E_L."""
    wrong = {(m, n): (ours, shown) for m, row in fields.items() for n, (_, ours, shown) in row.items() if ours != shown}
    assert wrong == {}
    without = {m for m, row in fields.items() if "V_m" in nest.GetDefaults(m) and "V_m" not in row}
    assert not without and sum("V_m" in row for row in fields.values()) > 50


def test_units_are_those_of_the_documentation(fields):
    ours = {(model, name): unit for model, row in fields.items() for name, (unit, _, _) in row.items()}
    both = {key: unit for key, unit in documented().items() if key in ours and key not in WRONG_IN_NEST}
    assert {key: (ours[key], unit) for key, unit in both.items() if ours[key] != unit} == {}
    assert len(both) > 400
