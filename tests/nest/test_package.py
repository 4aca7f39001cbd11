# SPDX-License-Identifier: GPL-2.0-or-later
"""pip builds and installs the adapter from its folder alone; it can then be imported anywhere in that environment."""

import os
import re
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest

SOURCE = Path(__file__).parents[2] / "host-api" / "nest"
REUSE = f"{sys.executable};-SE;{Path(__file__).parents[1] / 'reuse-objects'}"  # without what starts Python for others

PROGRAM = """
import sys
from pathlib import Path
import nest, torpor_nest
package = Path(torpor_nest.__file__).parent
assert package.is_relative_to(sys.prefix), package

def build():
    nest.ResetKernel()
    torpor_nest.install()
    neurons = nest.Create("iaf_psc_alpha", 10, params={"I_e": 400.0})
    recorder = nest.Create("spike_recorder")
    nest.Connect(neurons, recorder)
    return recorder

recorder = build()
nest.Simulate(100.3)
torpor_nest.save("half.msgpack")
nest.Simulate(100.0)
spikes = [recorder.events[key].tolist() for key in ("times", "senders")]
recorder = build()
torpor_nest.restore("half.msgpack")
nest.Simulate(100.0)
assert spikes[0] and spikes == [recorder.events[key].tolist() for key in ("times", "senders")]
maps = Path("/proc/self/maps").read_text()
for file in ("torpormodule.so", "torpor.so"):
    assert f"{package}/{file}\\n" in maps, f"{file} is not that of the package"
"""


def call(*command, cwd=None):
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONPATH"}
    done = subprocess.run(list(map(str, command)), capture_output=True, text=True, cwd=cwd, env=environment)
    assert done.returncode == 0, f"{command}\n{done.stdout[-3000:]}{done.stderr[-3000:]}"


def environment(folder, *options):
    """A new virtual environment; its Python."""
    call(sys.executable, "-m", "venv", *options, folder)
    return folder / "bin" / "python"


def pip(*arguments):
    call(sys.executable, "-m", "pip", "--disable-pip-version-check", "--quiet", *arguments)


def python_with_tables(folder):
    """An interpreter that copies the tables of all models' members from the build, of which the same generator has made them."""
    python = folder / "python"
    tables = Path(os.environ["TORPOR_BUILD"]) / "host-api" / "nest" / "members.cpp"
    python.write_text(f'#!/bin/sh\n[ "$2" = tables ] && exec cp "{tables}" "$4"\nexec "{sys.executable}" "$@"\n')
    python.chmod(0o755)
    return python


def test_pip_install(tmp_path):
    """Nothing is downloaded: the new environment uses what this one has for the build and for NEST."""
    # With the objects and tables that there are, to spare two minutes: how it is built is what counts here.
    unity = re.search("TORPOR_NEST_UNITY:BOOL=(.*)", (Path(os.environ["TORPOR_BUILD"]) / "CMakeCache.txt").read_text())
    defines = {f"CMAKE_{language}_COMPILER_LAUNCHER": REUSE for language in ("C", "CXX")}
    defines |= {"TORPOR_NEST_UNITY": unity[1], "TORPOR_PYTHON": python_with_tables(tmp_path)}
    settings = [f"--config-settings=cmake.define.{name}={value}" for name, value in defines.items()]
    pip("wheel", "--no-deps", "--no-index", "--no-build-isolation", "--wheel-dir", tmp_path, *settings, SOURCE)
    [wheel] = tmp_path.glob("torpor_nest-*-cp3*-*.whl")
    python = environment(tmp_path / "new", "--without-pip")
    [site] = (tmp_path / "new").glob("lib/python*/site-packages")
    (site / "tests.pth").write_text(sysconfig.get_paths()["platlib"])
    pip("--python", python, "install", "--no-deps", "--no-index", wheel)
    call(python, "-c", PROGRAM, cwd=tmp_path)


@pytest.mark.long
def test_pip_install_of_everything(tmp_path):
    """Like a user: one command in an empty environment."""
    python = environment(tmp_path / "new")
    call(python, "-m", "pip", "--quiet", "install", SOURCE)
    call(python, "-c", PROGRAM, cwd=tmp_path)
