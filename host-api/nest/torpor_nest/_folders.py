# SPDX-License-Identifier: GPL-2.0-or-later
"""Each network of a process has a folder of its own: the n-th network that uses DIR has DIR/network-<n> from the second on.

A script that calls nest.ResetKernel() in a loop of trials thus finds the checkpoints of each trial when it is started again.
"""

import os


class Folders:
    """The folders that the networks of this process use."""

    def __init__(self):
        self._n_networks = {}  # folder -> networks that have used it
        self._of_network = {}  # folder -> folder of the current network

    def begin_network(self):
        """nest.ResetKernel() was called: another network uses other folders from now on."""
        self._of_network.clear()

    def find(self, folder):
        """The absolute path of the folder that the current network uses for `folder`."""
        folder = os.path.abspath(os.fspath(folder))
        key = os.path.realpath(folder)
        if key not in self._of_network:
            n = self._n_networks.get(key, 0) + 1
            self._n_networks[key] = n
            self._of_network[key] = folder if n == 1 else os.path.join(folder, f"network-{n}")
        return self._of_network[key]
