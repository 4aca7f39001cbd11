# SPDX-License-Identifier: GPL-2.0-or-later
"""Every model of nest.node_models and nest.synapse_models: cut, resumed in another process, compared.

The outcomes must be those of host-api/nest/MODELS.md. TORPOR_NEST_REWRITE_MODELS=1 in the environment writes that file
instead of comparing it; look at `git diff` then.
"""

import difflib
import json
import os
import subprocess
import sys
from pathlib import Path

import nest
import pytest

HERE = Path(__file__).parent
REPORT = HERE.parents[1] / "host-api" / "nest" / "MODELS.md"
TEXT = """# What happens to each model of NEST {version}

Checked by `tests/nest/test_models.py`, and written by it with `TORPOR_NEST_REWRITE_MODELS=1` in the environment. Each
model is put into a small network that makes it fire or change. The network is simulated, saved in the middle of a slice,
restored in another process and simulated on; then all that NEST shows is compared.

- *exact*: every byte is the same, and a run that was not restored differs.
- *refused*: a save names the model and the reason.
- *not exercised*: the test knows no network in which the model does anything.

{n_exact} exact, {n_refused} refused, {n_idle} not exercised.

| model | outcome |
|---|---|
{rows}
"""


def check_or_rewrite(report, path):
    """Fail unless the tracked file is equal to `report`. If the environment asks for it, write the file instead."""
    if os.environ.get("TORPOR_NEST_REWRITE_MODELS") == "1":
        path.write_text(report)
    tracked = path.read_text() if path.exists() else ""
    changes = "\n".join(difflib.unified_diff(tracked.splitlines(), report.splitlines(), str(path), "now", n=0, lineterm=""))
    if changes:
        pytest.fail(f"{changes}\nIf this is intended: TORPOR_NEST_REWRITE_MODELS=1 rewrites the file")


def test_another_outcome_fails(tmp_path, monkeypatch):
    file = tmp_path / "MODELS.md"
    file.write_text("182 exact\n| `iaf_psc_exp` | exact |\n")
    monkeypatch.delenv("TORPOR_NEST_REWRITE_MODELS", raising=False)
    check_or_rewrite(file.read_text(), file)
    for report in ("181 exact\n| `iaf_psc_exp` | refused: why |\n", "182 exact\n", "183 exact\n| `iaf_psc_exp` | exact |\n"):
        with pytest.raises(pytest.fail.Exception, match="TORPOR_NEST_REWRITE_MODELS"):
            check_or_rewrite(report, file)
    assert "182" in file.read_text()
    monkeypatch.setenv("TORPOR_NEST_REWRITE_MODELS", "1")
    check_or_rewrite("183 exact\n", file)
    assert file.read_text() == "183 exact\n"


def outcome(straight, resumed):
    if "refused" in straight:
        return "refused: " + straight["refused"]
    if "failed" in straight:
        return "not exercised: " + straight["failed"].replace("\n", " ")
    if resumed is None or "refused" in resumed or "failed" in resumed:
        return f"FAILED: {resumed}"
    if any(straight[key] != resumed[key] for key in ("at_end", "draws", "recorded")):
        return "DIFFERS"
    if resumed["unrestored"] == straight["at_end"]:
        return "not exercised: its state does not show"
    return "exact"


def test_all_models(tmp_path):
    for mode in ("save", "restore"):
        result = subprocess.run(
            [sys.executable, HERE / "sweep.py", mode, tmp_path], capture_output=True, text=True, timeout=600, env=os.environ
        )
        assert result.returncode == 0, result.stdout[-500:] + result.stderr[-2000:]
    straight = json.loads((tmp_path / "straight.json").read_text())
    resumed = json.loads((tmp_path / "resumed.json").read_text())
    outcomes = {model: outcome(result, resumed.get(model)) for model, result in straight.items()}
    count = lambda word: sum(text.startswith(word) for text in outcomes.values())
    report = TEXT.format(
        version=nest.build_info["version"],
        n_exact=count("exact"),
        n_refused=count("refused"),
        n_idle=count("not exercised"),
        rows="\n".join(f"| `{model}` | {text} |" for model, text in outcomes.items()),
    )
    assert not {m: text for m, text in outcomes.items() if text.startswith(("DIFFERS", "FAILED"))}
    assert set(nest.node_models) | set(nest.synapse_models) <= set(outcomes) | {"torpor_hook"}
    check_or_rewrite(report, REPORT)
