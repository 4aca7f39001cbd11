# SPDX-License-Identifier: GPL-2.0-or-later
"""Refused uses: install() after Create(), state that cannot be saved, networks that grow between runs and are restored by
hand, save and restore from another thread during simulate()."""

import json
import sys
import tempfile
import threading
from pathlib import Path

import nest
import torpor_nest as en

nest.verbosity = nest.VerbosityLevel.FATAL
# Synapses that structural plasticity is to make.
GROWING = {
    "normal": lambda: {"synapse_model": "static_synapse", "weight": nest.random.normal(5.0, 1.0)},
    "uniform": lambda: {"synapse_model": "static_synapse", "weight": nest.random.uniform(5.0, 9.0)},
    "eprop": lambda: {"synapse_model": "eprop_synapse_bsshslm_2020"},
}


def refusal(call, *arguments):
    try:
        call(*arguments)
    except en.Error as error:
        return str(error)
    return ""


def during_run(checkpoint, folder):
    """Simulate until both calls have been refused."""
    en.install()
    nest.Create("iaf_psc_alpha", 2)
    texts = {}

    def try_both():
        while en._library.now() == 0:
            pass
        for name, call, path in (("error", en.restore, checkpoint), ("save_error", en.save, folder / "x.msgpack")):
            while "during Run" not in texts.get(name, ""):  # else between Run and Run
                texts[name] = refusal(call, path)

    thread = threading.Thread(target=try_both)
    thread.start()
    while thread.is_alive():
        en.simulate(20_000.0, folder)  # without the GIL, where nest.Run keeps it
    return texts


def grown_by_hand(folder):
    """NEST sorts the synapses of the saved network twice, those of the restored one once."""
    texts = {}
    for is_saved in (True, False):
        nest.ResetKernel()
        en.install()
        neurons = nest.Create("iaf_psc_alpha", 40, {"I_e": 500.0})
        for _ in range(2):
            nest.Connect(neurons, neurons, syn_spec={"delay": 1.0})
            if is_saved:
                nest.Simulate(10.0)
        texts["save" if is_saved else "restore"] = refusal(en.save if is_saved else en.restore, folder / "x.msgpack")
    nest.Simulate(10.0)
    return {**texts, "time": nest.biological_time}


def main():
    what = sys.argv[1] if len(sys.argv) > 1 else "late"
    with tempfile.TemporaryDirectory() as folder:
        folder = Path(folder)
        if what == "during":
            return during_run(sys.argv[2], folder)
        if what == "by hand":
            return grown_by_hand(folder)
        if what == "late":
            nest.Create("iaf_psc_alpha", 2)
            return {"error": refusal(en.install)}
        en.install()
        nest.Create("iaf_psc_alpha", 2)
        if what in GROWING:
            elements = {"pre_synaptic_element": "Axon", "post_synaptic_element": "Den"}
            nest.structural_plasticity_synapses = {"syn": {**elements, **GROWING[what]()}}
        return {
            "error": refusal(en.save, folder / "x.msgpack"), "simulate": refusal(en.simulate, 10.0, folder),
            "every": refusal(en.every, 10.0, folder), "time": nest.biological_time
        }  # fmt: skip


if __name__ == "__main__":
    print("\n" + json.dumps(main()))
