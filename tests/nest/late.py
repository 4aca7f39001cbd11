# SPDX-License-Identifier: GPL-2.0-or-later
"""Uses that are refused: install() behind Create(), structural plasticity."""

import json
import sys
import tempfile
from pathlib import Path

import nest
import torpor_nest as en

nest.verbosity = nest.VerbosityLevel.FATAL
try:
    if sys.argv[1:] == ["plasticity"]:
        en.install()
        nest.EnableStructuralPlasticity()
        nest.Create("iaf_psc_alpha", 2)
        with tempfile.TemporaryDirectory() as folder:
            en.save(Path(folder) / "x.msgpack")
    else:
        nest.Create("iaf_psc_alpha", 2)
        en.install()
    text = ""
except en.Error as error:
    text = str(error)
print("\n" + json.dumps({"error": text}))
