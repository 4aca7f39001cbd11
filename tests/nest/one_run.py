# SPDX-License-Identifier: GPL-2.0-or-later
"""One run of a Brunel network; prints its digest as JSON.

    one_run.py WHAT '{"model": ..., "until": ms, "save_at": ms, "path": ..., ...}'
"""

import json
import os
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
             "wfr_tol": nest.wfr_tol, "draws": state.next_draws(), **more}
        )  # fmt: skip
    )


def main():
    what, options = sys.argv[1], json.loads(sys.argv[2])
    until, save_at, path = (options.pop(key, None) for key in ("until", "save_at", "path"))
    simulate = options.pop("simulate", {})
    leave_out = options.pop("leave_out", "")
    change_at_save = options.pop("change", False)
    freeze = options.pop("freeze", False)
    redefine = options.pop("redefine", False)
    nest.verbosity = nest.VerbosityLevel.ERROR
    en.install()
    mip = options.pop("mip", False)
    brunel.build(**options)
    if mip:  # draws from generators that all threads draw from in step
        source = nest.Create("mip_generator", params={"rate": 800.0, "p_copy": 0.4})
        nest.Connect(source, nest.GetNodes({"element_type": "neuron"})[::3], syn_spec={"weight": 50.0})

    if redefine:
        nest.set(data_path=os.path.dirname(path), overwrite_files=True)
        text = nest.Create("spike_recorder", params={"record_to": "ascii", "precision": 9})
        nest.Connect(nest.GetNodes({"model": "iaf_psc_alpha"})[::5], text)
        weights = nest.Create("weight_recorder", params={"senders": nest.NodeCollection([1, 2, 3])})
        nest.CopyModel("stdp_synapse", "watched_synapse", {"weight_recorder": weights, "weight": 40.0})
        nest.Connect(nest.NodeCollection(range(1, 11)), nest.NodeCollection(range(20, 30)), syn_spec="watched_synapse")

    def change():
        if redefine:  # of the models, what they share, and the kernel
            nest.SetDefaults("iaf_psc_alpha", {"tau_m": 14.0, "I_e": 380.0})
            nest.SetDefaults("stdp_synapse", {"tau_plus": 13.0, "weight": 33.0})
            nest.SetDefaults("watched_synapse", {"lambda": 0.03})
            weights.set(senders=nest.NodeCollection(range(1, 9)), targets=nest.NodeCollection([20, 22, 24]))
            nest.set(wfr_tol=2e-4, spike_buffer_grow_extra=0.7, spike_buffer_shrink_limit=0.1, spike_buffer_shrink_spare=0.2)
            text.precision = 5
        if change_at_save:  # parameters that a script changes in the middle of its run
            nest.GetNodes({"element_type": "neuron"})[::3].I_e = 35.0
            nest.GetNodes({"model": "poisson_generator"}).rate = 23_000.0
        if freeze:
            nest.GetNodes({"element_type": "neuron"})[:5].frozen = True

    def grow():
        """New nodes and synapses take the defaults as they are now."""
        if redefine:
            new = nest.Create("iaf_psc_alpha", 3)
            nest.Connect(new, nest.NodeCollection(range(1, 8)), syn_spec="stdp_synapse")
            nest.Connect(new, nest.NodeCollection(range(20, 25)), syn_spec="watched_synapse")

    if what == "straight":  # split where the other run saves
        nest.Simulate(save_at)
        change()
        grow()
        nest.Simulate(until - save_at)
    elif what == "save":
        nest.Simulate(save_at)
        change()
        en.save(path)
        grow()
        nest.Simulate(until - save_at)
    elif what == "restore":
        en._library.leave_out(leave_out)
        en.restore(path)
        grow()
        nest.Simulate(until - save_at)
    elif what == "resave":
        en._library.leave_out(leave_out)
        en.restore(path)
        en.save(path + ".again")
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
