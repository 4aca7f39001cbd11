# SPDX-License-Identifier: GPL-2.0-or-later
"""Each network of a process has a folder of its own: the n-th network that uses DIR has DIR/network-<n> from the second on.

A script that calls nest.ResetKernel() in a loop of trials thus finds the checkpoints of each trial when it is started again.
"""

import os
import re

CHECKPOINT = re.compile(r"ckpt-(\d{16,})\.msgpack")


class Folders:
    """The folders that the networks of this process use."""

    def __init__(self) -> None:
        self._n_networks: dict[str, int] = {}  # folder -> networks that have used it
        self._of_network: dict[str, str] = {}  # folder -> folder of the current network
        self.are_several = False  # has another network used folders before this one?

    def begin_network(self) -> None:
        """nest.ResetKernel() was called: another network uses other folders from now on."""
        self.are_several |= bool(self._of_network)
        self._of_network.clear()

    def find(self, folder: str | os.PathLike[str]) -> str:
        """The absolute path of the folder that the current network uses for `folder`."""
        folder = os.path.abspath(os.fspath(folder))
        key = os.path.realpath(folder)
        if key not in self._of_network:
            n = self._n_networks.get(key, 0) + 1
            self._n_networks[key] = n
            self._of_network[key] = folder if n == 1 else os.path.join(folder, f"network-{n}")
        return self._of_network[key]


def newest_step(folder: str) -> int | None:
    """The step of the newest checkpoint in a folder; None: there is none, or no folder."""
    try:
        found = [int(match[1]) for name in os.listdir(folder) if (match := CHECKPOINT.fullmatch(name))]
    except OSError:
        return None
    return max(found, default=None)
