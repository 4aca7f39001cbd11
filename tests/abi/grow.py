"""grow.py FROM TO: the interface's headers as a later minor may have them, with members appended to
every struct that may grow."""
import pathlib
import re
import sys

source, target = map(pathlib.Path, sys.argv[1:])
target.mkdir(parents=True, exist_ok=True)
STRUCT = re.compile(r"^struct \w+ \{\n.*?^\};", re.MULTILINE | re.DOTALL)


def grow(match: re.Match[str]) -> str:
    struct = match.group()
    if "uint32_t struct_size;" not in struct:
        return struct
    return struct.removesuffix("};") + "    uint64_t appended[3];\n};"


n_grown = 0
for header in source.glob("*.h"):
    text = header.read_text()
    if header.name == "version.h":
        text, n = re.subn(r"(#define TORPOR_ABI_MINOR) 1u", r"\1 2u", text)
        assert n == 1, "the minor is not 1 any more: raise it by one here"
    grown = STRUCT.sub(grow, text)
    n_grown += grown.count("uint64_t appended[3];")
    (target / header.name).write_text(grown)
assert n_grown >= 21, f"only {n_grown} structs were found"
