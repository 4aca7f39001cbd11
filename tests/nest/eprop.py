# SPDX-License-Identifier: GPL-2.0-or-later
"""E-prop learning whose optimizer the script changes in the middle; prints a digest as JSON.

    eprop.py straight|save|restore FILE [LEAVE_OUT]
"""

import json
import sys

import nest
import state
import sweep
import torpor_nest as en

nest.verbosity = nest.VerbosityLevel.FATAL


def main():
    how, path, *leave_out = sys.argv[1:]
    nest.ResetKernel()
    en.install()
    nest.set(rng_seed=5, local_num_threads=2)
    sweep.build_eprop("eprop_iaf_bsshslm_2020")
    if how == "restore":
        en._library.leave_out("".join(leave_out))
        en.restore(path)
    else:
        nest.Simulate(50.0)
        nest.SetDefaults("eprop_synapse_bsshslm_2020", {"optimizer": {"eta": 0.5, "beta_1": 0.7, "Wmax": 500.0}})
        if how == "save":
            en.save(path)
    nest.Simulate(90.0)
    print("\n" + json.dumps({"digest": state.digest(), "recorded": state.n_recorded()}))


main()
