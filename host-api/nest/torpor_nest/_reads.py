# SPDX-License-Identifier: GPL-2.0-or-later
"""What a script has read from NEST between its runs, and has computed in en.once().

A script that is started again reads it again while its earlier runs are passed over. NEST has not been simulated then: the
values are those that the earlier process has read at this place. They are kept in the checkpoint, in the order of the reads.
"""

import hashlib
import json

import numpy
from nest import nestkernel_api
from nest.lib.hl_api_types import NodeCollection, SynapseCollection

from . import _values
from ._library import Error

INVALID, ORDER = 1, 15  # see torpor/error.h
ONCE = "en.once()"

# What does not change in a run. It is read from NEST itself, also while runs are passed over.
OF_NODES = {"element_type", "global_id", "local", "model", "model_id", "node_uses_wfr", "recordables", "thread",
            "thread_local_id", "vp"}  # fmt: skip
OF_SYNAPSES = {"port", "receptor", "sizeof", "source", "synapse_id", "synapse_model", "target", "target_thread"}


class Reads:
    """The reads of one network, in order."""

    def __init__(self, module, runs, most_bytes):
        self._module, self._runs, self._most_bytes = module, runs, most_bytes
        self._n_bytes = 0
        self._saved = None  # lines that an earlier process has recorded
        self._next = 0
        self._is_in_once = False

    def read(self, key, read):
        """`read()`, or what it returned in the earlier process."""
        runs = self._runs
        if runs.n_runs == 0 or runs.is_running or self._is_in_once:
            return read()
        if runs.is_passing:
            return self._replay(key, read)
        value = read()
        self._record(key, value)
        return value

    @property
    def is_passing(self):
        return self._runs.is_passing

    def once(self, function):
        """See torpor_nest.once()."""
        if self._runs.is_ahead:
            return self._replay(ONCE)
        self._is_in_once = True
        try:
            text = _values.to_text(function())
        except _values.NotKept as kind:
            raise Error(INVALID, f"en.once() keeps numbers, texts, lists, dicts and numpy arrays, found {kind}") from None
        finally:
            self._is_in_once = False
        self._append(self._line(ONCE, text))
        return _values.from_text(text)

    def refuse(self, what):
        """Raise Error while runs are passed over: this is not recorded."""
        if self._runs.is_passing:
            raise self._error(what, "which is not recorded")

    def _line(self, key, text):
        return f"[{self._runs.n_runs},{json.dumps(key)},{text}]\n".encode()

    def _append(self, line):
        self._module.append_reads(line)

    def _record(self, key, value):
        try:
            line = self._line(key, f"{{\"kept\":{_values.to_text(value)}}}")
            if self._n_bytes + len(line) > self._most_bytes:
                line = self._line(key, f"{{\"lost\":\"the reads of this script take more than {self._most_bytes} bytes\"}}")
        except _values.NotKept as kind:
            line = self._line(key, json.dumps({"lost": f"values of type {kind} are not kept"}))
        self._n_bytes += len(line)
        self._append(line)

    def _replay(self, key, read=None):
        """What the earlier process has read at this place."""
        if self._saved is None:
            self._saved = self._module.saved_reads().splitlines(keepends=True)
        line, found = self._find()
        if found is None or found[1] != key:
            if read is not None:
                read()  # raises NEST's own error if there is nothing of that name
            there = f"where it read {found[1]} then" if found else "where it read nothing more then"
            raise self._error(key, there)
        self._next += 1
        self._append(line)
        self._n_bytes += len(line)
        if key == ONCE:
            return _values.decode(found[2])
        if "lost" in found[2]:
            raise self._error(key, f"but {found[2]['lost']}")
        return _values.decode(found[2]["kept"])

    def _find(self):
        """The next line that belongs to this place, between the runs; there may be earlier ones that are read no more."""
        while self._next < len(self._saved):
            line = self._saved[self._next]
            found = json.loads(line)
            if found[0] >= self._runs.n_runs:
                return (line, found) if found[0] == self._runs.n_runs else (line, None)
            self._next += 1
        return b"", None

    def _error(self, key, reason):
        at, ahead = self._runs.times()
        return Error(ORDER, f"the script reads {key} after run {self._runs.n_runs}, which an earlier process has simulated, "
                            f"{reason}: NEST does not have its value at {at}, for runs are passed over until the "
                            f"newest checkpoint, of {ahead}; simulate until there as the script did that has saved it; or "
                            "let a function read it and return what the script needs, and call en.once(function) "
                            "instead, which keeps the result in the checkpoint; "
                            "or use another `dir`, or resume=\"never\" to start afresh")  # fmt: skip


