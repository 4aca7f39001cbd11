# SPDX-License-Identifier: GPL-2.0-or-later
"""Replaces functions of NEST's Python interface, to know what a script reads and changes between its runs."""

import hashlib
from collections.abc import Callable, Collection, Sequence
from typing import Any

import numpy
from nest import nestkernel_api
from nest.lib.hl_api_types import NodeCollection, SynapseCollection

from ._own import Object, Own
from ._reads import Reads
from ._runs import Runs

# What does not change in a run. It is read from NEST itself, also while runs are passed over.
OF_NODES = {"element_type", "global_id", "local", "model", "model_id", "node_uses_wfr", "recordables", "thread",
            "thread_local_id", "vp"}  # fmt: skip
OF_SYNAPSES = {"port", "receptor", "sizeof", "source", "synapse_id", "synapse_model", "target", "target_thread"}

# What changes the network, its generators, or the time.
CHANGES = ("apply_parameter", "connect", "connect_arrays", "connect_layers", "connect_sonata", "connect_tripartite",
           "copy_model", "create", "create_spatial", "disable_structural_plasticity", "disconnect", "disconnect_syncoll",
           "enable_structural_plasticity", "get_param_value", "run", "set_connection_status", "set_defaults",
           "set_kernel_status", "set_nc_status", "simulate")  # fmt: skip
IDENTITY = ("source", "target", "target_thread", "synapse_id", "port")  # of a synapse
OF_OUTPUT = {"data_path", "data_prefix", "overwrite_files", "print_time", "verbosity"}  # not part of a checkpoint


class Hooks:
    """Puts Runs and Reads between NEST's Python interface and its kernel. Without runs, nothing changes."""

    NAMES = ("llapi_get_nc_status", "llapi_get_connection_status", "llapi_get_connections", "llapi_get_nodes",
             "llapi_get_kernel_status", "llapi_get_defaults", "llapi_set_nc_status", "llapi_set_connection_status")  # fmt: skip

    def __init__(self, runs: Callable[[], Runs | None], reset_kernel: Callable[[Callable[[], None]], None]) -> None:
        """`runs()`: the runs of the current network, or None. `reset_kernel(reset)`: ends them; called for ResetKernel."""
        self._runs = runs
        self._keys: str | Sequence[str] | None = None  # that SynapseCollection.get() was called for
        self._is_setting = False
        for name in CHANGES:
            setattr(nestkernel_api, f"llapi_{name}", self._noting_change(getattr(nestkernel_api, f"llapi_{name}")))
        self._original: dict[str, Any] = {name[6:]: getattr(nestkernel_api, name) for name in self.NAMES}
        for name in self.NAMES:
            setattr(nestkernel_api, name, getattr(self, name[6:]))
        original = nestkernel_api.llapi_reset_kernel
        nestkernel_api.llapi_reset_kernel = lambda: reset_kernel(original)
        self._wrap_collections()

    def _noting_change(self, function: Callable[..., Any]) -> Callable[..., Any]:
        def change(*arguments: Any, **named: Any) -> Any:
            runs = self._runs()
            is_of_output = arguments and isinstance(arguments[0], dict) and OF_OUTPUT.issuperset(arguments[0])
            if runs is not None and not is_of_output:
                runs.is_changed = True
            return function(*arguments, **named)

        return change

    def _wrap_collections(self) -> None:
        get = SynapseCollection.get

        def get_synapses(synapses: Any, keys: str | Sequence[str] | None = None, output: str = "") -> Any:
            outer, self._keys = self._keys, keys
            try:
                return get(synapses, keys, output)
            finally:
                self._keys = outer

        get_synapses.__doc__ = get.__doc__
        SynapseCollection.get = get_synapses
        for collection in (NodeCollection, SynapseCollection):
            collection.set = self._without_reads(collection.set)

    def _without_reads(self, function: Callable[..., Any]) -> Callable[..., Any]:
        """set() looks at the nodes itself."""

        def unrecorded(*arguments: Any, **named: Any) -> Any:
            outer, self._is_setting = self._is_setting, True
            try:
                return function(*arguments, **named)
            finally:
                self._is_setting = outer

        unrecorded.__doc__ = function.__doc__
        return unrecorded

    def _active(self) -> Reads | None:
        runs = None if self._is_setting else self._runs()
        return None if runs is None else runs.reads

    def _own(self) -> Own | None:
        """Where to note what the script sets; None: runs are not passed over."""
        runs = self._runs()
        return runs.own if runs is not None and runs.is_passing else None

    def _is_own(self, objects: Sequence[Object], keys: Collection[str] | None) -> bool:
        own = self._own()
        return own is not None and own.has(objects, keys)

    def _ids(self, nodes: Any) -> Sequence[int]:
        ids = self._original["get_nc_status"](nodes, "global_id")
        return ids if isinstance(ids, (tuple, list)) else (ids,)

    def _synapses(self, synapses: Any) -> list[tuple[int, ...]]:
        return [tuple(one[key] for key in IDENTITY) for one in self._original["get_connection_status"](synapses)]

    def _in_order_of_threads(self, synapses: SynapseCollection) -> SynapseCollection:
        """NEST lists the synapses of each model thread by thread, and threads as they happen to come. Few are looked at: what
        lies between two of one thread and one model is theirs too."""
        blocks: list[tuple[tuple[int, int], int, int]] = []
        all_synapses = synapses._datum

        def block_of(place: int) -> tuple[int, int]:
            status = self._original["get_connection_status"]([all_synapses[place]])[0]
            return status["synapse_id"], status["target_thread"]

        def divide(first: int, of_first: tuple[int, int], last: int, of_last: tuple[int, int]) -> None:
            if of_first == of_last:
                blocks.append((of_first, first, last + 1))
                return
            middle = (first + last) // 2
            divide(first, of_first, middle, block_of(middle))
            divide(middle + 1, block_of(middle + 1), last, of_last)

        divide(0, block_of(0), len(all_synapses) - 1, block_of(-1))
        blocks.sort()
        return SynapseCollection([one for _, first, end in blocks for one in all_synapses[first:end]])

    def set_nc_status(self, nodes: Any, params: Any) -> None:
        self._original["set_nc_status"](nodes, params)
        if (own := self._own()) is not None:
            own.note(self._ids(nodes), params)

    def set_connection_status(self, synapses: Any, params: Any) -> None:
        self._original["set_connection_status"](synapses, params)
        if (own := self._own()) is not None:
            own.note(self._synapses(synapses), params)

    def get_nc_status(self, nodes: Any, *key: str) -> Any:
        original, reads = self._original["get_nc_status"], self._active()
        if reads is None or (key and key[0] in OF_NODES):
            return original(nodes, *key)
        ids = self._ids(nodes)
        key = key if key and key[0] else ()
        name = f"{key[0]} of {_summary(ids)}" if key else f"the status of {_summary(ids)}"
        return reads.read(name, lambda: original(nodes, *key), lambda: self._is_own(ids, key or None))

    def get_connection_status(self, synapses: Any) -> Any:
        original, reads = self._original["get_connection_status"], self._active()
        keys = [self._keys] if isinstance(self._keys, str) else self._keys
        if reads is None or (keys is not None and OF_SYNAPSES.issuperset(keys)):
            return original(synapses)
        status = original(synapses)
        identities = [tuple(one[key] for key in IDENTITY) for one in status]
        name = f"{'the status' if keys is None else ', '.join(keys)} of {_summary_of_synapses(identities)}"
        if keys is None:
            return reads.read(name, lambda: status)
        is_own = lambda: self._is_own(identities, set(keys) - OF_SYNAPSES)
        return reads.read(name, lambda: [{key: one[key] for key in keys} for one in status], is_own)

    def get_connections(self, *arguments: Any, **named: Any) -> Any:
        reads, kernel = self._active(), self._original["get_kernel_status"]()
        if reads is not None and kernel["structural_plasticity_synapses"]:
            reads.refuse("which synapses there are, by nest.GetConnections")
        synapses = self._original["get_connections"](*arguments, **named)
        return self._in_order_of_threads(synapses) if kernel["local_num_threads"] > 1 and len(synapses) > 1 else synapses

    def get_nodes(self, properties: Any, *more: Any) -> Any:
        original, reads = self._original["get_nodes"], self._active()
        if reads is None or OF_NODES.issuperset(properties):
            return original(properties, *more)
        return reads.read(f"which nodes have certain {', '.join(properties)}", lambda: original(properties, *more))

    def get_kernel_status(self, *arguments: Any) -> Any:
        status, reads = self._original["get_kernel_status"](*arguments), self._active()
        if reads is None:
            return status
        counts = ["num_connections"] if status["structural_plasticity_synapses"] else []
        return Status(status, reads, {key: key for key in ["local_spike_counter", *counts] if key in status})

    def get_defaults(self, model: str) -> Any:
        defaults, reads = self._original["get_defaults"](model), self._active()
        is_count = "num_connections" in defaults and self._original["get_kernel_status"]()["structural_plasticity_synapses"]
        return defaults if reads is None or not is_count else Status(
            defaults, reads, {"num_connections": f"num_connections of {model}"}
        )  # fmt: skip


