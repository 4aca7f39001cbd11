// SPDX-License-Identifier: MIT
#include "model/hoc_variables.h"

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <iterator>
#include <map>
#include <set>

#include "base/tree.h"
#include "wheel/hoc.h"

namespace torpor_neuron
{

namespace
{

// What stdrun.hoc changes in each run, wall time among it; where a script lets its runs end; ours.
constexpr const char *LEFT_OUT[] = {"realtime", "running_",  "eventcount", "eventslow",   "cnt",
                                    "tstop",    "runStopAt", "runStopIn",  "torpor_text_"};

// The parser's numbers for kinds of symbols. No header of the wheel has them.
struct Kinds {
    short variable, text, undefined, of_template;
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

// Of a script: NEURON's own have a subtype. `object`: NULL, and `data` of all that is no object's.
bool
is_variable(const Symbol &symbol)
{
    constexpr short EXTERNAL = 2; // it belongs to no object, but is known there
    return (symbol.type == kinds().variable || symbol.type == kinds().text) &&
           symbol.subtype == NOTUSER && symbol.cpublic != EXTERNAL;
}

HocVariable
variable_of(const Symbol &symbol, const Object *object)
{
    const Objectdata *data = object != nullptr ? object->u.dataspace : hoc_top_level_data;
    HocVariable variable{&symbol, object, nullptr, nullptr, 0, nullptr};
    if (symbol.type == kinds().text) {
        variable.text = data[symbol.u.oboff].ppstr;
        return variable;
    }
    variable.numbers = data[symbol.u.oboff].pval;
    variable.count = 1;
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

template <class Visit>
void
for_each_in(const Symlist *list, const Object *object, Visit &&visit)
{
    for (const Symbol *symbol = list != nullptr ? list->first : nullptr; symbol != nullptr;
         symbol = symbol->next)
        if (is_variable(*symbol) && (object != nullptr || !is_left_out(*symbol)))
            visit(variable_of(*symbol, object));
}

template <class Visit>
void
for_each_variable(Visit &&visit)
{
    for_each_in(hoc_top_level_symlist, nullptr, visit);
    for (const Symbol *symbol = hoc_top_level_symlist->first; symbol != nullptr;
         symbol = symbol->next) {
        if (symbol->type != kinds().of_template || !is_of_hoc(*symbol->u.ctemplate))
            continue;
        hoc_Item *item = nullptr;
        ITERATE(item, symbol->u.ctemplate->olist)
        if (OBJ(item)->u.dataspace != nullptr)
            for_each_in(symbol->u.ctemplate->symtable, OBJ(item), visit);
    }
}

std::string
name_of(const HocVariable &variable)
{
    return (variable.object != nullptr ? torpor_neuron::name_of(variable.object) + "." : "") +
           variable.symbol->name;
}

torpor_array
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

const char *
text_of(const HocVariable &variable)
{
    return *variable.text != nullptr ? *variable.text : "";
}

} // namespace

HocValues &
hoc_at_initialisation()
{
    static HocValues values;
    return values;
}

HocValues &
hoc_at_begin_of_run()
{
    static HocValues values;
    return values;
}

// ---- at one moment ----

HocValues::Key
HocValues::key_of(const HocVariable &variable)
{
    return {variable.symbol, variable.object != nullptr ? variable.object->index : -1};
}

void
HocValues::take()
{
    *this = {};
    is_taken_ = true;
    for_each_variable([&](const HocVariable &variable) {
        if (variable.text != nullptr) {
            texts_[key_of(variable)] = text_of(variable);
            return;
        }
        places_[key_of(variable)] = {numbers_.size(), variable.count};
        numbers_.insert(numbers_.end(), variable.numbers, variable.numbers + variable.count);
    });
}

bool
HocValues::has_changed(const HocVariable &variable) const
{
    if (!is_taken_)
        return false;
    if (variable.text != nullptr) {
        const auto found = texts_.find(key_of(variable));
        return found == texts_.end() || found->second != text_of(variable);
    }
    const auto found = places_.find(key_of(variable));
    return found == places_.end() || found->second.second != variable.count ||
           std::memcmp(&numbers_[found->second.first], variable.numbers,
                       variable.count * sizeof(double)) != 0;
}

bool
HocValues::find(const HocVariable &variable, std::vector<double> &numbers, std::string &text) const
{
    if (variable.text != nullptr) {
        const auto found = texts_.find(key_of(variable));
        if (found != texts_.end())
            text = found->second;
        return found != texts_.end();
    }
    const auto found = places_.find(key_of(variable));
    if (found == places_.end() || found->second.second != variable.count)
        return false;
    const double *first = &numbers_[found->second.first];
    numbers.assign(first, first + variable.count);
    return true;
}

// ---- save and restore ----

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
HocVariable
HocVariables::variable_named(const std::string &name)
{
    const std::size_t dot = name.find('.');
    const Symlist *list = hoc_top_level_symlist;
    const Object *object = nullptr;
    if (dot != std::string::npos) {
        const std::size_t bracket = std::min(name.find('['), dot);
        const std::string of = name.substr(0, bracket);
        const cTemplate *known = template_named(of.c_str());
        if (known == nullptr || !is_of_hoc(*known))
            return {};
        if (objects_.count(of) == 0)
            objects_[of] = objects_of(of.c_str());
        object = object_with(objects_[of], std::strtoull(name.c_str() + bracket + 1, nullptr, 10));
        if (object == nullptr || object->u.dataspace == nullptr)
            return {};
        list = known->symtable;
    }
    const Symbol *symbol = hoc_table_lookup(name.c_str() + (object != nullptr ? dot + 1 : 0),
                                            const_cast<Symlist *>(list));
    if (symbol == nullptr || symbol->type == kinds().undefined)
        return {};
    if (!is_variable(*symbol))
        throw Error(TORPOR_STATUS_MISMATCH,
                    "hoc: " + name +
                        " was a variable when it was saved, and is something else "
                        "in the script: give it the same meaning");
    return variable_of(*symbol, object);
}

HocVariables::Restored
HocVariables::found(const torpor_tree_reader &reader, const std::string &name)
{
    const std::string path = escaped(name);
    const bool is_text = get<std::uint32_t>(reader, reader.kind, path) == TORPOR_KIND_TEXT;
    Restored one{{}, variable_named(name), {}, {}};
    if (one.variable.symbol == nullptr) {
        torpor_array saved{};
        if (!is_text)
            run(reader.describe, reader.data, path.c_str(), &saved);
        const bool is_number = !is_text && saved.rank == 0;
        if (!is_number || name.find('.') != std::string::npos)
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
    objects_.clear();
    std::set<std::string> names;
    for (const std::string &name : keys(reader, "")) {
        restored_.push_back(found(reader, name));
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
            one.variable = variable_named(one.name);
            if (one.variable.numbers == nullptr)
                throw Error(TORPOR_STATUS_HOST, "hoc: " + one.name + " cannot be made");
        }
        if (one.variable.text != nullptr)
            hoc_assign_str(one.variable.text, one.text.c_str());
        else
            std::copy(one.numbers.begin(), one.numbers.end(), one.variable.numbers);
    }
    restored_.clear();
    objects_.clear();
}

} // namespace torpor_neuron
