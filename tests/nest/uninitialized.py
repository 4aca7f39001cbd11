# SPDX-License-Identifier: GPL-2.0-or-later
"""Save a small network of each model, after filling free memory with one byte: FOLDER/MODEL.msgpack.

    uninitialized.py FOLDER BYTE [MODEL...]
"""

import ctypes
import sys

import nest
import sweep
import torpor_nest as en


def fill_free_memory(byte):
    """Freed memory keeps its content until it is used again."""
    c = ctypes.CDLL(None)
    c.malloc.restype, c.malloc.argtypes, c.free.argtypes = ctypes.c_void_p, [ctypes.c_size_t], [ctypes.c_void_p]
    pieces = []
    for size in range(64, 4096, 16):
        for _ in range(20):
            pieces.append(c.malloc(size))
            ctypes.memset(pieces[-1], byte, size)
    for piece in pieces:
        c.free(piece)


def main():
    folder, byte, *models = sys.argv[1:]
    nest.verbosity = nest.VerbosityLevel.FATAL
    saved = 0
    for model in models or [*nest.node_models, *nest.synapse_models]:
        nest.ResetKernel()
        en.install()
        nest.verbosity = nest.VerbosityLevel.FATAL
        nest.set(local_num_threads=1, rng_seed=11)
        fill_free_memory(int(byte))
        try:
            (sweep.build_node if model in nest.node_models else sweep.build_synapse)(model)
            nest.Simulate(21.7)
            en.save(f"{folder}/{model}.msgpack")
        except Exception:  # refused, or not exercised: named in MODELS.md
            continue
        saved += 1
    print(f'\n{{"saved": {saved}}}')


main()
