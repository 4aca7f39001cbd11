# SPDX-License-Identifier: GPL-2.0-or-later
"""The installed NEST: its headers, its library, how it was built, and the model classes that it registers.

It is a wheel, or was built from source and installed below a prefix, such as that of a virtual environment.
"""

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
        if (headers(folder) / "node.h").exists():
            return folder
    raise SystemExit(f"{sys.executable} has no nest-simulator with headers")


def headers(folder):
    """The folder of its headers: a wheel has them in the package; else it lies in PREFIX/lib/python3.X/site-packages."""
    inside = folder / "include" / "nest"
    return inside if inside.exists() else folder.parents[3] / "include" / "nest"


def probe_headers(folder):
    """Names of the headers that declare models and the kernel, in a fixed order."""
    models = sorted(h.name for h in headers(folder).glob("*.h") if not NOT_MODELS.match(h.name))
    return ["nest_extension_interface.h", "recording_backend_memory.h", "recording_backend_ascii.h", *models]


def definition_headers(folder):
    """Names of the headers that define the constructors of synapses whose own headers only declare them."""
    return sorted(h.name for h in headers(folder).glob("*_synapse*_impl.h"))


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


def has_new_abi(path):
    """Do the functions of NEST take std::string as the new ABI of libstdc++ has it?"""
    with open(path, "rb") as file:
        symbols = ELFFile(file).get_section_by_name(".dynsym").iter_symbols()
        return any("7__cxx11" in s.name for s in symbols if s.name.startswith("_ZN4nest"))


def mpi_of(path):
    """The MPI library that NEST is linked with, "libmpi.so.40"; "": it has no MPI."""
    with open(path, "rb") as file:
        tags = ELFFile(file).get_section_by_name(".dynamic").iter_tags("DT_NEEDED")
        return next((tag.needed for tag in tags if re.match(r"libmpi(ch)?\.so", tag.needed)), "")


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
    found = nest_folder()
    path = library(found)
    print(headers(found), path, int(has_new_abi(path)), mpi_of(path), sep=";")
