# SPDX-License-Identifier: GPL-2.0-or-later
"""The generator stops at rules that match nothing, and at members of NEST's kernel that no rule accounts for.

A kernel of a few lines stands in for NEST: no wheel is read and nothing is simulated.
"""

import copy
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

sys.path.insert(0, str(Path(__file__).parents[2] / "host-api" / "nest" / "generate"))

import members  # noqa: E402
import rules as installed_rules  # noqa: E402
from debuginfo import DebugInfo  # noqa: E402
from matching import TABLES, RuleError, Rules  # noqa: E402
from wheel import ModelClass  # noqa: E402

KERNEL = """
#include <string>
#include <vector>
struct Workspace { double scratch; };
namespace nest {
struct ManagerInterface { virtual ~ManagerInterface() {} };
struct Clock : ManagerInterface { long steps_; bool prepared_; };
struct Threads : ManagerInterface { long n_threads_; };
struct KernelManager { Clock clock; Threads threads; long fingerprint_; };
struct Spike { long id : 8; };
struct Dendrite { long number; double V_; };
struct Warning { bool was_shown; };
struct Curve { double slope; };
struct State { double raw; };
struct neuron : Warning
{
  double V_m_; long id_; Workspace* workspace_; std::vector< Spike > spikes_; std::vector< Dendrite > dendrites_;
  Curve* curve_; State state_; std::string label_; // of the new ABI of libstdc++, where the wheel has the old one
};
}
nest::KernelManager kernel;
nest::neuron neuron;
"""

TABLES_THAT_FIT = SimpleNamespace(
    SKIPPED_CLASSES=("nest::Warning",),
    COMPONENTS={"nest::Dendrite": ("number", "dendrite", "dendrites")},
    MEMBERS={("nest::neuron", "id_"): "constant"},
    PARAMETER_CLASSES=("nest::State",),
    PARAMETERS={("nest::neuron", "V_m_")},
    EVOLVING={("nest::neuron", "spikes_")},
    SKIPPED_TYPES={"Workspace": "scratch"},
    POINTERS={"nest::Curve"},
    CONTAINERS={"std::vector": [("_Tp", "{}::value_type")], "std::basic_string": []},
    SPECIAL={"nest::State": [("", "&state_codec")]},
    RAW={"nest::Spike"},
    KERNEL=[("clock", "nest::Clock", ["steps_"])],
    NOT_SAVED={
        "nest::KernelManager": {"fingerprint_": "identity"},
        "nest::Clock": {"prepared_": "set by each call"},
        "nest::Threads": {"n_threads_": "compared"},
    },
    NOT_SAVED_WITH_MPI={"nest::Clock": {"communicator_": "set up for MPI"}},
)
GONE = ("nest::neuron", "gone_")
NEEDLESS = {
    "SKIPPED_CLASSES": (*TABLES_THAT_FIT.SKIPPED_CLASSES, "nest::Gone"),
    "RAW": TABLES_THAT_FIT.RAW | {"nest::Gone"},
    "POINTERS": TABLES_THAT_FIT.POINTERS | {"nest::Gone"},
    "MEMBERS": {**TABLES_THAT_FIT.MEMBERS, GONE: "skip"},
    "PARAMETER_CLASSES": (*TABLES_THAT_FIT.PARAMETER_CLASSES, "nest::Gone"),
    "PARAMETERS": TABLES_THAT_FIT.PARAMETERS | {GONE},
    "EVOLVING": TABLES_THAT_FIT.EVOLVING | {GONE},
    **{
        table: {**getattr(TABLES_THAT_FIT, table), "nest::Gone": ("number", "gone", "gone")}
        for table in ("COMPONENTS", "SKIPPED_TYPES", "CONTAINERS", "SPECIAL")
    },
}


@pytest.fixture(scope="module")
def info(tmp_path_factory):
    folder = tmp_path_factory.mktemp("kernel")
    (folder / "kernel.cpp").write_text(KERNEL)
    flags = ["-g", "-shared", "-fPIC", "-fno-eliminate-unused-debug-types", "-femit-class-debug-always"]
    subprocess.run(["g++", *flags, folder / "kernel.cpp", "-o", folder / "kernel.so"], check=True)
    return DebugInfo(folder / "kernel.so")


