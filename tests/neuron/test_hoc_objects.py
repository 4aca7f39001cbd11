"""Which objects objrefs and Lists of hoc name, and what they hold, which statements of hoc change in a run, and that the simulation depends on."""

import json

import numpy
import pytest
from conftest import WAYS, differences, fork_script, run_until_killed

import torpor


def die(tmp_path, at, **options):
    run_until_killed("hoc_objects.py", {**options, "die_at": at}, tmp_path)


@pytest.mark.parametrize("way", WAYS)
def test_killed_and_resumed(run, fork, tmp_path, way):
    """Uninterrupted; killed in the first and in the second run, and resumed: the state, what objrefs name, and how often each is named.
    The script makes a Vector between its runs, whose number depends on what the first one has made."""
    options = {**WAYS[way], "every": 7, "dir": "whole", "save": "whole.msgpack", "declares": "log_ = new Vector()" if "once" in way else ""}
    whole = fork("hoc_objects.py", json.dumps(options))
    options.update(dir="checkpoints", save="resumed.msgpack")
    for at in (16, 33):
        die(tmp_path, at, **options)
    resumed = run("hoc_objects.py", json.dumps(options))
    held = whole["held"]
    assert len(whole["spikes"]) > 5 and len(held["logged"]) > 5 and whole["left"] == [0, 0]
    assert "once" in way or int(held["log"][7:-1]) > 8
    assert resumed == whole
    assert differences(tmp_path / "whole.msgpack", tmp_path / "resumed.msgpack") == []


def test_numbers_that_only_a_run_knows_are_named(fork, tmp_path):
    """The ends of runs are not kept, so what the first run has made is not counted again; and nobody but Python names the Vector."""
    options = {"how": "continuerun", "reads": "once", "every": 7, "dir": "checkpoints", "save": "end.msgpack", "keeps": True, "own": True}
    die(tmp_path, 33, **options)
    errors = fork("hoc_objects.py", json.dumps(options), status=1)
    assert "was saved and is not there, and Vector[" in errors and "make it before the first run" in errors


REWINDS = {"how": "continuerun", "rewinds": True, "save": "end.msgpack", "declares": "log_ = new Vector();for i = 0, 2 sparse_.setval(i, 1, 0)"}


def test_rewound_in_one_process(fork):
    """Objrefs that had not changed when the file was saved, too. Only the numbers of what is made later go on."""
    first, again = fork("hoc_objects.py", json.dumps({**REWINDS, "keeps": True}))["held"]
    for held in (first, again):
        del held["next"]
    assert first == again and first["n"] > 20


def test_each_distribution(fork):
    after = fork("distributions.py")
    assert after["save"] == after["restore"] and len({repr(drawn) for drawn in after["save"].values()}) == 11


def test_elements_cannot_be_taken_out_again(fork):
    """Of a sparse Matrix."""
    errors = fork("hoc_objects.py", json.dumps({**REWINDS, "declares": "log_ = new Vector()", "keeps": True}), status=1)
    assert "Matrix[1] has an element [0][1] that it did not have when it was saved" in errors


def test_what_is_gone_cannot_be_named_again(fork):
    assert "gone_ named Vector[" in fork("hoc_objects.py", json.dumps(REWINDS), status=1)


CHECKPOINTED = {"how": "continuerun", "every": 7, "dir": "checkpoints", "save": "end.msgpack", "ends": [20], "declares": "log_ = new Vector()"}


@pytest.fixture(scope="module")
def checkpointed(tmp_path_factory):
    """The folder of a run that has ended."""
    folder = tmp_path_factory.mktemp("checkpointed")
    fork_script("hoc_objects.py", json.dumps(CHECKPOINTED), cwd=folder)
    return folder


def test_saved_by_name(checkpointed):
    """Those that have changed, also of objects, and no others: which_ names again what it named."""
    (path,) = (checkpointed / "checkpoints").glob("ckpt-*14000000.msgpack")
    saved = torpor.msgpack_load(str(path))["trees"]["hoc_objects"]
    assert list(saved["objrefs"]) == ["Chooser[0].mine", "Chooser[1].mine", "chooser_", "gone_", "sometimes_", "table_"]
    assert saved["objrefs"]["table_"]["[1][0]"] == "" and saved["objrefs"]["table_"]["[1][1]"].startswith("IClamp[")
    assert saved["objrefs"]["gone_"] == "" and saved["made"]["Vector"] > 8
    (path,) = (checkpointed / "checkpoints").glob("ckpt-*07000000.msgpack")
    trees = torpor.msgpack_load(str(path))["trees"]
    assert trees["lists"] == {"List[6]": {str(i): f"IClamp[{k}]" for i, k in enumerate((1, 2, 0))}}
    assert trees["matrices"]["Matrix[0]"].shape == (2, 3) and trees["matrices"]["Matrix[1]"]["column"].tolist() == [1, 1, 1]


