# SPDX-License-Identifier: GPL-2.0-or-later
"""Try a restore that must be refused: prints the error, and whether NEST then continues as if no restore had been tried.

    refused.py '{options of the network}' FILE [brunel|plastic]
"""

import importlib
import json
import sys

import nest
import state
import torpor_nest as en


def main():
    options, path = json.loads(sys.argv[1]), sys.argv[2]
    network = importlib.import_module(sys.argv[3] if len(sys.argv) > 3 else "brunel")
    digests, text = [], ""
    for attempt in (False, True):
        nest.ResetKernel()
        nest.verbosity = nest.VerbosityLevel.FATAL
        en.install()
        network.build(**options)
        if attempt:
            try:
                en.restore(path)
            except en.Error as error:
                text = str(error)
        nest.Simulate(30.0)
        digests.append(state.digest())
    print("\n" + json.dumps({"error": text, "goes_on": digests[0] == digests[1]}))


if __name__ == "__main__":
    main()
