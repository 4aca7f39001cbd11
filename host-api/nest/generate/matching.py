# SPDX-License-Identifier: GPL-2.0-or-later
"""Applies the rules of rules.py to members, and finds the rules that no member of this NEST needs."""

import rules as installed_rules
from debuginfo import CLASSES

TABLES = ("SKIPPED_CLASSES", "COMPONENTS", "MEMBERS", "PARAMETER_CLASSES", "PARAMETERS", "EVOLVING", "SKIPPED_TYPES",
          "POINTERS", "CONTAINERS", "SPECIAL", "RAW")  # fmt: skip


class RuleError(SystemExit):
    """Rules and NEST do not fit together; the text lists what to change in rules.py."""


def _template(name):
    return name.split("<", 1)[0].replace("std::__cxx11::", "std::")  # with either ABI of libstdc++


class Rules:
    """The tables of rules.py (or of an object like it), with a note of each rule that has matched."""

    def __init__(self, tables=installed_rules):
        self.tables = tables
        self._matched = set()

    def _match(self, table, key):
        """The rule for `key`, or None. Finding one marks it as needed."""
        rows = getattr(self.tables, table)
        if key not in rows:
            return None
        self._matched.add((table, key))
        return rows[key] if isinstance(rows, dict) else key

    def unmatched(self):
        """Every rule that has matched nothing so far, as text."""
        return [
            f"{table}: {key if isinstance(key, str) else '::'.join(key)} matches nothing"
            for table in TABLES
            for key in getattr(self.tables, table)
            if (table, key) not in self._matched
        ]

    # ---- types ----

    def is_container(self, name):
        return self._match("CONTAINERS", _template(name)) is not None

    def container_elements(self, name):
        return self._match("CONTAINERS", _template(name))

    def special(self, name):
        return self._match("SPECIAL", name)

    def is_raw(self, name):
        return self._match("RAW", name) is not None

    def component(self, name):
        return self._match("COMPONENTS", name)

    def component_of(self, plain):
        """The class in COMPONENTS that a member is an object, or a sequence, of; else None."""
        if plain.tag in CLASSES and _template(plain.qualified) in ("std::vector", "std::deque"):
            plain = plain.element("_Tp")
        return plain if plain is not None and plain.tag in CLASSES and self.component(plain.qualified) else None

    def skipped_class(self, name):
        matches = [c for c in self.tables.SKIPPED_CLASSES if name.startswith(c)]
        return any([self._match("SKIPPED_CLASSES", c) for c in matches])

    def holds_no_state(self, kind):
        """Is this a type that the models or Connect build again, or does it point to one or contain one?"""
        while kind is not None:
            if self._match("SKIPPED_TYPES", _template(kind["name"] or "")) or self.skipped_class(kind.qualified or ""):
                return True
            if kind.tag in ("DW_TAG_reference_type", "DW_TAG_ptr_to_member_type"):
                return True  # bound at construction; functions chosen from parameters
            if _template(kind.qualified or "") in ("std::vector", "std::shared_ptr"):
                return self.holds_no_state(kind.plain.element("_Tp"))
            kind = kind.type
        return False

    def no_handler(self, plain):
        """Why a leaf type cannot be saved; None if it can."""
        if plain.tag in ("DW_TAG_base_type", "DW_TAG_enumeration_type"):
            return None
        if plain.tag == "DW_TAG_array_type":
            return self.no_handler(plain.type.plain)
        if self.is_container(plain.qualified):
            return None
        if plain.tag == "DW_TAG_pointer_type":
            target = plain.type
            if target and (self._match("POINTERS", target.plain.qualified) or self.is_container(target.plain.qualified)):
                return None
            return f"no handler for a pointer to {target.plain.qualified or 'a function' if target else 'void'}"
        return f"no handler for {plain.qualified or plain.tag}"

    # ---- members ----

    def of_member(self, cls, name, member):
        """"skip", "constant", "fixed", "components" or None."""
        rule = self._match("MEMBERS", (_template(cls), name))
        if rule:
            return rule
        if self.component_of(member.type.plain) is not None:
            return "components"
        if name.startswith("_vptr"):
            return "skip"
        return "skip" if self.holds_no_state(member.type) else None

    def set_by_script(self, cls, name, in_synapse):
        """"PARAMETER", "GIVEN" (its first value), or None: what the class that the member is in has."""
        key = (_template(cls), name)
        if self._match("EVOLVING", key) or (in_synapse and self._match("EVOLVING", name)):
            return "GIVEN"
        prefix = next((c for c in self.tables.PARAMETER_CLASSES if cls.startswith(c)), None)
        if prefix is not None:
            self._match("PARAMETER_CLASSES", prefix)
        is_parameter = prefix is not None or cls.endswith("Parameters_") or self._match("PARAMETERS", key)
        return "PARAMETER" if is_parameter else None

    # ---- the kernel ----

    def kernel_problems(self, info):
        """Members of NEST's kernel that no rule accounts for, and rules that do not fit it, as texts."""
        saved = {cls: names for _, cls, names in self.tables.KERNEL}
        names = dict.fromkeys([*saved, *_managers(info), *self.tables.NOT_SAVED])
        return [problem for name in names for problem in self._class_problems(info, name, saved.get(name, []))]

    def _class_problems(self, info, name, saved):
        cls = info.find(name)
        reasons = self.tables.NOT_SAVED.get(name, {})
        with_mpi = self.tables.NOT_SAVED_WITH_MPI.get(name, {})
        if cls is None:
            return [f"KERNEL or NOT_SAVED: NEST has no class {name}"]
        members = dict(_all_members(cls))
        if not members.keys().isdisjoint(with_mpi):
            reasons = {**reasons, **with_mpi}
        problems = [
            f"{table}: {name} has no member {member}"
            for table, listed in (("KERNEL", saved or []), ("NOT_SAVED", reasons))
            for member in listed
            if member not in members
        ]
        for member, (owner, entry) in members.items():
            is_saved = saved is None or member in saved
            is_skipped = self.of_member(owner.qualified, member, entry) == "skip" or _is_manager(entry.type.plain)
            if is_saved and (is_skipped or member in reasons):
                problems.append(f"{name}::{member} is listed as saved, but another rule leaves it out")
            elif not is_saved and not is_skipped and not reasons.get(member):
                problems.append(f"{name}::{member} is neither saved (KERNEL) nor left out with a reason (NOT_SAVED)")
        return problems


def _all_members(cls):
    """(name, (class, entry)) of a class's members and those of its bases."""
    for base, _ in cls.bases():
        yield from _all_members(base)
    for member in cls.members():
        yield member["name"] or "", (cls, member)


def _is_manager(plain):
    return plain.tag in CLASSES and any(base.qualified == "nest::ManagerInterface" for base, _ in plain.bases())


def _managers(info):
    """Names of the kernel's class and of all managers that it has."""
    kernel = info.find("nest::KernelManager")
    if kernel is None:
        raise RuleError("NEST has no class nest::KernelManager: matching.py does not know where its managers are")
    return [kernel.qualified, *(m.type.plain.qualified for m in kernel.members() if _is_manager(m.type.plain))]
