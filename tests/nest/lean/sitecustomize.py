# SPDX-License-Identifier: GPL-2.0-or-later
"""NEST imports these where they are installed, which takes twice as long as all else that a small test does."""

import sys

for name in ("h5py", "matplotlib", "pandas", "scipy"):
    sys.modules[name] = None
