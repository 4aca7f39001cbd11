# SPDX-License-Identifier: GPL-2.0-or-later
"""Matplotlib, which lean/ hides, for scripts that draw: without a display."""

import sys

if sys.modules.get("matplotlib") is None:
    sys.modules.pop("matplotlib", None)
import matplotlib  # noqa: E402

matplotlib.use("Agg")
import matplotlib.pyplot  # noqa: E402, F401
