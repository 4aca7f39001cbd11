"""CoreNEURON, to which psolve() hands the model: a run that was cut, in a fresh process, ends as one without checkpoints.

With TORPOR_NEURON_LONG=1 in the environment: on two threads, too.
"""

import json
import signal
import time

import pytest
from conftest import differences, start
from test_variable_step import CUTS, LONG, newest_ms

UNTIL, EVERY = 80.0, 20.01
OPTIONS = {"network": "with_gids", "solver": "coreneuron", "how": "psolve"}


@pytest.mark.parametrize("n_threads", [1, *([2] * LONG)])
def test_same_state_for_three_cuts(run, fork, tmp_path, n_threads):
    options = {**OPTIONS, "arguments": {"n_threads": n_threads}}
    whole = tmp_path / "whole.msgpack"
    assert fork("simulate.py", json.dumps({**options, "until": UNTIL, "save": str(whole)}))["n_spikes"] > 0
    for cut in CUTS:
        folder = tmp_path / str(cut)
        limited = {**options, "every": EVERY, "dir": str(folder), "save": str(folder.with_suffix(".msgpack"))}
        fork("simulate.py", json.dumps({**limited, "until": EVERY * (cut + 0.5)}))
        assert newest_ms(folder) // EVERY == cut
        run("simulate.py", json.dumps({**limited, "until": UNTIL}))
        assert differences(whole, folder.with_suffix(".msgpack")) == []


def test_killed_from_outside(run, fork, tmp_path):
    options = {**OPTIONS, "every": EVERY, "dir": "checkpoints"}
    process = start("simulate.py", json.dumps({**options, "until": 1e6, "save": "never.msgpack"}), cwd=tmp_path)
    while newest_ms(tmp_path / "checkpoints") < 2 * EVERY:
        assert process.poll() is None, process.communicate()
        time.sleep(0.002)
    process.kill()
    process.communicate()
    assert process.returncode == -signal.SIGKILL
    until = newest_ms(tmp_path / "checkpoints") + 30
    run("simulate.py", json.dumps({**options, "until": until, "save": "resumed.msgpack"}))
    fork("simulate.py", json.dumps({**OPTIONS, "until": until, "save": "whole.msgpack"}))
    assert differences(tmp_path / "whole.msgpack", tmp_path / "resumed.msgpack") == []


@pytest.mark.parametrize("stops", [[], [620]])
def test_parts_end_where_psolve_does(run, fork, tmp_path, stops):
    """CoreNEURON makes a step less where t, added up from many steps, has come above the end of a part by its last digits."""
    options = {**OPTIONS, "arguments": {"n": 2}, "stops": stops, "until": 700}
    fork("simulate.py", json.dumps({**options, "save": "whole.msgpack"}))
    limited = {**options, "every": 20, "dir": "checkpoints", "save": "parts.msgpack"}
    for until in (640, 700):
        run("simulate.py", json.dumps({**limited, "until": until}))
    assert differences(tmp_path / "whole.msgpack", tmp_path / "parts.msgpack") == []
