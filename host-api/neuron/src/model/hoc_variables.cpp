// SPDX-License-Identifier: MIT
#include "model/hoc_variables.h"

#include <algorithm>
#include <map>
#include <set>

#include "base/tree.h"
#include "wheel/hoc.h"

namespace torpor_neuron
{

static torpor_array
array_of(const HocVariable &variable, double *values)
{
    torpor_array array{};
    array.data = values;
    array.dtype = TORPOR_DTYPE_FLOAT64;
    const int rank = variable.array != nullptr ? variable.array->nsub : 0;
    const bool fits = rank <= static_cast<int>(TORPOR_MAX_RANK);
    array.rank = fits ? static_cast<std::uint32_t>(rank) : 1;
    array.shape[0] = variable.count;
    for (int i = 0; fits && i < rank; ++i)
        array.shape[i] = static_cast<std::uint64_t>(variable.array->sub[i]);
    return array;
}

void
HocVariables::write(const torpor_tree_writer &writer) const
{
    std::map<std::string, HocVariable> changed; // by name, whatever the order of declarations
    for_each_variable([&](const HocVariable &variable) {
        if (before_->has_changed(variable))
            changed.emplace(name_of(variable), variable);
    });
    for (const auto &[name, variable] : changed) {
        if (variable.text != nullptr) {
            writer.put_text(writer.data, name.c_str(), text_of(variable));
            continue;
        }
        const torpor_array array = array_of(variable, variable.numbers);
        writer.put_array(writer.data, name.c_str(), &array);
    }
}

// Of no symbol: hoc has none of that name.
static HocVariable
variable_named(HocLookup &lookup, const std::string &name)
{
    const Object *owner = nullptr;
    const Symbol *symbol = lookup.symbol(name, &owner);
    if (symbol == nullptr || is_undefined(*symbol))
        return {};
    if (!is_variable(*symbol))
        throw Error(TORPOR_STATUS_MISMATCH,
                    "hoc: " + name +
                        " was a variable when it was saved, and is something else "
                        "in the script: give it the same meaning");
    return variable_of(*symbol, owner);
}

// A statement of hoc makes the number, so its name must be one, and of nothing else.
static bool
can_be_made(const std::string &name)
{
    const auto is_letter = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
    };
    const auto may_follow = [&](char c) { return is_letter(c) || (c >= '0' && c <= '9'); };
    return !name.empty() && is_letter(name[0]) &&
           std::all_of(name.begin(), name.end(), may_follow) &&
           hoc_table_lookup(name.c_str(), hoc_built_in_symlist) == nullptr;
}

HocVariables::Restored
HocVariables::found(const torpor_tree_reader &reader, HocLookup &lookup, const std::string &name)
{
    const std::string path = escaped(name);
    const bool is_text = get<std::uint32_t>(reader, reader.kind, path) == TORPOR_KIND_TEXT;
    Restored one{{}, variable_named(lookup, name), {}, {}};
    if (one.variable.symbol == nullptr) {
        torpor_array saved{};
        if (!is_text)
            run(reader.describe, reader.data, path.c_str(), &saved);
        const bool is_number = !is_text && saved.rank == 0;
        if (!is_number || !can_be_made(name))
            throw Error(TORPOR_STATUS_MISMATCH,
                        "hoc: " + name + ", which a run had changed when it was saved, is not " +
                            "there: make it in the script, as then");
        one.name = name;
        one.variable.count = 1;
    } else if ((one.variable.text != nullptr) != is_text) {
        throw Error(TORPOR_STATUS_MISMATCH, "hoc: " + name + " was a " +
                                                (is_text ? "strdef" : "number or an array") +
                                                " when it was saved, and is a " +
                                                (is_text ? "number or an array" : "strdef") +
                                                " in the script: declare it as then");
    }
    if (is_text) {
        one.text = get<const char *>(reader, reader.get_text, path);
        return one;
    }
    one.numbers.resize(one.variable.count);
    const torpor_array array = array_of(one.variable, one.numbers.data());
    run(reader.read_array, reader.data, path.c_str(), &array);
    return one;
}

void
HocVariables::read(const torpor_tree_reader &reader)
{
    restored_.clear();
    HocLookup lookup;
    std::set<std::string> names;
    for (const std::string &name : keys(reader, "")) {
        restored_.push_back(found(reader, lookup, name));
        names.insert(name);
    }
    // What had not changed when the file was saved is what it was before.
    for_each_variable([&](const HocVariable &variable) {
        Restored one{{}, variable, {}, {}};
        if (before_->has_changed(variable) && names.count(name_of(variable)) == 0 &&
            before_->find(variable, one.numbers, one.text))
            restored_.push_back(std::move(one));
    });
}

void
HocVariables::commit()
{
    for (Restored &one : restored_) {
        if (!one.name.empty()) {
            hoc_obj_run((one.name + " = 0\n").c_str(), nullptr);
            HocLookup lookup;
            one.variable = variable_named(lookup, one.name);
            if (one.variable.numbers == nullptr)
                throw Error(TORPOR_STATUS_HOST, "hoc: " + one.name + " cannot be made");
        }
        if (one.variable.text != nullptr)
            hoc_assign_str(one.variable.text, one.text.c_str());
        else
            std::copy(one.numbers.begin(), one.numbers.end(), one.variable.numbers);
    }
    restored_.clear();
}

} // namespace torpor_neuron
