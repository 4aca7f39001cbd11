# SPDX-License-Identifier: GPL-2.0-or-later
"""Types: the package's own, and what a user's script sees."""

import subprocess
import sys
from pathlib import Path

import torpor_nest

SOURCE = Path(__file__).parents[2] / "host-api" / "nest"

PROGRAM = """
from pathlib import Path

import nest
import torpor_nest as en

en.install(targets=True)
print(en.versions()["nest"])
size: int = en.once(lambda: 7, dir=Path("trial"))
found: bool = en.every("1 s", dir=Path("trial"), keep=2, maxh="30 min", progress=False, fsync="no")
try:
    en.simulate(10_000.0, every=None, resume="never", mode="sync")
except en.Stopped:
    raise
except en.Error as error:
    print(error.status)
en.save(Path("half.msgpack"))
en.restore("half.msgpack")
en.finish()
"""
WRONG = PROGRAM.replace("progress=False", "progress='no'")


def test_package_and_scripts(tmp_path, monkeypatch):
    monkeypatch.setenv("MYPYPATH", str(SOURCE))
    (tmp_path / "right.py").write_text(PROGRAM)
    (tmp_path / "wrong.py").write_text(WRONG)
    scripts = map(str, tmp_path.glob("*.py"))
    done = subprocess.run(
        [sys.executable, "-m", "mypy", "--config-file", SOURCE / "pyproject.toml", "--cache-dir", tmp_path / "cache",
         SOURCE / "torpor_nest", *scripts], capture_output=True, text=True
    )  # fmt: skip
    errors = [line for line in done.stdout.splitlines() if ": error:" in line]
    assert len(errors) == 1 and "wrong.py" in errors[0] and "progress" in errors[0], done.stdout + done.stderr


def test_marker_and_documentation():
    assert (Path(torpor_nest.__file__).parent / "py.typed").exists()
    for name in torpor_nest.__all__:
        assert getattr(torpor_nest, name).__doc__, name
