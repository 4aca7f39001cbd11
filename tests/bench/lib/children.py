"""Benchmarks that measure each network in a process of its own: `SCRIPT --child WHAT [--small] SCRATCH` prints what it has
measured as its last line, for `SCRIPT [--small] SCRATCH`, which makes the rows."""
import json
import os
import subprocess
import sys


def measured(what, scratch, small):
    """What a process of its own measured: name -> list of numbers, or of pairs."""
    options = ["--small"] if small else []
    done = subprocess.run([sys.executable, sys.argv[0], "--child", what, *options, scratch],
                          stdout=subprocess.PIPE, text=True, check=True)
    return json.loads(done.stdout.splitlines()[-1])


def rounds(what, scratch, small, n):
    """The same of n processes, one list after the other."""
    together = {}
    for _ in range(n):
        for key, values in measured(what, scratch, small).items():
            together.setdefault(key, []).extend(values)
    return together


def begin(main, child):
    """The script: main(scratch, small), or what child(what, scratch, small) returns."""
    arguments = sys.argv[1:]
    folder = os.path.abspath(arguments[-1])
    is_small = "--small" in arguments
    if "--child" in arguments:
        found = child(arguments[arguments.index("--child") + 1], folder, is_small)
        print("\n" + json.dumps(found), flush=True)
    else:
        main(folder, is_small)
