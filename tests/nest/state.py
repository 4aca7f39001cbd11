# SPDX-License-Identifier: GPL-2.0-or-later
"""Everything that NEST shows of a network, as a digest that can be compared."""

import hashlib

import nest
import numpy as np

MANY = 100_000  # synapses
HIDDEN = ("element_type", "synapse_id", "sizeof", "elementsize", "type_id", "model_id")


def digest():
    """Digest of the clock, every (local) node's status and recordings, and every synapse's status (of very many, a part)."""
    h = hashlib.sha256(repr(nest.biological_time).encode())
    for node in nest.GetNodes(local_only=True):
        if node.get("model") != "torpor_hook":
            for key, value in sorted(node.get().items()):
                _add(h, key, value)
    for row in sorted(_synapses()):
        h.update(row)
    return h.hexdigest()


PLACED = ("thread", "thread_local_id", "local", "target_thread")  # depend on the number of ranks


def by_process():
    """A digest of what each virtual process of this rank has: the same on any number of ranks."""
    n = nest.total_num_virtual_procs
    digests = {process: hashlib.sha256() for process in range(n)}
    neurons = set(nest.GetNodes({"element_type": "neuron"}).tolist())
    here = set()
    for node in nest.GetNodes(local_only=True):
        status = node.get()
        if node.global_id in neurons:
            here.add(node.global_id % n)
            for key, value in sorted(status.items()):
                if key not in PLACED:
                    _add(digests[node.global_id % n], key, value)
        for process in range(n) if "events" in status else ():
            mine = np.asarray(status["events"]["senders"]) % n == process
            events = {name: np.asarray(column)[mine] for name, column in status["events"].items()}
            _add(digests[process], "events", events)
    rows = []
    for synapse in _statuses():
        neuron = synapse["target"] if synapse["target"] in neurons else synapse["source"]
        h = hashlib.sha256()
        for key, value in sorted(synapse.items()):
            if key not in PLACED:
                _add(h, key, value)
        rows.append((neuron % n, h.digest()))
    for process, row in sorted(rows):
        digests[process].update(row)
    return {str(process): digests[process].hexdigest() for process in sorted(here)}


def n_recorded():
    """Number of events in all recorders."""
    return sum(int(np.sum(node.get("n_events"))) for node in nest.GetNodes(local_only=True) if "n_events" in node.get())


def next_draws_by_process():
    """The next number of each virtual process of this rank; call it last."""
    n = nest.total_num_virtual_procs
    probe = nest.Create("iaf_psc_alpha", n)
    probe.V_m = nest.random.uniform(0.0, 1.0)
    return {str(node.global_id % n): repr(node.get("V_m")) for node in probe if node.get("local")}


def next_draws():
    """The next numbers of all threads' generators. This changes their state, so call it last."""
    probe = nest.Create("iaf_psc_alpha", nest.total_num_virtual_procs)
    probe.V_m = nest.random.uniform(0.0, 1.0)
    return repr(sorted(node.get("V_m") for node in probe if node.get("local")))  # whichever node is on which thread


def _statuses():
    """The status of every synapse."""
    models = nest.GetConnections().get("synapse_model") or []
    for model in sorted({models} if isinstance(models, str) else set(models)):
        found = nest.GetConnections(synapse_model=model)
        status = found.get()
        for index in range(len(found)):
            yield {key: values[index] if len(found) > 1 else values for key, values in status.items()}


def _synapses():
    source = None
    if nest.num_connections > MANY:  # from some nodes only: each takes Python some 50 us
        source = nest.GetNodes()[:: 1 + nest.num_connections // MANY]
    models = nest.GetConnections(source).get("synapse_model") or []
    for model in sorted({models} if isinstance(models, str) else set(models)):
        found = nest.GetConnections(source, synapse_model=model)
        status = found.get()
        keys = sorted(k for k in status if k not in HIDDEN)
        columns = [status[k] if len(found) > 1 else [status[k]] for k in keys]
        for values in zip(*columns):
            h = hashlib.sha256()
            for key, value in zip(keys, values):
                _add(h, key, value)
            yield h.digest()


def _add(h, key, value):
    if key in HIDDEN:
        return
    h.update(key.encode())
    if key == "events":
        names = sorted(value)
        columns = [np.asarray(value[name]) for name in names]
        order = np.lexsort(columns) if columns and len(columns[0]) else slice(0)
        for name, column in zip(names, columns):
            h.update(name.encode() + np.ascontiguousarray(column[order]).tobytes())
    elif isinstance(value, dict):
        for inner, item in sorted(value.items()):
            _add(h, str(inner), item)
    elif isinstance(value, np.ndarray):
        h.update(str(value.dtype).encode() + np.ascontiguousarray(value).tobytes())
    elif isinstance(value, float):
        h.update(np.float64(value).tobytes())
    else:
        h.update(repr(value).encode())
