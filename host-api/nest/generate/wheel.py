# SPDX-License-Identifier: GPL-2.0-or-later
"""The installed NEST wheel: its headers, its library, and the model classes that it registers."""

import re
import subprocess
import sys
import zlib
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from elftools.elf.elffile import ELFFile

# Headers that declare no models, or that need libraries without which the wheel was built.
NOT_MODELS = re.compile(r"(music_|recording_backend_|sonata|conn_builder_conngen|models\.h|.*_impl\.h)")
KIND = re.compile(r"typeinfo for nest::Generic(Connector)?Model<(.*?) ?>$")


@dataclass(frozen=True)
class ModelClass:
    """A class that the wheel registers with NEST's kernel."""

    name: str  # C++: "nest::iaf_psc_alpha"
    mangled: str  # typeid().name() of its GenericModel or GenericConnectorModel
    is_synapse: bool


def nest_folder():
    """The folder of the package nest that this interpreter would import."""
    spec = find_spec("nest")
    for folder in map(Path, spec.submodule_search_locations or () if spec else ()):
        if (folder / "include" / "nest" / "node.h").exists():
            return folder
    raise SystemExit(f"{sys.executable} has no nest-simulator with headers")


def probe_headers(folder):
    """Names of the headers that declare models and the kernel, in a fixed order."""
    include = folder / "include" / "nest"
    models = sorted(h.name for h in include.glob("*.h") if not NOT_MODELS.match(h.name))
    return ["nest_extension_interface.h", "recording_backend_memory.h", "recording_backend_ascii.h", *models]


def definition_headers(folder):
    """Names of the headers that define the constructors of synapses whose own headers only declare them."""
    return sorted(h.name for h in (folder / "include" / "nest").glob("*_synapse*_impl.h"))


def library(folder):
    """NEST's library, which has the kernel and all models."""
    return folder / "nestkernel_api.so"


def build_of(path):
    """The build of a library: its GNU build-id, else CRC-32 and length of its machine code.

    src/reflect/nest_build.cpp computes the same of the library in memory.
    """
    with open(path, "rb") as file:
        segments = list(ELFFile(file).iter_segments())
        notes = [n for s in segments if s["p_type"] == "PT_NOTE" for n in s.iter_notes()]
        code = b"".join(s.data() for s in segments if s["p_type"] == "PT_LOAD" and s["p_flags"] & 1)
    for note in notes:
        if note["n_type"] == "NT_GNU_BUILD_ID" and note["n_name"] == "GNU":
            return f"build-id {note['n_desc']}"
    return f"code {zlib.crc32(code):08x}, {len(code)} bytes"


def model_classes(folder):
    """All model classes of the wheel, from the type information that its library exports."""
    with open(library(folder), "rb") as file:
        symbols = [
            s.name
            for s in ELFFile(file).get_section_by_name(".dynsym").iter_symbols()
            if s.name.startswith("_ZTI") and "Model" in s.name
        ]
    plain = subprocess.run(
        ["c++filt"], input="\n".join(symbols), capture_output=True, text=True, check=True
    ).stdout.splitlines()
    found = []
    for mangled, text in zip(symbols, plain):
        match = KIND.match(text)
        if match and match.group(2) != "nest::proxynode":
            found.append(ModelClass(match.group(2), mangled[4:], bool(match.group(1))))
    return sorted(found, key=lambda c: (c.is_synapse, c.name))


if __name__ == "__main__":
    print(nest_folder() / "include" / "nest", library(nest_folder()), sep=";")
