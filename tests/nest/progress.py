# SPDX-License-Identifier: GPL-2.0-or-later
"""Two runs, a long and a short one; how they went, as JSON in a file. The progress of the first is shown sooner than users see it.

    progress.py FOLDER '{"how": "simulate" or "every", "t_ms": ..., "progress": null, true or false}'
"""

import json
import sys
import threading
from pathlib import Path

import nest
import torpor_nest as en
from torpor_nest import _progress

FIRST_SECONDS = _progress.FIRST_SECONDS


def main(folder, how="simulate", t_ms=1500.0, progress=None, n=200):
    nest.verbosity = nest.VerbosityLevel.ERROR
    en.install()
    neurons = nest.Create("iaf_psc_alpha", n, {"I_e": 400.0})
    noise = nest.Create("poisson_generator", params={"rate": 8000.0})
    recorder = nest.Create("spike_recorder")
    nest.Connect(noise, neurons, syn_spec={"weight": 20.0})
    nest.Connect(neurons, neurons, {"rule": "fixed_indegree", "indegree": 40}, {"synapse_model": "stdp_synapse"})
    nest.Connect(neurons, recorder)
    options = {"dir": folder, "every": 500.0, "progress": progress, "mode": "sync"}
    if how == "every":
        en.every(**options)
    simulate = nest.Simulate if how == "every" else lambda t_ms: en.simulate(t_ms, **options)
    _progress.FIRST_SECONDS = _progress.SECONDS = 0.1
    simulate(t_ms)
    _progress.FIRST_SECONDS = FIRST_SECONDS
    n_threads = len([thread for thread in threading.enumerate() if thread.name.startswith("torpor")])
    simulate(1.0)  # too short to show anything
    result = {"times": recorder.events["times"].tolist(), "V_m": neurons.V_m, "threads": n_threads}
    Path(folder, "result.json").write_text(json.dumps(result))


if __name__ == "__main__":
    main(sys.argv[1], **json.loads(sys.argv[2]))
