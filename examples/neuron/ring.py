"""Kill a network of Hodgkin-Huxley cells with SIGKILL, start it again, and lay its voltage over that of a run that was not killed.

    python examples/neuron/ring.py [--cells 10000] [--until 20] [--plot ring.svg]

10,000 cells take about half a minute on two cores. Needs torpor_neuron (see host-api/neuron/README.md), and matplotlib for the
plot. Exit status 0 only if voltage and spikes are the same, bit for bit. With --child it is the simulation itself, an ordinary
script with one line more.
"""

import argparse
import hashlib
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path


def simulate(arguments):
    """A ring: each cell excites the next five. Every fifth cell gets random input."""
    from neuron import h

    import torpor_neuron as tn

    h.load_file("stdrun.hoc")
    cells, keep = [], []
    for i in range(arguments.cells):
        soma = h.Section(name=f"soma_{i}")
        soma.L = soma.diam = 12.6
        soma.insert("hh")
        cells.append((soma, h.ExpSyn(soma(0.5))))
        cells[-1][1].tau = 2
    times, ids = h.Vector(), h.Vector()
    for i, (soma, _) in enumerate(cells):
        for k in range(1, 6):
            keep.append(h.NetCon(soma(0.5)._ref_v, cells[(i + k) % len(cells)][1], 0, 1 + 0.1 * k, 0.004, sec=soma))
        keep[-1].record(times, ids, i)
        if i % 5 == 0:
            noise = h.NetStim()
            noise.noise, noise.number, noise.start, noise.interval = 1, 1e9, 0, 5
            noise.noiseFromRandom123(i, 1, 2)
            keep += [noise, h.NetCon(noise, cells[i][1], 0, 1, 0.03)]
    voltage = h.Vector().record(cells[0][0](0.5)._ref_v)

    h.tstop = arguments.until
    tn.every(arguments.until / 10, dir=arguments.child)  # the one line more
    h.run()

    bits = hashlib.sha256(b"".join(vector.as_numpy().tobytes() for vector in (voltage, times, ids))).hexdigest()
    print(json.dumps({"digest": bits, "n_spikes": len(times), "voltage": list(voltage), "dt": h.dt}))


def start(arguments, folder):
    command = [sys.executable, __file__, "--child", str(folder), "--cells", str(arguments.cells), "--until", str(arguments.until)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


def result_of(process):
    out, _ = process.communicate()
    if process.returncode:
        sys.exit(f"the simulation has failed with status {process.returncode}")
    return json.loads(out.splitlines()[-1])


def plot(path, whole, resumed, killed_ms):
    import matplotlib

    matplotlib.use("svg")
    from matplotlib import pyplot

    figure, axes = pyplot.subplots(figsize=(8, 3), layout="constrained")
    time_ms = [i * whole["dt"] for i in range(len(whole["voltage"]))]
    axes.plot(time_ms, whole["voltage"], linewidth=4, color="0.8", label="not killed")
    axes.plot(time_ms, resumed["voltage"], linewidth=1, color="C0", label="killed and resumed")
    axes.axvline(killed_ms, color="C3", linestyle=":", label="last checkpoint before SIGKILL")
    axes.set(xlabel="time (ms)", ylabel="v of soma_0 (mV)")
    axes.legend(fontsize="small")
    figure.savefig(path)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--cells", type=int, default=10_000)
    parser.add_argument("--until", type=float, default=20.0, help="ms")
    parser.add_argument("--plot", help="a file such as ring.svg")
    parser.add_argument("--child", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.child:
        return simulate(arguments)
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch) / "killed"
        process = start(arguments, folder)
        while len(files := sorted(folder.glob("ckpt-*.msgpack"))) < 2 and process.poll() is None:
            time.sleep(0.01)
        if process.poll() is not None:
            sys.exit("the simulation has ended before it could be killed")
        process.kill()
        process.communicate()
        killed_ms = int(files[-1].name[5:21]) / 1e6
        print(f"killed with SIGKILL behind the checkpoint at {killed_ms:g} ms; started again")
        resumed = result_of(start(arguments, folder))
        print("the same network without interruption")
        whole = result_of(start(arguments, Path(scratch) / "whole"))
    is_same = whole["digest"] == resumed["digest"] and whole["n_spikes"] > 0
    if arguments.plot:
        plot(arguments.plot, whole, resumed, killed_ms)
    print(f"{arguments.cells} cells, {whole['n_spikes']} spikes: {'identical, bit for bit' if is_same else 'DIFFERENT'}")
    return 0 if is_same else 1


if __name__ == "__main__":
    sys.exit(main())
