// SPDX-License-Identifier: MIT
#include "model/hoc_symbols.h"

#include <algorithm>
#include <cstring>
#include <iterator>
#include <vector>

#include "wheel/hoc.h"

namespace torpor_neuron
{

namespace
{

// What stdrun.hoc changes in each run, wall time among it; where a script lets its runs end; what
// NEURON keeps for itself; ours.
constexpr const char *LEFT_OUT[] = {"realtime", "running_", "eventcount",  "eventslow",
                                    "cnt",      "tstop",    "runStopAt",   "runStopIn",
                                    "hoc_obj_", "_pysec",   "torpor_text_"};
constexpr short EXTERNAL = 2; // what belongs to no object, but is known there

// The parser's numbers for kinds of symbols. No header of the wheel has them.
struct Kinds {
    short variable, text, object, undefined, of_template;
};

const Kinds &
kinds()
{
    static const Kinds found = [] {
        hoc_obj_run("strdef torpor_text_\n", nullptr);
        hoc_obj_run("func torpor_undefined_function_() { return torpor_undefined_ }\n", nullptr);
        hoc_obj_run("\n", nullptr); // hoc's messages show the line that it has read last
        const auto kind = [](const char *name, Symlist *list) {
            return hoc_table_lookup(name, list)->type;
        };
        return Kinds{
            kind("celsius", hoc_built_in_symlist), kind("torpor_text_", hoc_top_level_symlist),
            kind("hoc_obj_", hoc_top_level_symlist),
            kind("torpor_undefined_", hoc_top_level_symlist), kind("Vector", hoc_built_in_symlist)};
    }();
    return found;
}

bool
is_left_out(const Symbol &symbol)
{
    return std::any_of(std::begin(LEFT_OUT), std::end(LEFT_OUT),
                       [&](const char *name) { return std::strcmp(name, symbol.name) == 0; });
}

} // namespace

// NEURON's own have a subtype.
bool
is_variable(const Symbol &symbol)
{
    return (symbol.type == kinds().variable || symbol.type == kinds().text) &&
           symbol.subtype == NOTUSER && symbol.cpublic != EXTERNAL;
}

// "this" of an object is the object itself, and stays so.
bool
is_objref(const Symbol &symbol)
{
    return symbol.type == kinds().object && symbol.cpublic != EXTERNAL &&
           std::strcmp(symbol.name, "this") != 0;
}

bool
is_undefined(const Symbol &symbol)
{
    return symbol.type == kinds().undefined;
}

HocVariable
variable_of(const Symbol &symbol, const Object *object)
{
    const Objectdata *data = object != nullptr ? object->u.dataspace : hoc_top_level_data;
    const Objectdata &at = data[symbol.u.oboff];
    HocVariable variable{&symbol, object, nullptr, 1, nullptr, nullptr, nullptr};
    if (symbol.type == kinds().text) {
        variable.text = at.ppstr;
        return variable;
    }
    if (symbol.type == kinds().object)
        variable.objects = at.pobj;
    else
        variable.numbers = at.pval;
    if (symbol.arayinfo != nullptr) {
        variable.array = data[symbol.u.oboff + 1].arayinfo;
        for (int i = 0; i < variable.array->nsub; ++i)
            variable.count *= static_cast<std::uint64_t>(variable.array->sub[i]);
    }
    return variable;
}

bool
is_of_hoc(const cTemplate &found)
{
    return found.constructor == nullptr && found.is_point_ == 0;
}

// Those of a template are the same in each of its objects.
static std::vector<const Symbol *>
symbols_in(const Symlist *list, bool (*is_wanted)(const Symbol &))
{
    std::vector<const Symbol *> found;
    for (const Symbol *symbol = list != nullptr ? list->first : nullptr; symbol != nullptr;
         symbol = symbol->next)
        if (is_wanted(*symbol))
            found.push_back(symbol);
    return found;
}

static bool
is_template(const Symbol &symbol)
{
    return symbol.type == kinds().of_template && symbol.cpublic != EXTERNAL;
}

static void
for_each(bool (*is_wanted)(const Symbol &), const std::function<void(const HocVariable &)> &visit)
{
    for (const Symbol *symbol : symbols_in(hoc_top_level_symlist, is_wanted))
        if (!is_left_out(*symbol))
            visit(variable_of(*symbol, nullptr));
    for (const Symbol *symbol : symbols_in(hoc_top_level_symlist, is_template)) {
        if (!is_of_hoc(*symbol->u.ctemplate))
            continue;
        const auto members = symbols_in(symbol->u.ctemplate->symtable, is_wanted);
        hoc_Item *item = nullptr;
        ITERATE(item, symbol->u.ctemplate->olist)
        for (const Symbol *member : members)
            if (OBJ(item)->u.dataspace != nullptr)
                visit(variable_of(*member, OBJ(item)));
    }
}

void
for_each_variable(const std::function<void(const HocVariable &)> &visit)
{
    for_each(is_variable, visit);
}

void
for_each_objref(const std::function<void(const HocVariable &)> &visit)
{
    for_each(is_objref, visit);
}

void
for_each_template(const std::function<void(cTemplate &)> &visit)
{
    for (const Symlist *list : {hoc_built_in_symlist, hoc_top_level_symlist})
        for (const Symbol *symbol : symbols_in(list, is_template))
            visit(*symbol->u.ctemplate);
}

std::string
name_of(const HocVariable &variable)
{
    return (variable.object != nullptr ? torpor_neuron::name_of(variable.object) + "." : "") +
           variable.symbol->name;
}

const char *
text_of(const HocVariable &variable)
{
    return *variable.text != nullptr ? *variable.text : "";
}

} // namespace torpor_neuron