class Status(dict[str, Any]):
    """A status of which a run changes a few values. Reading these is recorded, as other reads are."""

    def __init__(self, status: dict[str, Any], reads: Reads, changing: dict[str, str]) -> None:
        """`changing`: under which name each of them is recorded."""
        super().__init__(status)
        self._reads, self._changing = reads, changing
        self._live = {} if reads.is_passing else {key: status[key] for key in changing}
        if reads.is_passing:
            for key in changing:
                del self[key]

    def __getitem__(self, key: str) -> Any:
        if key not in self._changing:
            return super().__getitem__(key)
        return self._reads.read(self._changing[key], lambda: self._value(key))

    def _value(self, key: str) -> Any:
        if key not in self._live and not self._reads.is_passing:
            raise KeyError(f"{key}: NEST was asked for this status while runs were passed over; ask it again")
        return self._live.get(key)

    def get(self, key: str, default: Any = None) -> Any:
        return self[key] if key in self or key in self._changing else default


def _summary(ids: Sequence[int]) -> str:
    """A short text that tells these nodes from others."""
    if len(ids) == 1:
        return f"node {ids[0]}"
    return f"{len(ids)} nodes ({ids[0]}, ..., {ids[-1]}; {_digest(ids)})"


def _summary_of_synapses(identities: Sequence[tuple[int, ...]]) -> str:
    if len(identities) == 1:
        return f"the synapse from node {identities[0][0]} to {identities[0][1]} ({_digest(identities)})"
    return f"{len(identities)} synapses ({_digest(identities)})"


def _digest(numbers: Sequence[Any]) -> str:
    return hashlib.blake2b(numpy.array(numbers, "<i8").tobytes(), digest_size=6).hexdigest()
