#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""A Brunel network of 12,500 neurons that is killed in the middle, resumes, and fires as if nothing had happened.

    PYTHONPATH=build/python python examples/nest/brunel.py [--neurons N] [--out raster.png]

Three processes: one runs to the end; one is killed with SIGKILL at a moment of its own; one goes on from its last
checkpoint. Both rasters are drawn over each other; exit status 0 only if they are identical.
"""

import argparse
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

T_SIM, T_KILL = 300.0, 170.0  # ms


def build(n):
    """Brunel's network (2000), model A, with exponential currents' alpha-shaped kin: inhibition-dominated."""
    import nest

    order = n // 5
    delay, J, g, eta = 1.5, 0.1 * 12_500 / n, 5.0, 2.0
    neuron = {"C_m": 1.0, "tau_m": 20.0, "t_ref": 2.0, "E_L": 0.0, "V_reset": 0.0, "V_m": 0.0, "V_th": 20.0}
    nest.set(resolution=0.1, local_num_threads=2, rng_seed=2024)
    excitatory = nest.Create("iaf_psc_delta", 4 * order, params=neuron)
    inhibitory = nest.Create("iaf_psc_delta", order, params=neuron)
    nodes = excitatory + inhibitory
    rate = eta * 20.0 / (J * 20.0) * 1000.0
    noise = nest.Create("poisson_generator", params={"rate": rate})
    recorder = nest.Create("spike_recorder")
    rule = lambda k: {"rule": "fixed_indegree", "indegree": k}
    nest.Connect(noise, nodes, syn_spec={"weight": J, "delay": delay})
    nest.Connect(excitatory, nodes, rule(4 * order // 10), {"weight": J, "delay": delay})
    nest.Connect(inhibitory, nodes, rule(order // 10), {"weight": -g * J, "delay": delay})
    nest.Connect(nodes[:100], recorder)
    return recorder


def simulate(n, folder, out, kill):
    """What a user's script does: build, simulate; started again, it resumes by itself."""
    import nest
    import numpy as np
    import torpor_nest as en

    nest.verbosity = nest.VerbosityLevel.ERROR
    en.install()
    recorder = build(n)
    if kill:
        threading.Thread(target=kill_later, args=(Path(folder),), daemon=True).start()
    en.simulate(T_SIM, dir=folder, every=50.0)
    np.savez(out, **{k: v for k, v in recorder.events.items()})


def kill_later(folder):
    """SIGKILL to ourselves, some time after a checkpoint of 100 ms or later has become durable."""
    while not any(int(f.name[5:21]) >= 1000 for f in folder.glob("ckpt-*.msgpack")):
        time.sleep(0.001)
    time.sleep(0.05)
    os.kill(os.getpid(), signal.SIGKILL)


def draw(straight, resumed, path):
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots(figsize=(9, 5))
    axes.plot(straight["times"], straight["senders"], "o", ms=6, mfc="none", mec="tab:blue", label="never killed")
    axes.plot(resumed["times"], resumed["senders"], ".", ms=3, color="tab:red", label="killed and resumed")
    axes.set(xlabel="time (ms)", ylabel="neuron", title="Brunel network, killed and resumed")
    axes.legend(loc="upper right")
    figure.savefig(path, dpi=120)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--neurons", type=int, default=12_500)
    parser.add_argument("--out", default="raster.png")
    parser.add_argument("--role", nargs=3, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.role:
        kind, folder, out = options.role
        return simulate(options.neurons, folder, out, kind == "killed")

    import matplotlib  # noqa: F401  before the runs, not after them, where it is missing
    import numpy as np

    with tempfile.TemporaryDirectory() as scratch:
        for kind, folder in (("straight", "a"), ("killed", "b"), ("resumed", "b")):
            print(f"{kind} run ...", flush=True)
            status = subprocess.run(
                [sys.executable, __file__, "--neurons", str(options.neurons),
                 "--role", kind, f"{scratch}/{folder}", f"{scratch}/{kind}.npz"], stdout=subprocess.DEVNULL
            ).returncode  # fmt: skip
            if status != (-signal.SIGKILL if kind == "killed" else 0):
                sys.exit(f"{kind} run: exit status {status}")
        straight, resumed = (dict(np.load(f"{scratch}/{kind}.npz")) for kind in ("straight", "resumed"))
    draw(straight, resumed, options.out)
    order = [np.lexsort((run["senders"], run["times"])) for run in (straight, resumed)]
    same = all(np.array_equal(straight[k][order[0]], resumed[k][order[1]]) for k in straight)
    print(f"{len(straight['times'])} spikes of 100 neurons; {'identical' if same else 'DIFFERENT'}; {options.out}")
    return 0 if same and len(straight["times"]) else 1


if __name__ == "__main__":
    sys.exit(main())
