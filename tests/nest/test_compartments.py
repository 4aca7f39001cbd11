# SPDX-License-Identifier: GPL-2.0-or-later
"""NEST's compartmental model: compartments, their channels and receptors, which a script puts together itself."""

import json
import shutil

import compartments
import numpy as np
import pytest
import torpor
from conftest import fork_script

CUTS = ["0000000000000080", "0000000000000320", "0000000000000717"]  # steps; the last is the end, inside of a slice


@pytest.fixture(scope="module", params=[1, 2, 3], ids=lambda threads: f"{threads}-threads")
def saved(request, tmp_path_factory):
    """Options, the checkpoint, and the final state of the run that saved it."""
    path = tmp_path_factory.mktemp("compartments") / "network.msgpack"
    options = {"threads": request.param}
    return options, path, fork_script("compartments.py", "save", path, json.dumps(options))


def test_restored_between_runs(run, saved):
    options, path, uncut = saved
    uncut = {key: value for key, value in uncut.items() if key != "at_save"}
    assert run("compartments.py", "restore", path, json.dumps(options)) == uncut
    assert fork_script("compartments.py", "unrestored", path, json.dumps(options)) != uncut
    assert uncut["fire"] and uncut["recorded"] > 1000


def test_built_in_another_order(fork, saved):
    """NEST numbers recordables in the order in which the script creates them; nothing may depend on these numbers."""
    options, path, uncut = saved
    result = fork("compartments.py", "restore", path, json.dumps({**options, "one_by_one": True}))
    assert result["digest"] == uncut["digest"]


def test_parameters_are_those_of_the_checkpoint(fork, saved):
    options, path, _ = saved
    fork("compartments.py", "resave", path, json.dumps({**options, "change": "other parameters"}))
    assert list(torpor.diff(path, f"{path}.again").paths()) == []


@pytest.fixture(scope="module", params=[1, 2], ids=lambda threads: f"{threads}-threads")
def inside(request, tmp_path_factory):
    """Options, the folder of checkpoints taken inside one long run, and the final state of a run without checkpoints."""
    folder = tmp_path_factory.mktemp("inside")
    options = {"threads": request.param}
    uncut = fork_script("compartments.py", "plain", folder, json.dumps(options))
    assert fork_script("compartments.py", "simulate", folder, json.dumps(options)) == uncut
    return options, folder, uncut


def resume(start, inside, tmp_path, cut, **more):
    options, folder, _ = inside
    shutil.copy(folder / f"ckpt-{cut}.msgpack", tmp_path)
    return start("compartments.py", "simulate", tmp_path, json.dumps({**options, **more}), check=False)


@pytest.mark.parametrize("cut", CUTS)
def test_resumed_inside_of_a_run(run, inside, tmp_path, cut):
    """Input that is on its way in NEST's buffers arrives, although NEST clears them at the start of each run."""
    assert resume(run, inside, tmp_path, cut) == inside[2]


KINDS = """/v_comp m_Na h_Na n_K currents.buffer_ syn_buffers_ logger_ g_r_AMPA g_d_AMPA g_d_GABA g_d_NMDA g_d_AN_AMPA
g_d_AN_NMDA compartments/cm_default receptors/AMPA/pyramidal""".split()


@pytest.mark.parametrize("inside", [2], indirect=True)
@pytest.mark.parametrize("kind", KINDS)
def test_left_out(fork, inside, tmp_path, kind):
    result = resume(fork, inside, tmp_path, "0000000000000320", leave_out=kind)
    assert result.get("digest") != inside[2]["digest"], f"resuming without {kind} made no difference"


def test_compartments_that_are_added_between_runs(run, tmp_path):
    straight = fork_script("compartments.py", "grow", tmp_path, "{}")
    for file in sorted(tmp_path.glob("ckpt-*.msgpack"))[:0:-2]:
        for later in (late for late in tmp_path.glob("ckpt-*.msgpack") if late > file):
            later.unlink()
        assert run("compartments.py", "grow", tmp_path, "{}") == straight, file.name


@pytest.mark.parametrize("saved", [2], indirect=True)
@pytest.mark.parametrize(
    "change, words",
    [
        ("fewer compartments", "(node 1): compartment 4, at compartment 3, is missing"),
        ("more compartments", "(node 4): compartment 2, at compartment 0, is not in the checkpoint"),
        ("another parent", "(node 1): compartment 3 is at compartment 0, in the checkpoint at compartment 1"),
        ("fewer receptors", "(node 4): AMPA_NMDA receptor 7, at compartment 1, is missing"),
        ("more receptors", "(node 4): GABA receptor 8, at compartment 1, is not in the checkpoint"),
        ("another receptor", "(node 4): GABA receptor 2, at compartment 0, is not in the checkpoint"),
        ("another place", "(node 4): AMPA_NMDA receptor 3 is at compartment 0, in the checkpoint at compartment 1"),
    ],
)  # fmt: skip
def test_another_structure_is_refused(fork, saved, change, words):
    options, path, _ = saved
    result = fork("compartments.py", "refused", path, json.dumps({**options, "change": change}))
    assert words in result["error"] and result["goes_on"], result


@pytest.mark.parametrize("saved", [2], indirect=True)
def test_names_units_and_values(saved):
    """Columns have the names of the script's parameters and of what it recorded; each row belongs to one object."""
    _, path, uncut = saved
    tree = torpor.open(path)["populations"]
    parts = {"compartments": (0, tree["compartments"])}
    parts |= {f"receptors.{kind}": (1, columns) for kind, columns in tree["receptors"].items()}
    compared = set()
    for model in ("cm_default", compartments.MODEL):
        nodes = tree["nodes"][model]
        for place, (which, columns) in parts.items():
            columns = columns[model]
            numbers = columns["receptor_idx" if which else "comp_idx"][:].tolist()
            assert nodes[place]["values"][:, 0].tolist() == numbers
            counts = [int(n) for n in np.broadcast_to(nodes[place]["counts"], len(nodes["global_id"]))]
            ids = np.repeat(nodes["global_id"], counts).tolist()
            for name, column in columns.items():
                unit = "mV" if name == "v_comp" or name[:2] == "e_" else "ms" if name[:4] == "tau_" else ""
                assert str(getattr(column, "unit", None) or "") == unit, name
                values = np.broadcast_to(column, len(ids)).tolist() if "buffer_" not in name else []
                for node, number, value in zip(ids, numbers, values):
                    shown = dict(compartments.structure()[(node - 1) % 2][which][number]["params"])
                    ending = f"{number}" if name == "v_comp" else f"_{number}"
                    recorded = uncut["at_save"][str(node)].get(name + ending)
                    if recorded is not None:
                        shown[name] = recorded
                    if name in shown:
                        assert value == shown[name], (model, place, name, node, number)
                        compared.add(name)
    recorded = {name.rstrip("0123456789").rstrip("_") for names in uncut["at_save"].values() for name in names}
    given = {name for shape in compartments.structure() for some in shape for part in some for name in part["params"]}
    assert compared == recorded | given and len(compared) > 30
