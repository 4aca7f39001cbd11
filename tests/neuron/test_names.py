"""`torpor diff` and `torpor ls` call segments and mechanisms by the names of their sections."""

import json
import os
import subprocess
from pathlib import Path

import torpor

BIN = Path(os.environ["PYTHONPATH"].split(os.pathsep)[0]).parent / "bin"


def tool(*words):
    return subprocess.run([BIN / "torpor", *words], capture_output=True, text=True).stdout


def test_names(fork, tmp_path):
    for name, n_late in (("a", 5.0), ("b", 5.025)):
        fork("simulate.py", json.dumps({"network": "ring", "how": "psolve", "until": n_late, "save": f"{name}.msgpack"}))
    a, b = tmp_path / "a.msgpack", tmp_path / "b.msgpack"
    found = {one["path"]: one for one in torpor.diff(a, b, rows=1000)}
    names = {path: [row["labels"]["segment"] for row in found[f"populations/{path}"]["rows"]] for path in ("segments/v", "mechanisms/hh/m")}
    assert names["mechanisms/hh/m"] == [f"Cell[{i}].soma(0.5)" for i in range(10)]
    ends = {f"Cell[{i}].{end}" for i in range(10) for end in ("soma(0)", "soma(1)", "dend(1)")}
    inside = {f"Cell[{i}].{place}" for i in range(10) for place in ("soma(0.5)", "dend(0.166666666666667)", "dend(0.5)", "dend(0.833333333333333)")}
    assert set(names["segments/v"]) == ends | inside and len(names["segments/v"]) == 70
    assert "mechanisms/hh/m: 10 of 10 differ, first in row 0: segment Cell[0].soma(0.5) (" in tool("diff", a, b)
    as_json = {one["path"]: one for one in json.loads(tool("diff", "--json", a, b))["differences"]}
    assert as_json["populations/mechanisms/hh/m"]["labels"] == {"segment": "Cell[0].soma(0.5)"}
    assert "hh  map of 26: segment Cell[0].soma(0.5) ... segment Cell[9].soma(0.5)" in tool("ls", a)
    assert "NetCon  map of 5: source " in tool("ls", a)
    assert "soma(0.5): 1 value" in tool("plot", a, "populations/mechanisms/hh/m", "--only", "segment=Cell[3].soma(0.5)")
