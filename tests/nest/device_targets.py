# SPDX-License-Identifier: GPL-2.0-or-later
"""Networks with the same number of connections to devices, but from different nodes: one is saved, one restored into."""

import json
import sys

import nest
import torpor_nest as en

nest.verbosity = nest.VerbosityLevel.FATAL


def build(stimulated, recorded, noise):
    nest.ResetKernel()
    en.install()
    nest.set(local_num_threads=2)
    neurons = nest.Create("iaf_psc_alpha", 20)
    generators = nest.Create("poisson_generator", 2, params={"rate": 8000.0})
    recorder = nest.Create("spike_recorder")
    nest.Connect(generators[noise], neurons[stimulated : stimulated + 10], syn_spec={"weight": 50.0})
    nest.Connect(neurons[recorded : recorded + 10], recorder)


def main():
    path, cases = sys.argv[1], json.loads(sys.argv[2])
    build(0, 0, 0)
    nest.Simulate(10.0)
    en.save(path)
    errors = []
    for case in cases:
        build(*case)
        try:
            en.restore(path)
            errors.append("")
        except en.Error as refusal:
            errors.append(str(refusal))
    return {"errors": errors}


if __name__ == "__main__":
    print("\n" + json.dumps(main()))
