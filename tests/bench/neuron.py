#!/usr/bin/env python3
"""The NEURON adapter against raw writes, building the network, and NEURON's SaveState and BBSaveState: tests/bench/run neuron.

Prints one JSON row a line; the last argument is a scratch folder. --small: a hundredth of the cells, to see that it runs.
10,000 Hodgkin-Huxley cells with 100,000 NetCons, mode `sync`. Each network is built in a process of its own; both sides of a pair
run in turn in that process, with the same durability. Ratios are medians over all pairs, ours / theirs.
"""
import os
import pathlib
import statistics
import sys

sys.path[0] = str(pathlib.Path(__file__).parent / "lib")  # not this folder: `import neuron` means NEURON, not this file
from children import begin, measured, rounds  # noqa: E402
from pairs import MIB, pair, pair_row, peak, raw_save, row, timed  # noqa: E402

CUT, END = 20.0, 40.0  # ms
PEERS = ("SaveState", "BBSaveState")


# ---- the parent: rounds, medians, rows ----


def report_speed(found):
    size = f"{found['cells'][0]} cells, {found['NetCons'][0]} NetCons"
    pair_row(f"neuron: save {size} / raw", "write() and fsync() of the same bytes", found["save, fsync"], 2)
    pair_row(f"neuron: save {size}, no fsync / raw", "write() of the same bytes", found["save"])
    pair_row(f"neuron: restore {size} / build", "building the network", found["restore"], 0.2)
    state = found["bytes"][0]
    for what in ("save", "restore"):
        memory = statistics.median(found[f"memory of {what}"])
        row(f"neuron: memory of a {what} / file", memory / MIB, "MiB", "the file", state / MIB, memory / state, 0.1)
    for peer in PEERS:
        pair_row(f"neuron: save, no fsync / {peer}", "its save() and its file", found[f"{peer} save"])
        pair_row(f"neuron: restore / {peer}", "reading and restoring its file", found[f"{peer} restore"])
        theirs = found[f"{peer} bytes"][0]
        row(f"neuron: bytes of a file / {peer}", state / MIB, "MiB", "its file", theirs / MIB, state / theirs)


def report_exactness(scratch, small):
    """Spikes after a restore in a fresh process, against those of the run that went on."""
    spikes = {what: set(map(tuple, measured(what, scratch, small))) for what in ("whole", "torpor", *PEERS)}
    n = len(spikes["whole"])
    for what in ("torpor", *PEERS):
        differ = len(spikes["whole"] ^ spikes[what])
        goal = 0 if what == "torpor" else None
        row(f"neuron: spikes that differ after a restore by {what}", differ, "", "spikes", n, differ / n, goal)


def main(scratch, small):
    report_speed(rounds("speed", scratch, small, 1 if small else 3))
    report_exactness(scratch, small)


# ---- children: one network each ----


class Cell:
    """A soma of Hodgkin-Huxley channels with one synapse."""

    def __init__(self, h, gid):
        self.gid = gid
        self.soma = h.Section(name="soma", cell=self)
        self.soma.L = self.soma.diam = 12.6
        self.soma.insert("hh")
        self.synapse = h.ExpSyn(self.soma(0.5))
        self.synapse.tau = 2

    def __repr__(self):
        return f"Cell[{self.gid}]"


