"""Every mechanism that the wheel ships, and every MOD file of ours: killed, resumed in another process at three points, compared.

The outcomes must be those of host-api/neuron/MECHANISMS.md. TORPOR_NEURON_REWRITE_MECHANISMS=1 in the environment writes that
file instead of comparing it; look at `git diff` then.
"""

import difflib
import json
import os
import re

import pytest
import torpor
from conftest import HERE, start

REPORT = HERE.parents[1] / "host-api" / "neuron" / "MECHANISMS.md"
CUTS = (1, 2, 3)
TEXT = """# What happens to each mechanism of NEURON {version}

Checked by `tests/neuron/test_mechanisms.py`, and written by it with `TORPOR_NEURON_REWRITE_MECHANISMS=1` in the environment.
Each mechanism is put into a small network that fires. The run is killed (SIGKILL) and resumed in another process from
checkpoints at three times; at its end, all columns, Vectors, generators and events are compared with a run without checkpoints.

- *exact*: every byte is the same, and the mechanism's own state changed after the checkpoint.
- *exact, constant*: every byte is the same; the mechanism has no state of its own that changes.
- *refused*: `tn.save` and `tn.every` name the mechanism and the reason, before anything is written.
- *pointed out*: a message names state that a MOD file keeps where nobody else can see it; the rest is exact.

With CVODE, the local step and IDA the outcomes are the same, but that NEURON has no VClamp there: checked by
`tests/neuron/test_variable_step.py` with `TORPOR_NEURON_LONG=1` in the environment. Not checked: Random.play with IDA, whose steps
become so short that one ms takes ten thousand of them.

## What the wheel ships

| mechanism or class | outcome |
|---|---|
{shipped}

## MOD files of tests/neuron/mod

| mechanism | what it uses | outcome |
|---|---|---|
{ours}
"""
# Where the state of a class, or of a mechanism that the script names, shows in a file.
SHOWS = {
    "NetCon": "trees/events/",
    "ParallelContext": "trees/vectors/",
    "Vector": "trees/vectors/",
    "KSChan": "populations/mechanisms/built/",
    "Random": "trees/random",
    "LinearMechanism": "trees/vectors/",
    "Vector.play": "trees/vectors/",
}


def check_or_rewrite(report, path):
    """Fail unless the tracked file is equal to `report`. If the environment asks for it, write the file instead."""
    if os.environ.get("TORPOR_NEURON_REWRITE_MECHANISMS") == "1":
        path.write_text(report)
    tracked = path.read_text() if path.exists() else ""
    changes = "\n".join(difflib.unified_diff(tracked.splitlines(), report.splitlines(), str(path), "now", n=0, lineterm=""))
    if changes:
        pytest.fail(f"{changes}\nIf this is intended: TORPOR_NEURON_REWRITE_MECHANISMS=1 rewrites the file")


def outcome(name, folder, cut, resumed, pointed_out):
    if cut["straight"]:
        is_refusal = cut["straight"].startswith("Error: ")
        return ("refused: " if is_refusal else "FAILED: ") + cut["straight"].removeprefix("Error: ")
    if cut["killed"] != "status -9" or any(resumed):
        return f"FAILED: {cut} {resumed}"
    whole = folder / "straight.msgpack"
    for number in CUTS:
        if differences := torpor.diff(whole, folder / f"resumed-{number}.msgpack"):
            return f"DIFFERS from cut {number}: {differences}"
    if name in pointed_out:
        return "pointed out: " + pointed_out[name]
    first = min((folder / "checkpoints").glob("ckpt-*.msgpack"))
    changed = torpor.diff(first, whole).paths()
    return "exact" if any(SHOWS.get(name, f"/{name}/") in path for path in changed) else "exact, constant"


def mod_files():
    """What each MOD file of ours says that it uses, by the name of its mechanism."""
    ours = {}
    for file in sorted((HERE / "mod").glob("*.mod")):
        text = file.read_text()
        name = re.search(r"^\s*(?:SUFFIX|POINT_PROCESS|ARTIFICIAL_CELL)\s+(\w+)", text, re.M).group(1)
        ours[name] = text.splitlines()[0].removeprefix(": ")
    return ours


def test_all_mechanisms(tmp_path):
    said = ""
    for what in ("cut", "resume"):
        process = start("sweep.py", what, tmp_path, "mechanisms", cwd=tmp_path)  # NEURON loads what nrnivmodl has left in the current folder
        out, errors = process.communicate(timeout=900)
        assert process.returncode == 0, out[-500:] + errors[-2000:]
        said += errors
    cut, resumed = (json.loads((tmp_path / f"{what}.json").read_text()) for what in ("cut", "resumed"))
    pointed_out = dict(re.findall(r"torpor: (\w+): state that its MOD file keeps in VERBATIM \((.*)\) cannot be seen", said))
    outcomes = {
        name: outcome(name, tmp_path / name, result, resumed.get(name, []), pointed_out) for name, result in cut["results"].items()
    }
    ours = mod_files()
    report = TEXT.format(
        version="9.0.2",
        shipped="\n".join(f"| `{name}` | {text} |" for name, text in sorted(outcomes.items(), key=str) if name not in ours),
        ours="\n".join(f"| `{name}` | {uses} | {outcomes[name]} |" for name, uses in ours.items()),
    )
    assert not {name: text for name, text in outcomes.items() if text.startswith(("DIFFERS", "FAILED"))}
    assert set(cut["known"]) <= set(outcomes) and len(ours) >= 10
    check_or_rewrite(report, REPORT)


def test_another_outcome_fails(tmp_path, monkeypatch):
    file = tmp_path / "MECHANISMS.md"
    file.write_text("| `hh` | exact |\n")
    monkeypatch.delenv("TORPOR_NEURON_REWRITE_MECHANISMS", raising=False)
    check_or_rewrite(file.read_text(), file)
    with pytest.raises(pytest.fail.Exception, match="TORPOR_NEURON_REWRITE_MECHANISMS"):
        check_or_rewrite("| `hh` | refused |\n", file)
    monkeypatch.setenv("TORPOR_NEURON_REWRITE_MECHANISMS", "1")
    check_or_rewrite("| `hh` | refused |\n", file)
    assert file.read_text() == "| `hh` | refused |\n"


@pytest.mark.parametrize("change, text", [("hh", "DIFFERS"), ("missing", "FAILED")])
def test_a_difference_is_noticed(tmp_path, change, text):
    """The outcome of two runs that differ, and of one that was not resumed."""
    torpor.msgpack_save(str(tmp_path / "straight.msgpack"), {"hh": {"m": 0.1}})
    for number in CUTS:
        torpor.msgpack_save(str(tmp_path / f"resumed-{number}.msgpack"), {"hh": {"m": 0.1 + 1e-16 * number * 8}})
    cut = {"straight": "", "killed": "status -9"}
    assert outcome("hh", tmp_path, cut, ["status -11" if change == "missing" else ""] * 3, {}).startswith(text)
