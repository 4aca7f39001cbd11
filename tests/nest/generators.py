# SPDX-License-Identifier: GPL-2.0-or-later
"""generators.py RNG_TYPE FOLDER STOP: one run with checkpoints, killed behind the first of them if STOP is 1."""

import json
import os
import sys
import threading

import nest
import torpor_nest as en


def die():
    while en._library.now() < 300:  # simulate() does not keep the GIL
        pass
    os._exit(9)


def main():
    rng_type, folder, stop = sys.argv[1], sys.argv[2], int(sys.argv[3])
    nest.ResetKernel()
    nest.verbosity = nest.VerbosityLevel.ERROR
    en.install()
    nest.set(rng_type=rng_type, rng_seed=7, local_num_threads=2)
    neurons = nest.Create("iaf_psc_alpha", 10)
    noise = nest.Create("poisson_generator", params={"rate": 8000.0})
    recorder = nest.Create("spike_recorder")
    nest.Connect(noise, neurons, syn_spec={"weight": 40.0})
    nest.Connect(neurons, recorder)
    if stop:
        threading.Thread(target=die, daemon=True).start()
    en.simulate(200.0, every=10.0, dir=folder)
    return {"spikes": sorted(zip(recorder.events["times"].tolist(), recorder.events["senders"].tolist()))}


if __name__ == "__main__":
    print("\n" + json.dumps(main()))
