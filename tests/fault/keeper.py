"""keeper.py FOLDER at-once|in-background [STEPS]: a Python program whose checkpoints are the package's; it prints the digest of
its state at the end. It goes on from where it was."""
import hashlib
import os
import sys

import numpy as np

import torpor


def start():
    return {"x": np.zeros(2000), "rng": np.random.default_rng(7), "names": ["a", "b"]}


def main(folder, how, n_steps=60):
    saver = torpor.AsyncManager() if how == "in-background" else None
    keeps = os.environ.get("TORPOR_CHECKPOINTS") != "no"
    with torpor.CheckpointManager(folder, keep=2, async_manager=saver) as manager:
        state, step = manager.restore_or_start(start()) if keeps else (start(), 0)
        while step < int(n_steps):
            state["x"] = 0.9 * state["x"] + state["rng"].normal(size=2000)
            step += 1
            if keeps:
                manager.save(step, state)
    print("digest", hashlib.md5(state["x"].tobytes() + repr(state["rng"].bit_generator.state).encode()).hexdigest())


main(*sys.argv[1:])
