# SPDX-License-Identifier: GPL-2.0-or-later
"""The end of a network, after which a script goes on to another one with nest.ResetKernel().

A checkpoint is taken there, which says how the last run ended. A script that is started again passes over all runs of a
network that has come to its end.
"""

import dataclasses
import json
from typing import Self


@dataclasses.dataclass(frozen=True)
class NetworkEnd:
    """How the last run of a network ended, in a checkpoint of its end."""

    n_runs: int
    step: int  # where the last run ended
    is_changed: bool  # did the script change the network afterwards? Then the checkpoint is not what that run has left.
    was_set_back: bool  # was time set back between two runs? Then only their number tells where the script is.

    def to_text(self) -> str:
        return json.dumps(dataclasses.asdict(self))

    @classmethod
    def from_text(cls, text: str) -> Self | None:
        """None: it is a checkpoint from inside a run."""
        return cls(**json.loads(text)) if text else None

    def passes_over(self, n_runs: int, step: int) -> bool:
        """Is a run that follows `n_runs` others, and ends at `step`, one that the script made before this end?"""
        if self.was_set_back:
            return n_runs + 1 < self.n_runs or (n_runs + 1 == self.n_runs and step <= self.step)
        return step <= self.step

    def is_at(self, n_runs: int, step: int) -> bool:
        """Is the script here when it has made `n_runs` runs, of which the last one ended at `step`?"""
        return step == self.step and (n_runs == self.n_runs or not self.was_set_back)
