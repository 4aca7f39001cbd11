# SPDX-License-Identifier: GPL-2.0-or-later
"""The adapter works with the build of NEST that it was built against, and refuses every other before NEST loads it."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from elftools.elf.elffile import ELFFile

sys.path.insert(0, str(Path(__file__).parents[2] / "host-api" / "nest" / "generate"))

import wheel  # noqa: E402

NEST = wheel.nest_folder()


def copied(folder, alter):
    """Copy NEST, and change its library by alter(file, its ELF). Returns the environment that uses the copy."""
    (folder / "nest").mkdir()
    for entry in NEST.iterdir():
        if entry != wheel.library(NEST):
            (folder / "nest" / entry.name).symlink_to(entry)
    (folder / "nest_simulator.libs").symlink_to(NEST.parent / "nest_simulator.libs")
    library = wheel.library(folder / "nest")
    shutil.copy(wheel.library(NEST), library)
    with open(library, "r+b") as file:
        alter(file, ELFFile(file))
    return {"PYTHONPATH": f"{folder}:{os.environ.get('PYTHONPATH', '')}"}


def another_id(file, elf):
    [notes] = [s for s in elf.iter_segments() if s["p_type"] == "PT_NOTE"]
    [note] = notes.iter_notes()
    file.seek(notes["p_offset"] + notes["p_filesz"] - len(note["n_descdata"]))
    file.write(bytes([note["n_descdata"][0] ^ 1]))


def no_id(file, elf):
    for index, segment in enumerate(list(elf.iter_segments())):
        if segment["p_type"] == "PT_NOTE":
            file.seek(elf["e_phoff"] + index * elf["e_phentsize"])
            file.write(bytes(4))  # PT_NULL


def test_the_build_that_it_was_built_against(run):
    assert run("install_only.py") == {"error": "", "loaded": wheel.build_of(wheel.library(NEST)), "is_installed": True}


@pytest.mark.parametrize("alter, how", [(another_id, "build-id "), (no_id, "code ")])
def test_another_build(run, tmp_path, alter, how):
    """Same release, same sizes of all models."""
    environment = copied(tmp_path, alter)
    found = wheel.build_of(wheel.library(tmp_path / "nest"))
    assert found.startswith(how) and found != wheel.build_of(wheel.library(NEST))
    result = run("install_only.py", **environment)
    assert result["loaded"] == found and not result["is_installed"]
    for words in (found, wheel.build_of(wheel.library(NEST)), "pip install --force-reinstall ./host-api/nest"):
        assert words in result["error"], result


def test_libraries_without_build_id(tmp_path):
    """Their code tells them apart."""
    builds = []
    for number in (1, 1, 2):
        library = tmp_path / "library.so"
        command = ["gcc", "-shared", "-fPIC", "-Wl,--build-id=none", "-xc", "-", "-o", library]
        subprocess.run(command, input=f"int f(void) {{ return {number}; }}", text=True, check=True)
        builds.append(wheel.build_of(library))
    assert builds[0] == builds[1] != builds[2] and builds[0].startswith("code ")
