#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Write the tables of every model's members from the headers of the installed NEST wheel.

    members.py probe OUT.cpp              a translation unit that names every model class once
    members.py tables PROBE.so OUT.cpp    the tables, from the debug information of the compiled probe

The tables name each member by its path in C++ and let the compiler find its type; src/reflect/codec.h
has the codecs of types. A model with a member whose type has no codec is refused by name when it is saved. rules.py lists what
is left out on purpose, with the reason. The generator stops at a rule that matches nothing, and at a member
of NEST's kernel of which no rule says what becomes of it.
"""

import argparse
from pathlib import Path

import wheel
from debuginfo import CLASSES, DebugInfo
from matching import RuleError, Rules

PROBE = """{includes}
template < class T > struct Keep {{ T* object; unsigned long size = sizeof( T ); }};
{keeps}
"""


NO_TABLE = "nullptr, 0"
HEADERS = ("nest_build", "codec_nest", "components", "synapse_tables", "models")  # that the tables need


class NoHandler(Exception):
    """A member that cannot be saved; the text says which and why."""


def _flags(constant, is_set):
    """Flags of a member in C++."""
    return " | ".join(filter(None, (constant, is_set and f"MEMBER_{is_set}"))) or "0"


class Tables:
    """The C++ text of types, of visitors for classes inside containers, and of tables of members."""

    def __init__(self, info, rules):
        self.info = info
        self.rules = rules
        self.types = {}  # offset of a type's entry -> (its name in the output, C++ expression, size)
        self.visitors = {}  # offset of a class -> name of its alias
        self.components = {}  # name of a class of components -> name of its table
        self.text = []
        self.building = set()

    # ---- one class, flattened ----

    def flatten(self, cls, path="", reach="", offset=0, rule=None, only=None, is_set=None, in_synapse=False):
        """Yield (path, C++ expression that reaches it, offset, type, special codecs, rule, what a script sets of it) of all
        members that are saved."""
        if cls["declaration"]:
            raise NoHandler(f"{path or cls.qualified}: {cls.qualified} is declared, but not defined, in the probe")
        for base, base_offset in cls.bases():
            if self.rules.skipped_class(base.qualified):
                continue
            yield from self.flatten(base, path, reach, offset + base_offset, rule, None, is_set, in_synapse)
        for member in cls.members():
            name = member["name"] or ""
            if only is not None and name not in only:
                continue
            own_rule = self.rules.of_member(cls.qualified, name, member)
            if own_rule == "skip":
                continue
            here_rule = own_rule if own_rule == "components" else rule or own_rule
            here_set = self.rules.set_by_script(cls.qualified, name, in_synapse) or is_set
            if not path and not reach:
                step = f".{cls.qualified}::{name}" if name else ""
            else:
                step = f".{name}" if name else ""
            here = f"{path}.{name}" if path and name else path or name
            place = offset + (member["data_member_location"] or 0)
            plain = member.type.plain
            special = self.rules.special(plain.qualified) if plain.tag in CLASSES else None
            if special or own_rule == "components":
                yield here, reach + step, place, plain, special, here_rule, here_set
            elif member["bit_size"] or member["data_bit_offset"] is not None:
                raise NoHandler(f"{here} is a bit field")
            elif plain.tag in CLASSES and not self.rules.is_container(plain.qualified):
                if not plain.members() and not plain.bases():
                    continue
                yield from self.flatten(plain, here, reach + step, place, here_rule, None, here_set, in_synapse)
            else:
                problem = self.rules.no_handler(plain)
                if problem:
                    raise NoHandler(f"{here}: {problem}")
                yield here, reach + step, place, plain, None, here_rule, here_set

    # ---- types ----

    def type_name(self, plain, expression):
        """The name of a leaf type in the output. Visitors of classes inside it are written first."""
        if plain.offset not in self.types:
            name = f"T{len(self.types)}"
            self.types[plain.offset] = name
            self.text.append(f"using {name} = std::remove_cvref_t< decltype( {expression} ) >;")
            self.visit_elements(plain, name)
        return self.types[plain.offset]

    def visit_elements(self, plain, name):
        """Write the visitors of classes that are elements of a container or an array."""
        if plain.tag == "DW_TAG_pointer_type":
            self.visit_elements(plain.type.plain, f"std::remove_pointer_t< {name} >")
        elif plain.tag == "DW_TAG_array_type":
            self.visit_elements_of(plain.type.plain, f"std::remove_all_extents_t< {name} >")
        elif plain.tag in CLASSES and self.rules.is_container(plain.qualified):
            for parameter, alias in self.rules.container_elements(plain.qualified):
                element = plain.element(parameter)
                if element is not None:
                    self.visit_elements_of(element, alias.format(name))

    def visit_elements_of(self, element, alias):
        if element.tag not in CLASSES:
            problem = self.rules.no_handler(element)
            if problem:
                raise NoHandler(f"an element: {problem}")
            self.visit_elements(element, alias)
        elif self.rules.is_container(element.qualified):
            self.visit_elements(element, alias)
        elif not self.rules.is_raw(element.qualified) and element.offset not in self.visitors:
            name = f"C{len(self.visitors)}"
            self.visitors[element.offset] = name
            self.text.append(f"using {name} = {alias};")
            lines = []
            for path, _, _, plain, _, rule, _ in self.flatten(element, "", "object"):
                step = f"object.{path}"
                if rule == "components":
                    raise NoHandler(f"{path}: it has components inside a container")
                self.visit_elements(plain, f"std::remove_cvref_t< decltype( std::declval< {name}& >().{path} ) >")
                lines.append(f"  visitor{'.' + rule if rule else ''}( {step} );")
            self.text.append(
                f"template <> struct Fields< {name} > {{ template < class V > static void "
                f"visit( [[maybe_unused]] V& visitor, [[maybe_unused]] {name}& object ) {{\n" + "\n".join(lines) + "\n}};"
            )

    # ---- components of nodes ----

    def component_table(self, cls):
        """The name of the table of a class of components. These may have components of the same class."""
        name = cls.qualified
        if name not in self.components:
            index_name, noun, place = self.rules.component(name)
            index = next((m for m in cls.members() if m["name"] == index_name), None)
            if index is None or index.type.plain["name"] != "long int":
                raise NoHandler(f"{name}: it has no number {index_name}")
            table = self.components[name] = f"component{len(self.components)}"
            self.text.append(f"extern const ComponentClass {table};")
            members, components, problem = self.rows(cls, name, f"members_{table}")
            if problem:
                raise NoHandler(problem)
            self.text.append(
                f"static_assert( sizeof( {name} ) == {cls['byte_size']} );\n"
                f'const ComponentClass {table} = {{ "{name}", "{noun}", "{place}", '
                f"{index['data_member_location'] or 0}, {members}, {components} }};"
            )
        return self.components[name]

    def component_row(self, reach, offset, plain, cpp_name):
        table = self.component_table(self.rules.component_of(plain))
        kind = f"std::remove_cvref_t< decltype( std::declval< {cpp_name}& >(){reach} ) >"
        return f"  {{ &{table}, {offset}, &list_components< {kind} > }},"

    # ---- one model ----

    def rows(self, cls, cpp_name, table, start="", base_offset=0, only=None, in_synapse=False):
        """Append a table of members and one of components. Returns the C++ that refers to each ("table, count"), and the reason
        why the class cannot be saved, or None."""
        rows, components, names = [], [], set()
        mark = len(self.text), dict(self.types), dict(self.visitors), dict(self.components)
        try:
            for path, reach, offset, plain, special, rule, is_set in self.flatten(
                cls, start, start and "." + start, only=only, is_set="PARAMETER" if in_synapse else None, in_synapse=in_synapse
            ):
                offset += base_offset
                if rule == "components":
                    components.append(self.component_row(reach, offset, plain, cpp_name))
                    continue
                constant = "MEMBER_CONSTANT" if rule == "constant" else None
                codec_of = "fixed_codec_of" if rule == "fixed" else "codec_of"
                if special:
                    for name, codec, *own_flags in special:
                        own_set = self.rules.set_by_script(plain.qualified, name, in_synapse) or is_set
                        name = path + name if name[:1] in ("", ".") else name
                        flags = _flags(own_flags[0].format(cpp_name) if own_flags else constant, own_set)
                        rows.append((self.unique(names, name, cls), offset, flags, codec))
                    continue
                type_name = self.type_name(plain, f"std::declval< {cpp_name}& >(){reach}")
                flags = _flags(constant, is_set)
                rows.append((self.unique(names, path, cls), offset, flags, f"&{codec_of}< {type_name} >"))
        except NoHandler as problem:
            size = mark[0]
            del self.text[size:]
            self.types, self.visitors, self.components = mark[1:]
            return NO_TABLE, NO_TABLE, str(problem)
        lines = [f'  {{ "{p}", {o}, {f}, {c} }},' for p, o, f, c in rows]
        return self.table("Member", table, lines), self.table("Components", f"{table}_components", components), None

    def table(self, kind, name, lines):
        if not lines:
            return NO_TABLE
        self.text.append("\n".join([f"static const {kind} {name}[] = {{", *lines, "};"]))
        return f"{name}, {len(lines)}"

    @staticmethod
    def unique(names, path, cls):
        name, count = path, 2
        while name in names:
            name, count = f"{path}#{count}", count + 1
        names.add(name)
        return name


def write_probe(out):
    folder = wheel.nest_folder()
    includes = [f'#include "{h}"' for h in wheel.probe_headers(folder)]
    keeps = [
        "Keep< nest::RecordingBackendMemory::DeviceData > kept_device_data;",
        "Keep< nest::RecordingBackendASCII::DeviceData > kept_ascii_data;",
    ]
    for i, model in enumerate(wheel.model_classes(folder)):
        generic = "GenericConnectorModel" if model.is_synapse else "GenericModel"
        keeps.append(f"Keep< {model.name} > kept{i};\nKeep< nest::{generic}< {model.name} > > kept_model{i};")
        if not model.is_synapse and "<" in model.name:  # a template does not instantiate it by itself
            keeps.append(f"Keep< nest::UniversalDataLogger< {model.name} >::DataLogger_ > kept_logger{i};")
    out.write_text(PROBE.format(includes="\n".join(includes), keeps="\n".join(keeps)))


def write_tables(probe, out):
    folder = wheel.nest_folder()
    headers = [*wheel.probe_headers(folder), *wheel.definition_headers(folder)]
    build = f'const char* const nest_build = "{wheel.build_of(wheel.library(folder))}";'
    text = generate(DebugInfo(probe), wheel.model_classes(folder), headers, Rules())
    out.write_text(f"{text}namespace torpor_nest {{\n{build}\n}}\n")


def generate(info, models, headers, rules):
    """The text of the tables. Raises RuleError if rules and NEST do not fit together."""
    tables = Tables(info, rules)
    node_rows, synapse_rows, connectors = [], [], []
    for index, model in enumerate(models):
        row = model_row(tables, model, index)
        (synapse_rows if model.is_synapse else node_rows).append(row)
        if model.is_synapse:
            # NEST's own instance, which outlives a module
            connectors.append(f"extern template class nest::Connector< {model.name} >;")
    kernel = kernel_rows(tables)
    problems = rules.kernel_problems(info) + rules.unmatched()
    if problems:
        raise RuleError("rules.py does not fit the installed NEST:\n  " + "\n  ".join(problems))
    includes = [f'#include "{h}"' for h in headers]
    body = ["// Written by generate/members.py from the headers of the installed wheel.", *includes,
            *(f'#include "reflect/{name}.h"' for name in HEADERS), *connectors,
            "namespace torpor_nest {", *tables.text]  # fmt: skip
    for rows, list_name in ((node_rows, "node_models"), (synapse_rows, "synapse_models"), (kernel, "kernel_classes")):
        body += [f"const Model {list_name}[] = {{", *rows, "};", f"const size_t n_{list_name} = {len(rows)};"]
    body.append("}")
    return "\n".join(body) + "\n"


def model_row(tables, model, index):
    """Append the tables of one model. Returns its row in the list of models."""
    cls = tables.info.find(model.name)
    name, size = model.name, cls["byte_size"]
    members, components, refusal = tables.rows(cls, name, f"members{index}", in_synapse=model.is_synapse)
    extra = f"{components}, {NO_TABLE}, nullptr, nullptr, nullptr"
    if model.is_synapse:
        generic = f"nest::GenericConnectorModel< {name} >"
        common = next(m for m in tables.info.find(generic).members() if m["name"] == "cp_")
        shared, _, problem = tables.rows(
            common.type.plain, generic, f"common{index}", "cp_", common["data_member_location"], in_synapse=True
        )
        refusal = refusal or problem
        functions = ", ".join(f"&{f}< {name} >" for f in ("append_spans", "target_ids", "make_connector"))
        extra = f"{components}, {shared}, {functions}"
    quoted = f'"{refusal}"' if refusal else "nullptr"
    tables.text.append(f'static_assert( sizeof( {name} ) == {size}, "debug information and compiler agree" );')
    return f'  {{ "{model.mangled}", "{name}", {size}, {members}, {quoted}, {extra} }},'


def kernel_rows(tables):
    """Append the tables of NEST's managers and of recording backends' data. Returns their rows."""
    rows = []
    for index, (name, class_name, only) in enumerate(tables.rules.tables.KERNEL):
        cls = tables.info.find(class_name)
        if cls is None:
            continue  # reported by kernel_problems()
        members, _, problem = tables.rows(cls, class_name, f"kernel{index}", only=only)
        if problem:
            raise RuleError(f"{class_name}: {problem}")
        rows.append(
            f'  {{ "{name}", "{class_name}", {cls["byte_size"]}, {members}, nullptr, '
            f"{NO_TABLE}, {NO_TABLE}, nullptr, nullptr, nullptr }},"
        )
    return rows


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    probe = commands.add_parser("probe")
    probe.add_argument("out", type=Path)
    tables = commands.add_parser("tables")
    tables.add_argument("probe", type=Path)
    tables.add_argument("out", type=Path)
    options = parser.parse_args()
    if options.command == "probe":
        write_probe(options.out)
    else:
        write_tables(options.probe, options.out)


if __name__ == "__main__":
    main()
