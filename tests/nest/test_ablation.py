# SPDX-License-Identifier: GPL-2.0-or-later
"""Each kind of state is needed: a run that is restored without it does not end like the uncut run.

What is left out is chosen so that NEST stays consistent: a restore that crashes shows nothing, and fails the test.
"""

import json

import pytest
import torpor
from conftest import fork_script, run_script

KINDS = [
    "kernel/simulation_manager/clock_",
    "generators/thread/",
    "S_.",
    "B_.input_buffer_",
    "history_",
    "logger_",
    "synapses/stdp_synapse/weight",
    "synapses/stdp_synapse/Kplus",
    "synapses/stdp_synapse/t_lastspike_",
    "recorders/memory/",
    "nodes/noise_generator/",
    "nodes/poisson_generator/rate",
    "Kminus_",
    "frozen",
]


# Between two slices, spikes are on their way in the buffers of the exchange; inside of a slice these were delivered. Their
# counts and sizes, which NEST needs to agree with them, are left out along with them.
BETWEEN_SLICES = ["spike_data_"]


def restored(script, *arguments, left_out):
    """In a fresh process, if nothing is left out."""
    return (fork_script if left_out else run_script)(script, *arguments)


def save(tmp_path_factory, **options):
    path = tmp_path_factory.mktemp("ablation") / "network.msgpack"
    options = dict(synapse="stdp_synapse", threads=2, path=str(path), **options)
    return options, fork_script("one_run.py", "save", json.dumps(options))


@pytest.fixture(scope="module")
def saved(tmp_path_factory):
    return save(tmp_path_factory, model="iaf_psc_exp", delay="random", change=True, freeze=True, until=120.0, save_at=60.3)


@pytest.fixture(scope="module")
def saved_between_slices(tmp_path_factory):
    return save(tmp_path_factory, model="iaf_psc_exp", delay="constant", until=120.0, save_at=60.0)


@pytest.mark.parametrize("kind", ["", *BETWEEN_SLICES])
def test_left_out_between_slices(saved_between_slices, kind):
    options, uncut = saved_between_slices
    result = restored("one_run.py", "restore", json.dumps({**options, "leave_out": kind}), left_out=kind)
    assert (result == uncut) == (kind == ""), result


def test_complete_restore_is_the_same(run, saved):
    options, uncut = saved
    assert run("one_run.py", "restore", json.dumps(options)) == uncut


@pytest.mark.parametrize("kind", KINDS)
def test_left_out(fork, saved, kind):
    options, uncut = saved
    result = fork("one_run.py", "restore", json.dumps({**options, "leave_out": kind}))
    assert result["digest"] != uncut["digest"], f"restoring without {kind} made no difference"


REDEFINED = ["trees/defaults", "nodes/weight_recorder/P_.senders_", "nodes/weight_recorder/P_.targets_", "wfr_tol_"]


@pytest.fixture(scope="module")
def redefined(tmp_path_factory):
    """The script changes defaults, common parameters and the kernel in the middle; then nodes are created."""
    options, saved = save(tmp_path_factory, model="iaf_psc_alpha", redefine=True, until=100.0, save_at=50.0)
    assert fork_script("one_run.py", "straight", json.dumps(options)) == saved
    return options, saved


@pytest.mark.parametrize("kind", ["nothing", *REDEFINED])
def test_what_a_script_redefined(redefined, kind):
    options, uncut = redefined
    left_out = kind if kind in REDEFINED else ""
    result = restored("one_run.py", "restore", json.dumps({**options, "leave_out": left_out}), left_out=left_out)
    assert (result == uncut) == (kind == "nothing"), result


UNSEEN = ["grow_extra_", "shrink_limit_", "shrink_spare_", "precision_", "buffer_size_spike_data_"]


@pytest.mark.parametrize("kind", ["", *REDEFINED, *UNSEEN])
def test_restored_and_saved_again(redefined, kind):
    """Saved again, the file is the same, except for what the restore left out, even if NEST's status does not show that."""
    options, _ = redefined
    restored("one_run.py", "resave", json.dumps({**options, "leave_out": kind}), left_out=kind)
    differences = torpor.diff(options["path"], options["path"] + ".again").paths()
    differences = [path for path in differences if "trees/recordings" not in path]  # the run that was saved wrote on
    assert [path for path in differences if not kind or kind not in path] == []
    assert bool(differences) == bool(kind)


@pytest.mark.parametrize("kind", ["", "trees/defaults"])
def test_optimizer_of_e_prop(fork, tmp_path, kind):
    """Its parameters, which all synapses of a model share, were changed before the save."""
    uncut = fork("eprop.py", "save", tmp_path / "c")
    assert fork("eprop.py", "straight", tmp_path / "c") == uncut and uncut["recorded"] > 10
    assert (restored("eprop.py", "restore", tmp_path / "c", kind, left_out=kind) == uncut) == (kind == "")


ROWS = {
    "restore": [
        "emitted_spikes_register_",
        "off_grid_emitted_spikes_register_",
        "IntegrationStep_",  # of GSL
        "V_.normal_dist_",  # has a deviate left
        "/t_spike",
        "synapses_from_devices/",
        "synapse_models/",  # shared by the synapses of a thread
        "n_events",
        "generators/thread_synced",
    ],
    "resume": ["send_buffer_secondary_events_", "synapse_models/"],
}


@pytest.fixture(scope="module")
def rows(tmp_path_factory):
    """Off-grid spikes, rates, GSL, synapses from devices, and what is shared: saved between runs and inside one."""
    folder = tmp_path_factory.mktemp("rows")
    uncut = {"restore": fork_script("rows.py", "save", folder / "restore")}
    assert fork_script("rows.py", "straight", folder / "restore") == uncut["restore"]
    uncut["resume"] = fork_script("rows.py", "inside", folder / "resume")
    return folder, uncut


@pytest.mark.parametrize("how, kind", [(how, kind) for how, kinds in ROWS.items() for kind in ["", *kinds]])
def test_further_rows(rows, how, kind):
    folder, uncut = rows
    assert uncut[how]["recorded"] > 1000
    assert (restored("rows.py", how, folder / how, kind, left_out=kind) == uncut[how]) == (kind == "")
