"""pip builds and installs the adapter from its folder alone; a run with it, in that environment, is killed and resumed."""

import os
import signal
import subprocess
import sys
import sysconfig
from pathlib import Path

SOURCE = Path(__file__).parents[2] / "host-api" / "neuron"
REUSE = f"{sys.executable};-SE;{Path(__file__).parents[1] / 'reuse-objects'}"  # without what starts Python for others

PROGRAM = """
import os, sys
from pathlib import Path
from neuron import h
import torpor_neuron as tn
package = Path(tn.__file__).parent
assert package.is_relative_to(sys.prefix), package
h.load_file("stdrun.hoc")
soma = h.Section(name="soma")
soma.insert("hh")
soma.L = soma.diam = 12.6
clamp, trace = h.IClamp(soma(0.5)), h.Vector()
clamp.amp, clamp.dur, h.tstop = 0.3, 1e9, 50
trace.record(soma(0.5)._ref_v)
if sys.argv[1] != "whole":
    tn.every("10 ms", mode="sync")
if sys.argv[1] == "killed":
    h.tstop = 35
h.run()
if sys.argv[1] == "killed":
    os.kill(os.getpid(), 9)
print(max(trace), [value.hex() for value in trace])
maps = Path("/proc/self/maps").read_text()
for file in ("torporneuron.so", "torpor.so") if sys.argv[1] != "whole" else ():
    assert f"{package}/{file}\\n" in maps, f"{file} is not that of the package"
"""


def call(*command, cwd=None, status=0):
    environment = {k: v for k, v in os.environ.items() if k not in ("PYTHONPATH", "DISPLAY")}
    done = subprocess.run(list(map(str, command)), capture_output=True, text=True, cwd=cwd, env=environment)
    assert done.returncode == status, f"{command}\n{done.stdout[-3000:]}{done.stderr[-3000:]}"
    return done


def pip(*arguments):
    call(sys.executable, "-m", "pip", "--disable-pip-version-check", "--quiet", *arguments)


def test_pip_install(tmp_path):
    """Nothing is downloaded: the new environment uses what this one has for the build and for NEURON."""
    # With the objects that there are, to spare a minute: how it is built is what counts here.
    reuse = [f"--config-settings=cmake.define.CMAKE_{language}_COMPILER_LAUNCHER={REUSE}" for language in ("C", "CXX")]
    pip("wheel", "--no-deps", "--no-index", "--no-build-isolation", "--wheel-dir", tmp_path, *reuse, SOURCE)
    [wheel] = tmp_path.glob("torpor_neuron-*-py3-*.whl")
    call(sys.executable, "-m", "venv", "--without-pip", tmp_path / "new")
    python = tmp_path / "new" / "bin" / "python"
    [site] = (tmp_path / "new").glob("lib/python*/site-packages")
    (site / "tests.pth").write_text(sysconfig.get_paths()["platlib"])
    pip("--python", python, "install", "--no-deps", "--no-index", wheel)
    (tmp_path / "program.py").write_text(PROGRAM)
    whole = call(python, "program.py", "whole", cwd=tmp_path).stdout
    call(python, "program.py", "killed", cwd=tmp_path, status=-signal.SIGKILL)
    resumed = call(python, "program.py", "resumed", cwd=tmp_path)
    assert "resumed from" in resumed.stderr and float(whole.split()[0]) > 0, "it does not fire"
    assert resumed.stdout == whole
