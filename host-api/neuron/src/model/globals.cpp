// SPDX-License-Identifier: MIT
#include "model/globals.h"

#include <algorithm>
#include <iterator>
#include <string>

#include "base/tree.h"
#include "model/units.h"

namespace torpor_neuron
{

namespace
{

// The interpreter's own.
constexpr const char *LEFT_OUT[] = {"default_dll_loaded_", "hoc_ac_", "hoc_cross_x_",
                                    "hoc_cross_y_"};

bool
is_left_out(const Symbol *symbol)
{
    return std::any_of(std::begin(LEFT_OUT), std::end(LEFT_OUT),
                       [&](const char *name) { return std::string(name) == symbol->name; });
}

struct Variable {
    const Symbol *symbol;
    double *values;
    std::uint64_t count;
    bool is_array;
};

// Variables of NEURON itself, which a script sees as h.celsius or h.gbar_mechanism. What a script
// has declared in hoc is its own.
std::vector<Variable>
variables()
{
    std::vector<Variable> found;
    const short variable = hoc_lookup("celsius")->type; // the parser's number for variables
    for (const Symlist *list : {hoc_built_in_symlist, hoc_top_level_symlist})
        for (const Symbol *symbol = list != nullptr ? list->first : nullptr; symbol != nullptr;
             symbol = symbol->next) {
            if (symbol->type != variable || symbol->subtype != USERDOUBLE || is_left_out(symbol))
                continue;
            const bool is_array = symbol->arayinfo != nullptr;
            std::uint64_t count = 1;
            if (is_array)
                for (int i = 0; i < symbol->arayinfo->nsub; ++i)
                    count *= static_cast<std::uint64_t>(symbol->arayinfo->sub[i]);
            found.push_back({symbol, symbol->u.pval, count, is_array});
        }
    std::sort(found.begin(), found.end(), [](const Variable &a, const Variable &b) {
        return std::string(a.symbol->name) < b.symbol->name;
    });
    return found;
}

const char *
unit_of_variable(const Symbol *symbol)
{
    const char *unit = symbol->extra != nullptr ? symbol->extra->units : nullptr;
    return unit_of(unit != nullptr ? unit : "");
}

torpor_array
array_of(const Variable &variable, double *values)
{
    torpor_array array{};
    array.data = values;
    array.unit = unit_of_variable(variable.symbol);
    array.dtype = TORPOR_DTYPE_FLOAT64;
    array.rank = variable.is_array ? 1 : 0;
    array.shape[0] = variable.count;
    return array;
}

} // namespace

void
Globals::write(const torpor_tree_writer &writer)
{
    for (const Variable &variable : variables()) {
        const torpor_array array = array_of(variable, variable.values);
        writer.put_array(writer.data, variable.symbol->name, &array);
    }
    writer.put_int(writer.data, "secondorder", secondorder);
}

void
Globals::read(const torpor_tree_reader &reader)
{
    values_.clear();
    for (const Variable &variable : variables()) {
        std::vector<double> values(variable.count);
        const torpor_array array = array_of(variable, values.data());
        const std::string path = escaped(variable.symbol->name);
        run(reader.read_array, reader.data, path.c_str(), &array);
        values_.emplace_back(variable.values, std::move(values));
    }
    secondorder_ = get<std::int64_t>(reader, reader.get_int, "secondorder");
}

void
Globals::commit()
{
    for (const auto &[place, values] : values_)
        std::copy(values.begin(), values.end(), place);
    values_.clear();
    secondorder = static_cast<int>(secondorder_);
}

} // namespace torpor_neuron
