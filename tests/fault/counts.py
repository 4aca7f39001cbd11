"""How often the tests of this folder did what: added up for tests/fault/run, in the file TORPOR_FAULT_COUNTS."""
import atexit
import collections
import os

# The long run: so many draws, and everything instead of a sample.
LONG = int(os.environ.get("TORPOR_FAULT_LONG") or 0)
SECONDS = float(os.environ.get("TORPOR_FAULT_SECONDS") or 3600)  # for tests that could go on
_counts = collections.Counter()


def count(what, n):
    _counts[what] += n


@atexit.register
def _write():
    lines = "".join(f"{n} {what}\n" for what, n in _counts.items())
    print(lines, end="")
    if path := os.environ.get("TORPOR_FAULT_COUNTS"):
        with open(path, "a", encoding="utf-8") as file:
            file.write(lines)
