# SPDX-License-Identifier: GPL-2.0-or-later
"""Load the adapter into NEST and nothing else; prints the error, and which build of NEST is loaded."""

import json

import nest
import torpor_nest as en

text = ""
try:
    en.install()
except en.Error as error:
    text = str(error)
is_loaded = "torpor_hook" in nest.node_models
print("\n" + json.dumps({"error": text, "loaded": en._library.loaded_build(), "is_installed": is_loaded}))
