# SPDX-License-Identifier: GPL-2.0-or-later
"""Defaults of every type, saved, and restored into a process that has not set them.

    defaults.py save|restore|plain FILE
"""

import json
import sys

import nest
import torpor_nest as en

nest.verbosity = nest.VerbosityLevel.ERROR
DEFAULTS = {
    "correlomatrix_detector": {"N_channels": 3, "delta_tau": 2.5, "tau_max": 10.0},
    "correlation_detector": {"tau_max": 12.0},
    "correlospinmatrix_detector": {"N_channels": 2},
    "multimeter": {"record_from": ["V_m", "I_syn_ex"], "interval": 0.5},
    "spike_generator": {"spike_times": [1.0, 2.5], "spike_weights": [3.0, 4.0]},
    "iaf_psc_exp_multisynapse": {"tau_syn": [2.0, 3.0]},
    "iaf_psc_alpha": {"synaptic_elements": {"Axon": {"z": 1.0, "growth_curve": "linear", "continuous": False}}},
}


def shown(values):
    return {key: values[key].tolist() if hasattr(values[key], "tolist") else values[key] for key in values}


def main():
    what, path = sys.argv[1:3]
    en.install()
    nest.Create("iaf_psc_alpha", 2)
    if what != "restore":
        for model, values in DEFAULTS.items():
            nest.SetDefaults(model, values)
    if what == "save":
        nest.Simulate(10.0)
        en.save(path)
    if what == "restore":
        en.restore(path)
    found = {model: shown({key: nest.GetDefaults(model)[key] for key in values}) for model, values in DEFAULTS.items()}
    detector = nest.Create("correlomatrix_detector")
    found["shape"] = list(map(len, detector.covariance))
    print("\n" + json.dumps(found))


main()