def generate(info, **changed):
    tables = copy.deepcopy(TABLES_THAT_FIT)
    for name, value in changed.items():
        setattr(tables, name, value)
    return members.generate(info, [ModelClass("nest::neuron", "6neuron", False)], [], Rules(tables))


def test_rules_that_fit(info):
    text = generate(info)
    assert "V_m_" in text and "steps_" in text and "scratch" not in text and "prepared_" not in text


def test_what_a_script_sets(info):
    rows = {line.split('"')[1]: line for line in generate(info).splitlines() if line.startswith('  { "') and "codec" in line}
    flags = {name: row.split(", ")[2] for name, row in rows.items()}
    assert flags == {"V_m_": "MEMBER_PARAMETER", "id_": "MEMBER_CONSTANT", "spikes_": "MEMBER_GIVEN", "curve_": "0",
                     "state_": "MEMBER_PARAMETER", "label_": "0", "steps_": "0", "number": "0", "V_": "0"}  # fmt: skip


@pytest.mark.parametrize("table", TABLES)
def test_rule_that_matches_nothing(info, table):
    name = "nest::neuron::gone_" if table in ("MEMBERS", "PARAMETERS", "EVOLVING") else "nest::Gone"
    with pytest.raises(RuleError, match=f"{table}: {name} matches nothing"):
        generate(info, **{table: NEEDLESS[table]})


@pytest.mark.parametrize(
    "changed, words",
    [
        ({"KERNEL": [("clock", "nest::Clock", ["steps_", "gone_"])]}, "KERNEL: nest::Clock has no member gone_"),
        ({"KERNEL": [*TABLES_THAT_FIT.KERNEL, ("gone", "nest::Gone", ["x"])]}, "NEST has no class nest::Gone"),
        ({"KERNEL": [("clock", "nest::Clock", ["steps_", "prepared_"])]}, "prepared_ is listed as saved, but"),
        ({"KERNEL": [("clock", "nest::Clock", [])]}, "nest::Clock::steps_ is neither saved"),
        ({"KERNEL": [("clock", "nest::Clock", None)], "NOT_SAVED": {
            **TABLES_THAT_FIT.NOT_SAVED, "nest::Clock": {}, "nest::Gone": {"x": "why"}}}, "NEST has no class nest::Gone"),
        ({"NOT_SAVED": {**TABLES_THAT_FIT.NOT_SAVED, "nest::Clock": {}}}, "nest::Clock::prepared_ is neither saved"),
        ({"NOT_SAVED": {**TABLES_THAT_FIT.NOT_SAVED, "nest::Clock": {"prepared_": ""}}},
         "nest::Clock::prepared_ is neither saved"),
        # A manager that no rule mentions, and the kernel's own members:
        ({"NOT_SAVED": {**TABLES_THAT_FIT.NOT_SAVED, "nest::Threads": {}}}, "nest::Threads::n_threads_ is neither saved"),
        ({"NOT_SAVED": {**TABLES_THAT_FIT.NOT_SAVED, "nest::KernelManager": {}}}, "fingerprint_ is neither saved"),
        ({"NOT_SAVED": {**TABLES_THAT_FIT.NOT_SAVED, "nest::Threads": {"n_threads_": "a", "gone_": "b"}}},
         "NOT_SAVED: nest::Threads has no member gone_"),
    ],
)  # fmt: skip
def test_kernel_that_is_not_accounted_for(info, changed, words):
    with pytest.raises(RuleError, match=words):
        generate(info, **changed)


def test_members_of_a_nest_with_mpi(info):
    """All that are named of a class are there, or none."""
    with_mpi = {"nest::Threads": {"n_threads_": "compared"}}
    without = {**TABLES_THAT_FIT.NOT_SAVED, "nest::Threads": {}}
    assert "steps_" in generate(info, NOT_SAVED=without, NOT_SAVED_WITH_MPI=with_mpi)
    with_mpi["nest::Threads"]["gone_"] = "removed"
    with pytest.raises(RuleError, match="NOT_SAVED: nest::Threads has no member gone_"):
        generate(info, NOT_SAVED=without, NOT_SAVED_WITH_MPI=with_mpi)


def test_every_reason_is_a_text():
    for of_class in installed_rules.NOT_SAVED.values():
        assert all(len(reason) > 10 for reason in of_class.values())