# NEURON ends the process where an event does this, but not where advance() does.
CHANNEL = "objref channel_;channel_ = new KSChan();done_ = 0;proc advance() {{ fadvance()  if (t > 13.5 && done_ == 0) {{ done_ = 1  {} }} }}"
REFUSED = {
    "channel-state": (CHANNEL.format('channel_.add_ksstate(nothing_, "opened")'), "n_ = n_", "KSChan[0] has been changed by KSChan.add_ksstate()", "before the run only"),
    "channel-name": (CHANNEL.format('channel_.name("other")'), "n_ = n_", "KSChan[0] has been changed by KSChan.name()", "before the run only"),
    "made": ("objref other_", "other_ = new Vector()", "other_ names Vector[", "which the run has made"),
    "made-in-array": ("objref others_[2]", "others_[1] = new Vector()", "others_[1] names Vector[", "which the run has made"),
    "made-in-object": ("", "choosers_[0].keep(new Vector())", "Chooser[0].kept names Vector[", "which the run has made"),
    "made-in-list": ("", "kept_.append(new Vector())", "List[7].object(", "which the run has made"),
    "template": ("objref other_", "other_ = new Chooser(clamps_[0], clamps_[1])", "Chooser[2] has been made by the run", "before the run"),
    "netcon": ("objref other_, stim_;stim_ = new NetStim()", "other_ = new NetCon(stim_, nothing_)", "has been made by the run", "NetCon["),
    "gone": ("objref other_, stim_;stim_ = new NetStim();other_ = new NetCon(stim_, nothing_)", "other_ = nothing_", "NetCon: one that was there", "is gone"),
    "python": ("objref other_;other_ = new PythonObject()", "other_ = other_.json", "other_ names an object of Python", "cannot hold"),
    "section-list": ("create here_;access here_;objref other_;other_ = new SectionList()", "other_.append()", "SectionList[0] has been changed by SectionList.append()", "cannot be saved"),
    "standard": ("objref other_;other_ = new MechanismStandard(\"hh\")", "other_.set(_q_gnabar_hh_q_, 0.1)", "MechanismStandard[0] has been changed by MechanismStandard.set()", "cannot be saved"),
    "impedance": ("objref other_;other_ = new Impedance()", "other_.deltafac(0.01)", "Impedance[0] has been changed by Impedance.deltafac()", "cannot be saved"),
    "file": ("objref other_;other_ = new File();other_.wopen(\"written\")", "other_.printf(_q_x_q_)", "File[0] has been opened, closed, read or written", "cannot be saved"),
}  # fmt: skip


@pytest.mark.parametrize("what", REFUSED)
def test_refused_by_name(fork, what):
    """What a script that is started again does not have: at the first checkpoint after it came, by name."""
    declares, does, *texts = REFUSED[what]
    errors = fork("hoc_objects.py", json.dumps({**CHECKPOINTED, "declares": f"log_ = new Vector();{declares}", "does": [13.5, does.replace("_q_", chr(92) + chr(34))]}), status=1)
    assert all(text in errors for text in texts), errors


MISSING = {
    "number": ("chooser_", "objref chooser_[2]", "chooser_ was a single objref when it was saved, and is not in the script"),
    "array": ("table_", "objref table_[2][3]", "table_ had 4 elements up to [1][1] when it was saved, and has 6 up to [1][2] in the script"),
    "less": ("table_", "objref table_", "table_ was an array of objrefs when it was saved, and is not in the script"),
}


@pytest.mark.parametrize("what", MISSING)
def test_what_cannot_be_set_again_is_named(fork, checkpointed, what):
    """And nothing is touched."""
    _, declares, text = MISSING[what]
    result = fork("hoc_objects.py", json.dumps({**CHECKPOINTED, "restores": str(checkpointed / "end.msgpack"), "declares": f"log_ = new Vector();{declares}"}))
    assert text in result["error"] and result["unchanged"]


EDITED = {
    "item": ("lists", "List[6]", {"0": "IClamp[0]", "1": "Vector[77]"}, "List[6].object(1) named Vector[77] when it was saved, which is not there"),
    "list": ("lists", "List[99]", {"0": "IClamp[0]"}, "List[99], a List that a run had changed when it was saved, is not there"),
    "other": ("lists", "Vector[0]", {"0": "IClamp[0]"}, "Vector[0], a List that a run had changed when it was saved, is not there"),
    "later": ("random", "scop_random", "no number", "trees/random/scop_random"),
    "sparse": ("matrices", "Matrix[0]", {"rows": 2, "columns": 3}, "Matrix[0] was sparse when it was saved, and is not in the script"),
    "object": ("objrefs", "which_", "IClamp[17]", "which_ named IClamp[17] when it was saved, which is not there"),
    "name": ("objrefs", "which_", "IClamp[1]x", "which_ named IClamp[1]x when it was saved, which is not there"),
    "element": ("objrefs", "table_", {"[0][0]": ""}, "table_ had 1 elements up to [0][0]"),
    "owner": ("objrefs", "Chooser[5].mine", "", "Chooser[5].mine, an objref that a run had changed when it was saved, is not there"),
    "kind": ("objrefs", "n_", "", "n_ was an objref when it was saved, and is something else"),
    "undeclared": ("objrefs", "another_", "", "another_, an objref that a run had changed when it was saved, is not there"),
    "statement": ("hoc", "a_ = n_ = 7  b_", numpy.array(3.0), "a_ = n_ = 7  b_, which a run had changed when it was saved, is not there"),
    "keyword": ("hoc", "while", numpy.array(3.0), "while, which a run had changed when it was saved, is not there"),
    "template": ("made", "Nothing", 3, "Nothing, of which 3 objects had been made when it was saved, is no template"),
}


@pytest.mark.parametrize("what", EDITED)
def test_file_of_another_model_is_named(fork, checkpointed, tmp_path, what):
    """And nothing is touched, whatever stands before it in the file."""
    part, key, value, text = EDITED[what]
    content = torpor.msgpack_load(str(checkpointed / "end.msgpack"))
    trees = content["trees"]
    (trees[part] if part in trees else trees["hoc_objects"][part])[key] = value
    torpor.msgpack_save(str(tmp_path / "edited.msgpack"), content, index=True)
    result = fork("hoc_objects.py", json.dumps({**CHECKPOINTED, "restores": "edited.msgpack"}))
    assert text in result["error"] and result["unchanged"]