class Hooks:
    """Puts Reads between NEST's Python interface and its kernel. Installed once; without runs, nothing changes."""

    NAMES = ("llapi_get_nc_status", "llapi_get_connection_status", "llapi_get_connections", "llapi_get_nodes",
             "llapi_get_kernel_status")  # fmt: skip

    def __init__(self, reads):
        self._reads = reads  # returns the Reads of the current network, or None
        self._keys = None  # that SynapseCollection.get() was called for
        self._is_setting = False
        self._original = {name[6:]: getattr(nestkernel_api, name) for name in self.NAMES}
        for name in self.NAMES:
            setattr(nestkernel_api, name, getattr(self, name[6:]))
        self._wrap_collections()

    def _wrap_collections(self):
        get = SynapseCollection.get

        def get_synapses(synapses, keys=None, output=""):
            outer, self._keys = self._keys, keys
            try:
                return get(synapses, keys, output)
            finally:
                self._keys = outer

        get_synapses.__doc__ = get.__doc__
        SynapseCollection.get = get_synapses
        for collection in (NodeCollection, SynapseCollection):
            collection.set = self._without_reads(collection.set)

    def _without_reads(self, function):
        """set() looks at the nodes itself."""

        def unrecorded(*arguments, **named):
            outer, self._is_setting = self._is_setting, True
            try:
                return function(*arguments, **named)
            finally:
                self._is_setting = outer

        unrecorded.__doc__ = function.__doc__
        return unrecorded

    def _active(self):
        return None if self._is_setting else self._reads()

    def get_nc_status(self, nodes, *key):
        original, reads = self._original["get_nc_status"], self._active()
        if reads is None or (key and key[0] in OF_NODES):
            return original(nodes, *key)
        ids = self._original["get_nc_status"](nodes, "global_id")
        name = f"{key[0]} of {_summary(ids)}" if key and key[0] else f"the status of {_summary(ids)}"
        return reads.read(name, lambda: original(nodes, *key))

    def get_connection_status(self, synapses):
        original, reads = self._original["get_connection_status"], self._active()
        keys = [self._keys] if isinstance(self._keys, str) else self._keys
        if reads is None or (keys is not None and OF_SYNAPSES.issuperset(keys)):
            return original(synapses)
        name = f"{'the status' if keys is None else ', '.join(keys)} of {len(synapses)} synapses"
        if keys is None:
            return reads.read(name, lambda: original(synapses))
        return reads.read(name, lambda: [{key: one[key] for key in keys} for one in original(synapses)])

    def get_connections(self, *arguments, **named):
        reads = self._active()
        if reads is not None and self._original["get_kernel_status"]()["structural_plasticity_synapses"]:
            reads.refuse("which synapses there are")
        return self._original["get_connections"](*arguments, **named)

    def get_nodes(self, properties, *more):
        original, reads = self._original["get_nodes"], self._active()
        if reads is None or OF_NODES.issuperset(properties):
            return original(properties, *more)
        return reads.read(f"which nodes have certain {', '.join(properties)}", lambda: original(properties, *more))

    def get_kernel_status(self, *arguments):
        status, reads = self._original["get_kernel_status"](*arguments), self._active()
        return status if reads is None or not reads.is_passing else KernelStatus(status, reads)


class KernelStatus(dict):
    """The kernel's status while runs are passed over, without what changes in a run. Reading that is refused."""

    def __init__(self, status, reads):
        super().__init__(status)
        self._reads = reads
        self.pop("local_spike_counter", None)
        if self["structural_plasticity_synapses"]:
            self.pop("num_connections", None)

    def __missing__(self, key):
        if key in ("local_spike_counter", "num_connections"):
            self._reads.refuse(key)
        raise KeyError(key)


def _summary(ids):
    """A short text that tells these nodes from others."""
    if not isinstance(ids, (tuple, list)):
        return f"node {ids}"
    digest = hashlib.blake2b(numpy.array(ids, "<i8").tobytes(), digest_size=6).hexdigest()
    return f"{len(ids)} nodes ({ids[0]}, ..., {ids[-1]}; {digest})"