class Network:
    """Each cell excites ten others. Every fifth one gets random input."""

    def __init__(self, small):
        from neuron import h

        self.h, self.pc = h, h.ParallelContext()
        h.load_file("stdrun.hoc")
        self.n, self.indegree = 100 if small else 10_000, 10
        self.seconds = timed(self.build)
        h.finitialize(-65)

    def build(self):
        h, n = self.h, self.n
        self.cells = [Cell(h, gid) for gid in range(n)]
        self.netcons, self.stimuli = [], []
        for cell in self.cells:
            self.pc.set_gid2node(cell.gid, 0)
            self.pc.cell(cell.gid, h.NetCon(cell.soma(0.5)._ref_v, None, sec=cell.soma))
        for cell in self.cells:
            for k in range(1, self.indegree + 1):
                self.netcons.append(self.pc.gid_connect((cell.gid + 37 * k) % n, cell.synapse))
                self.netcons[-1].weight[0], self.netcons[-1].delay = 0.002, 1 + 0.1 * k
            if cell.gid % 5 == 0:
                self.add_input(cell)
        self.times, self.gids = h.Vector(), h.Vector()
        self.pc.spike_record(-1, self.times, self.gids)

    def add_input(self, cell):
        stimulus = self.h.NetStim()
        stimulus.noise, stimulus.number, stimulus.start, stimulus.interval = 1, 1e9, 0, 5
        stimulus.noiseFromRandom123(cell.gid, 1, 2)
        self.stimuli.append(stimulus)
        self.netcons.append(self.h.NetCon(stimulus, cell.synapse, 0, 1, 0.03))

    def spikes_after_cut(self):
        return [[time, int(gid)] for time, gid in zip(self.times, self.gids) if time > CUT]

    def save(self, what, path):
        if what == "torpor":
            import torpor_neuron

            torpor_neuron.save(path)
        elif what == "SaveState":
            state, file = self.h.SaveState(), self.h.File(path)
            state.save()
            state.fwrite(file)
        else:
            self.h.BBSaveState().save(path)

    def restore(self, what, path):
        if what == "torpor":
            import torpor_neuron

            torpor_neuron.restore(path)
        elif what == "SaveState":
            state, file = self.h.SaveState(), self.h.File(path)
            state.fread(file)
            state.restore()
        else:
            self.h.BBSaveState().restore(path)


def child_speed(scratch, small):
    network = Network(small)
    network.h.continuerun(CUT)
    paths = {what: os.path.join(scratch, what) for what in ("torpor", *PEERS)}

    def save(what, fsync=False):
        os.environ["TORPOR_FSYNC"] = "yes" if fsync else "no"
        return timed(lambda: network.save(what, paths[what]))

    def restore(what):
        return timed(lambda: network.restore(what, paths[what]))

    save("torpor")  # loads the library
    found = {"cells": [network.n], "NetCons": [len(network.netcons)], "memory of save": [peak(lambda: save("torpor"))]}
    content = memoryview(pathlib.Path(paths["torpor"]).read_bytes())
    found["bytes"] = [len(content)]
    pairs = 1 if small else 5
    for fsync in (False, True):
        save("torpor", fsync)
        raw = lambda: timed(lambda: raw_save(os.path.join(scratch, "raw"), content, fsync))  # noqa: E731, B023
        found["save, fsync" if fsync else "save"] = [pair(i, lambda: save("torpor", fsync), raw) for i in range(pairs)]  # noqa: B023
    found["memory of restore"] = [peak(lambda: restore("torpor"))]
    found["restore"] = [(restore("torpor"), network.seconds) for _ in range(pairs)]
    for peer in PEERS:
        found[f"{peer} save"] = [pair(i, lambda: save("torpor"), lambda: save(peer)) for i in range(pairs)]  # noqa: B023
        found[f"{peer} bytes"] = [os.path.getsize(paths[peer])]
        found[f"{peer} restore"] = [pair(i, lambda: restore("torpor"), lambda: restore(peer)) for i in range(pairs)]  # noqa: B023
    return found


def child_whole(scratch, small):
    network = Network(small)
    network.h.continuerun(CUT)
    for what in ("torpor", *PEERS):
        network.save(what, os.path.join(scratch, f"{what}.cut"))
    network.h.continuerun(END)
    return network.spikes_after_cut()


def child_restored(what, scratch, small):
    network = Network(small)
    network.restore(what, os.path.join(scratch, f"{what}.cut"))
    network.h.continuerun(END)
    return network.spikes_after_cut()


def child(what, scratch, small):
    if what == "speed":
        return child_speed(scratch, small)
    if what == "whole":
        return child_whole(scratch, small)
    return child_restored(what, scratch, small)


if __name__ == "__main__":
    begin(main, child)
