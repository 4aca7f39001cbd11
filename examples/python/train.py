"""Train a small brainstate network, kill it, resume it: the final weights are the same, bit for bit.

    python train.py              shows it: a run in one go, and one that is killed and resumed
    python train.py FOLDER       trains, or goes on from the newest checkpoint in FOLDER

The network learns the product of two numbers. Its batches and its dropout are random, its optimizer
is Adam: all of that state is in the checkpoint.
"""

import argparse
import hashlib
import os
import random
import re
import signal
import subprocess
import sys
import tempfile
import time

import brainstate
import braintools
import jax
import jax.numpy as jnp
import numpy as np

import torpor

EPOCHS = 40
EVERY = 5
STEPS_PER_EPOCH = 20


class Network(brainstate.nn.Module):
    def __init__(self):
        super().__init__()
        self.hidden = brainstate.nn.Linear(2, 32)
        self.dropout = brainstate.nn.Dropout(0.9)
        self.readout = brainstate.nn.Linear(32, 1)

    def update(self, x):
        return self.readout(self.dropout(jnp.tanh(self.hidden(x))))


class Training:
    """All that changes from step to step, and one step."""

    def __init__(self):
        brainstate.random.seed(2026)
        self.network = Network()
        self.optimizer = braintools.optim.Adam(lr=3e-3)
        self.weights = self.network.states(brainstate.ParamState)
        self.optimizer.register_trainable_weights(self.weights)
        self.epoch = 0
        self.step = brainstate.transform.jit(self._step)

    def _step(self):
        x = brainstate.random.uniform(-1.0, 1.0, size=(64, 2))
        y = jnp.prod(x, axis=1, keepdims=True)

        def loss():
            with brainstate.environ.context(fit=True):
                return jnp.mean((self.network.update(x) - y) ** 2)

        gradients, error = brainstate.transform.grad(loss, self.weights, return_value=True)()
        self.optimizer.update(gradients)
        return error

    def state(self):
        return {
            'network': self.network.states(),
            'optimizer': self.optimizer.opt_state,
            'optimizer_step': self.optimizer.step_count,
            'random': np.asarray(jax.random.key_data(brainstate.random.get_key())),
            'epoch': self.epoch,
        }

    def restore(self, path):
        # States are restored in place; plain values come back in a new dict.
        restored = torpor.msgpack_load(path, target=self.state(), verbose=True)
        brainstate.random.set_key(jax.random.wrap_key_data(jnp.asarray(restored['random'])))
        self.epoch = restored['epoch']

    def digest(self):
        digest = hashlib.sha256()
        for leaf in jax.tree.leaves(torpor.msgpack_to_state_dict(self.state())):
            digest.update(np.asarray(leaf).tobytes())
        return digest.hexdigest()[:32]


def newest(folder):
    """The newest checkpoint that is intact, or None."""
    names = sorted(os.listdir(folder), reverse=True) if os.path.isdir(folder) else []
    paths = [os.path.join(folder, name) for name in names if re.fullmatch(r'epoch-\d+\.msgpack', name)]
    return next((path for path in paths if torpor.verify(path)), None)


def train(folder):
    training = Training()
    path = newest(folder)
    if path is not None:
        training.restore(path)
    with torpor.AsyncManager() as manager:
        while training.epoch < EPOCHS:
            for _ in range(STEPS_PER_EPOCH):
                error = training.step()
            training.epoch += 1
            print(f'epoch {training.epoch} loss {float(error):.5f}', flush=True)
            if training.epoch % EVERY == 0:
                manager.wait_previous_save()
                torpor.msgpack_save(
                    os.path.join(folder, f'epoch-{training.epoch:04d}.msgpack'),
                    training.state(),
                    async_manager=manager,
                    index=True,
                    verbose=True,
                )
    print(f'digest {training.digest()}', flush=True)


def run(folder, kill_at_epoch=None):
    """Train in a process of its own; with `kill_at_epoch`, send it SIGKILL there. Gives its digest."""
    command = [sys.executable, __file__, folder]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        for line in process.stdout:
            if line.startswith(('Saving', 'Loading', 'digest')):
                print('   ', line, end='')
            if line.startswith(f'epoch {kill_at_epoch} '):
                time.sleep(random.uniform(0, 0.02))
                process.send_signal(signal.SIGKILL)
                break
            if line.startswith('digest'):
                digest = line.split()[1]
    if kill_at_epoch is not None:
        assert process.returncode == -signal.SIGKILL
        return None
    assert process.returncode == 0
    return digest


def show():
    with tempfile.TemporaryDirectory() as folder:
        print('in one go:')
        straight = run(os.path.join(folder, 'straight'))
        resumed_folder = os.path.join(folder, 'resumed')
        epoch = random.randint(EVERY + 1, EPOCHS - 1)
        print(f'killed in epoch {epoch}:')
        run(resumed_folder, epoch)
        print('resumed to the end:')
        resumed = run(resumed_folder)
    same = straight == resumed
    print(f'in one go {straight}, resumed {resumed}:', 'identical' if same else 'DIFFERENT')
    return 0 if same else 1


if __name__ == '__main__':
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument('folder', nargs='?')
    folder = parser.parse_args().folder
    sys.exit(show() if folder is None else train(folder))
