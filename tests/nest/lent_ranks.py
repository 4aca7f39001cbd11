# SPDX-License-Identifier: GPL-2.0-or-later
"""Several processes of a NEST without MPI take each other for ranks: a collective over Unix sockets, lent to the module.

Each has its own virtual processes of one network, of which no two are connected. What a rank of an MPI run does beyond that is
NEST's: to exchange spikes."""

import ctypes
from multiprocessing.connection import Client, Connection, Listener
from typing import Any

IO = 11  # see torpor/error.h
SECONDS = 60.0  # that a rank may be late
BYTES, LENGTH, ERROR = ctypes.c_void_p, ctypes.c_uint64, ctypes.c_void_p
BARRIER = ctypes.CFUNCTYPE(ctypes.c_int32, ctypes.c_void_p, ERROR)
ALLGATHER = ctypes.CFUNCTYPE(ctypes.c_int32, ctypes.c_void_p, BYTES, LENGTH, BYTES, ERROR)
BROADCAST = ctypes.CFUNCTYPE(ctypes.c_int32, ctypes.c_void_p, BYTES, LENGTH, ctypes.c_uint32, ERROR)


class Collective(ctypes.Structure):
    """struct torpor_collective, see torpor/collective.h."""

    _fields_ = [
        ("struct_size", ctypes.c_uint32), ("rank", ctypes.c_uint32), ("n_ranks", ctypes.c_uint32),
        ("reserved", ctypes.c_uint32), ("collective_data", ctypes.c_void_p), ("barrier", BARRIER),
        ("allgather", ALLGATHER), ("broadcast", BROADCAST), ("send", ctypes.c_void_p), ("receive", ctypes.c_void_p),
    ]  # fmt: skip


class Error(ctypes.Structure):
    """struct torpor_error."""

    _fields_ = [("struct_size", ctypes.c_uint32), ("status", ctypes.c_int32), ("message", ctypes.c_char * 1016)]


class Ranks:
    """The connections of this rank. All messages go through rank 0."""

    def __init__(self, rank: int, n_ranks: int, address: str) -> None:
        self.rank, self.n_ranks = rank, n_ranks
        self.others: list[Connection] = []
        if rank > 0:
            self.first = Client(address, "AF_UNIX")
            self.first.send(rank)
            return
        with Listener(address, "AF_UNIX", backlog=n_ranks) as listener:
            by_rank = {}
            for _ in range(1, n_ranks):
                other = listener.accept()
                by_rank[other.recv()] = other
        self.others = [by_rank[other] for other in range(1, n_ranks)]

    @staticmethod
    def receive(other: Connection) -> bytes:
        if not other.poll(SECONDS):
            raise TimeoutError("not all ranks came")
        return other.recv_bytes()

    def gather(self, mine: bytes) -> bytes:
        if self.rank > 0:
            self.first.send_bytes(mine)
            return self.receive(self.first)
        everything = mine + b"".join([self.receive(other) for other in self.others])
        for other in self.others:
            other.send_bytes(everything)
        return everything


def lend(library: Any, rank: int, n_ranks: int, address: str) -> Collective:
    """Let the module of torpor_nest take this process for a rank. The result must be kept."""
    ranks = Ranks(rank, n_ranks, address)

    def guarded(error: int, exchange: Any) -> int:
        try:
            exchange()
        except Exception as failure:
            report = Error.from_address(error)
            report.status, report.message = IO, f"lent ranks: {failure!r}".encode()
            return IO
        return 0

    def barrier(_: Any, error: int) -> int:
        return guarded(error, lambda: ranks.gather(b"."))

    def allgather(_: Any, mine: int, length: int, everything: int, error: int) -> int:
        def exchange() -> None:
            ctypes.memmove(everything, ranks.gather(ctypes.string_at(mine, length)), length * n_ranks)

        return guarded(error, exchange)

    def broadcast(_: Any, data: int, length: int, root: int, error: int) -> int:
        def exchange() -> None:
            everything = ranks.gather(ctypes.string_at(data, length))
            ctypes.memmove(data, everything[root * length : (root + 1) * length], length)

        return guarded(error, exchange)

    collective = Collective(
        struct_size=ctypes.sizeof(Collective), rank=rank, n_ranks=n_ranks, barrier=BARRIER(barrier),
        allgather=ALLGATHER(allgather), broadcast=BROADCAST(broadcast)
    )  # fmt: skip
    library._c.torpor_nest_lend_collective(ctypes.byref(collective))
    return collective
