#!/usr/bin/env python3
"""tidy.py RUN_CLANG_TIDY BUILD SCRATCH SOURCE: run clang-tidy on the C files of plugin/ and host-api/, as they are compiled in BUILD.

A file that several targets compile is looked at once: clang-tidy would look at it once for each of them."""
import json
import os
import pathlib
import re
import subprocess
import sys

run_clang_tidy, build, scratch, source = sys.argv[1:]
ours = re.compile(rf"{re.escape(source)}/(plugin|host-api)/.*\.c$")
commands = {}
for command in json.loads((pathlib.Path(build) / "compile_commands.json").read_text()):
    if ours.match(command["file"]):
        commands.setdefault(command["file"], command)
assert commands, "no C file of ours is compiled"
os.makedirs(scratch, exist_ok=True)
(pathlib.Path(scratch) / "compile_commands.json").write_text(json.dumps(list(commands.values())))
sys.exit(subprocess.call([run_clang_tidy, "-quiet", "-extra-arg=-Wno-unused-variable", "-p", scratch]))
