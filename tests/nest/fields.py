# SPDX-License-Identifier: GPL-2.0-or-later
"""One node of every model: its values in a checkpoint, and in NEST's status. Prints JSON.

    fields.py FOLDER
"""

import json
import math
import sys

import nest
import torpor
import torpor_nest

def main():
    torpor_nest.install()
    nodes = {}
    for model in nest.node_models:
        if not model.startswith("torpor"):
            nodes[model] = nest.Create(model)
    nodes["cm_default"].compartments = [{"parent_idx": -1}]
    nest.Simulate(1.0)
    status = {model: {k: v for k, v in node.get().items() if isinstance(v, float)} for model, node in nodes.items()}
    path = sys.argv[1] + "/fields.msgpack"
    torpor_nest.save(path)
    columns = torpor.open(path)["populations"]["nodes"]
    fields = {}
    for model, shown in status.items():
        for name, value in shown.items():
            if name in columns.get(model, {}) and math.isfinite(value):
                leaf = columns[model][name]
                fields.setdefault(model, {})[name] = [getattr(leaf, "unit", None) or "", float(leaf[0]), value]
    print(json.dumps(fields))


main()
