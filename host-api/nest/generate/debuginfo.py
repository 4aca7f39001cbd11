# SPDX-License-Identifier: GPL-2.0-or-later
"""Classes and their members, read from the debug information of one object file."""

from elftools.elf.elffile import ELFFile

CLASSES = {"DW_TAG_structure_type", "DW_TAG_class_type", "DW_TAG_union_type"}
NAMED = CLASSES | {"DW_TAG_enumeration_type", "DW_TAG_typedef", "DW_TAG_base_type"}
QUALIFIERS = {"DW_TAG_typedef", "DW_TAG_const_type", "DW_TAG_volatile_type"}
KEPT = NAMED | QUALIFIERS | {
    "DW_TAG_namespace", "DW_TAG_inheritance", "DW_TAG_member", "DW_TAG_pointer_type", "DW_TAG_array_type",
    "DW_TAG_subrange_type", "DW_TAG_reference_type", "DW_TAG_ptr_to_member_type", "DW_TAG_subroutine_type",
    "DW_TAG_template_type_param",
}  # fmt: skip


class Entry:
    """One entry of the debug information, with its attributes and children."""

    __slots__ = ("tag", "attributes", "children", "parent", "offset", "tree")

    def __init__(self, die, parent, tree):
        self.tag = die.tag
        self.attributes = {
            key[6:]: (value.value, value.form) for key, value in die.attributes.items()
        }
        self.children = []
        self.parent = parent
        self.offset = die.offset
        self.tree = tree

    def __getitem__(self, key):
        value = self.attributes.get(key, (None,))[0]
        return value.decode() if isinstance(value, bytes) else value

    @property
    def type(self):
        """The entry of its type; None: void."""
        reference = self.attributes.get("type")
        if reference is None:
            return None
        offset, form = reference
        return self.tree.entries[offset if form == "DW_FORM_ref_addr" else offset + self.tree.base]

    @property
    def plain(self):
        """The type without typedefs and qualifiers; if it is a declaration, its definition."""
        entry = self
        while entry is not None and entry.tag in QUALIFIERS:
            entry = entry.type
        if entry is not None and entry.tag in CLASSES and entry["declaration"]:
            entry = self.tree.definitions.get(entry.qualified, entry)
        return entry

    @property
    def qualified(self):
        """The name with its namespaces and classes."""
        origin = self.tree.origin(self)
        parts = []
        while origin is not None and origin.tag != "DW_TAG_compile_unit":
            parts.append(origin["name"] or "")
            origin = self.tree.origin(origin.parent) if origin.parent else None
        return "::".join(reversed(parts))

    def bases(self):
        """(base class, offset) pairs."""
        return [(c.type.plain, c["data_member_location"] or 0) for c in self.children if c.tag == "DW_TAG_inheritance"]

    def members(self):
        """All members but static ones."""
        return [
            c
            for c in self.children
            if c.tag == "DW_TAG_member" and not c["external"] and not c["declaration"]
        ]

    def element(self, parameter="_Tp"):
        """A template's type argument."""
        for child in self.children:
            if child.tag == "DW_TAG_template_type_param" and child["name"] == parameter:
                return child.type.plain
        return None

    def dimensions(self):
        """Lengths of an array type."""
        return [(c["upper_bound"] if c["upper_bound"] is not None else -1) + 1
                for c in self.children if c.tag == "DW_TAG_subrange_type"]  # fmt: skip


class DebugInfo:
    """All classes of one translation unit."""

    def __init__(self, path):
        self.entries = {}
        self.definitions = {}
        with open(path, "rb") as file:
            unit = next(ELFFile(file).get_dwarf_info().iter_CUs())
            self.base = unit.cu_offset
            self._read(unit.get_top_DIE(), None)
        for entry in self.entries.values():
            if entry.tag in CLASSES and not entry["declaration"]:
                self.definitions.setdefault(entry.qualified, entry)
        self._by_text = {name.replace(" ", ""): e for name, e in self.definitions.items()}

    def _read(self, die, parent):
        """This entry and those in it. What is in entries that are not kept, such as functions, is not even parsed."""
        entry = self.entries[die.offset] = Entry(die, parent, self)
        if parent is not None:
            parent.children.append(entry)
        for child in die.iter_children():
            if child.tag in KEPT:
                self._read(child, entry)

    def origin(self, entry):
        """The declaration inside a namespace or class, if `entry` is a definition outside it."""
        if entry is not None and entry.attributes.get("specification"):
            return self.entries.get(entry["specification"] + self.base, entry)
        return entry

    def find(self, name):
        """The definition of a class by its C++ name; None if there is none."""
        return self._by_text.get(name.replace(" ", ""))
