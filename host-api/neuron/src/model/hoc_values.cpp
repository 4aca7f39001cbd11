// SPDX-License-Identifier: MIT
#include "model/hoc_values.h"

#include <cstring>

namespace torpor_neuron
{

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

} // namespace torpor_neuron
