# SPDX-License-Identifier: GPL-2.0-or-later
"""Every model of nest.node_models and nest.synapse_models: cut, resumed in another process, compared.

The outcome is written into host-api/nest/MODELS.md.
"""

import json
import os
import subprocess
import sys
from pathlib import Path

import nest

HERE = Path(__file__).parent
REPORT = HERE.parents[1] / "host-api" / "nest" / "MODELS.md"
TEXT = """# What happens to each model of NEST {version}

Written by `tests/nest/test_models.py`: each model in a small network that makes it fire or change, simulated,
saved in the middle of a slice, restored in another process, simulated on, and compared in all that NEST shows.
*exact*: every byte is the same, and a run that was not restored differs. *refused*: saving names the model and
the reason. *not exercised*: this test knows no network in which the model does something.

{n_exact} exact, {n_refused} refused, {n_idle} not exercised.

| model | outcome |
|---|---|
{rows}
"""


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
    if not REPORT.exists() or REPORT.read_text() != report:
        REPORT.write_text(report)
    assert not {m: text for m, text in outcomes.items() if text.startswith(("DIFFERS", "FAILED"))}
    assert count("exact") >= 175
    assert set(nest.node_models) | set(nest.synapse_models) <= set(outcomes) | {"torpor_hook"}
