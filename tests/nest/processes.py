# SPDX-License-Identifier: GPL-2.0-or-later
"""NEST says that it runs on two processes, as a build with MPI does under mpirun; the wheel has no MPI."""

import json

import nest

type(nest).num_processes = 2

import torpor_nest as en  # noqa: E402

said = {"status": 0}
try:
    en.install()
except en.Error as error:
    said = {"status": error.status, "text": str(error)}
try:
    en.save("part.msgpack")
except en.Error as error:
    said["save"] = str(error)
print(json.dumps({**said, "is_installed": "torpor_hook" in nest.node_models}))
