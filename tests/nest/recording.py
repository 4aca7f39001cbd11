# SPDX-License-Identifier: GPL-2.0-or-later
"""A network that records to text files in the current folder; prints digests of the network and of the files as JSON.

    recording.py HOW '{"threads": ..., "until": ms, "cut": ms, "overwrite": bool, "simulate": {options}, ...}'
"""

import hashlib
import json
import os
import signal
import sys
from pathlib import Path

import brunel
import nest
import state
import torpor_nest as en


def build(threads, overwrite):
    brunel.build(threads=threads, synapse="stdp_synapse", delay="random")
    neurons = nest.GetNodes({"element_type": "neuron"})
    nest.overwrite_files = overwrite
    spikes = nest.Create("spike_recorder", params={"record_to": "ascii", "label": "spikes"})
    steps = nest.Create("spike_recorder", params={"record_to": "ascii", "label": "steps", "time_in_steps": True})
    traces = nest.Create("multimeter", params={"record_to": "ascii", "record_from": ["V_m"], "precision": 12})
    nest.Connect(neurons, spikes)
    nest.Connect(neurons, steps)
    nest.Connect(traces, neurons[::9])


def main():
    how, options = sys.argv[1], json.loads(sys.argv[2])
    until, cut = options["until"], options.get("cut")
    nest.verbosity = nest.VerbosityLevel.FATAL
    en.install()
    build(options["threads"], options.get("overwrite", False))
    error = ""
    if how == "plainly":
        nest.Simulate(until)
    elif how == "split":  # NEST's own way of cutting a run: the files stay open
        nest.Prepare()
        nest.Run(cut)
        nest.Run(until - cut)
        nest.Cleanup()
    elif how == "save-open":
        nest.Prepare()
        nest.Run(cut)
        en.save("half.msgpack")
        nest.Run(until - cut)
        os.kill(os.getpid(), signal.SIGKILL)  # the files are longer than the checkpoint knows, and not closed
    elif how == "resume-open":
        en.restore("half.msgpack")
        nest.Prepare()
        nest.Run(until - cut)
        nest.Cleanup()
    elif how == "back-and-forth":  # in one process
        nest.Prepare()
        nest.Run(cut)
        en.save("half.msgpack")
        nest.Run(until - cut)
        en.restore("half.msgpack")
        nest.Run(until - cut)
        nest.Cleanup()
    elif how == "save-closed":
        nest.Simulate(cut)
        en.save("half.msgpack")
    elif how == "resume-closed":
        en.restore("half.msgpack")
        nest.Simulate(until - cut)
    elif how == "refused":
        try:
            en.restore("half.msgpack")
        except en.Error as refusal:
            error = str(refusal)
        nest.Simulate(10.0)
    elif how == "simulate":
        en.simulate(until, **options["simulate"])
    else:
        en.every(**options["simulate"])
        nest.Simulate(until)
        en.finish()
    files = {f.name: hashlib.sha256(f.read_bytes()).hexdigest() for f in Path().glob("*.dat")}
    lines = sum(f.read_bytes().count(b"\n") for f in Path().glob("*.dat"))
    print("\n" + json.dumps({"files": files, "lines": lines, "error": error, "digest": state.digest()}))


if __name__ == "__main__":
    main()
