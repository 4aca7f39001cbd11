# SPDX-License-Identifier: GPL-2.0-or-later
"""One run of a Brunel network; prints its digest as JSON.

    one_run.py WHAT '{"model": ..., "until": ms, "save_at": ms, "path": ..., ...}'
"""

import json
import sys

import brunel
import nest
import state
import torpor_nest as en


def report(**more):
    print(
        "\n"
        + json.dumps(
            {"digest": state.digest(), "recorded": state.n_recorded(), "time": nest.biological_time,
             "draws": state.next_draws(), **more}
        )  # fmt: skip
    )


def main():
    what, options = sys.argv[1], json.loads(sys.argv[2])
    until, save_at, path = (options.pop(key, None) for key in ("until", "save_at", "path"))
    simulate = options.pop("simulate", {})
    leave_out = options.pop("leave_out", "")
    change_at_save = options.pop("change", False)
    freeze = options.pop("freeze", False)
    nest.verbosity = nest.VerbosityLevel.ERROR
    en.install()
    mip = options.pop("mip", False)
    brunel.build(**options)
    if mip:  # draws from generators that all threads draw from in step
        source = nest.Create("mip_generator", params={"rate": 800.0, "p_copy": 0.4})
        nest.Connect(source, nest.GetNodes({"element_type": "neuron"})[::3], syn_spec={"weight": 50.0})

    def change():
        if change_at_save:  # parameters that a script changes in the middle of its run
            nest.GetNodes({"element_type": "neuron"})[::3].I_e = 35.0
            nest.GetNodes({"model": "poisson_generator"}).rate = 23_000.0
        if freeze:
            nest.GetNodes({"element_type": "neuron"})[:5].frozen = True

    if what == "straight":  # split where the other run saves
        nest.Simulate(save_at)
        change()
        nest.Simulate(until - save_at)
    elif what == "save":
        nest.Simulate(save_at)
        change()
        en.save(path)
        nest.Simulate(until - save_at)
    elif what == "restore":
        en._library.leave_out(leave_out)
        en.restore(path)
        nest.Simulate(until - save_at)
    elif what == "unrestored":
        nest.Simulate(until - save_at)
    elif what == "simulate-plainly":
        nest.Simulate(until)
    elif what == "simulate":
        en.simulate(until, **simulate)
    elif what == "simulate-twice":
        en.simulate(save_at, **simulate)
        change()
        en.simulate(until - save_at, **simulate)
    elif what == "every":
        resumed = en.every(**simulate)
        nest.Simulate(until)
        en.finish()
        return report(resumed=resumed)
    report()


if __name__ == "__main__":
    main()
