// SPDX-License-Identifier: MIT
#include "model/hoc_values.h"

#include <cstring>

namespace torpor_neuron
{

void
HocValues::take()
{
    *this = {};
    is_taken_ = true;
    for_each_variable([&](const HocVariable &variable) {
        if (variable.text != nullptr) {
            places_.add(variable, texts_.size());
            texts_.emplace_back(text_of(variable));
            return;
        }
        places_.add(variable, numbers_.size());
        numbers_.insert(numbers_.end(), variable.numbers, variable.numbers + variable.count);
    });
}

bool
HocValues::has_changed(const HocVariable &variable) const
{
    if (!is_taken_)
        return false;
    const HocPlaces::Place *place = places_.find(variable);
    if (place == nullptr)
        return true;
    if (variable.text != nullptr)
        return texts_[place->first] != text_of(variable);
    return std::memcmp(numbers_.data() + place->first, variable.numbers,
                       variable.count * sizeof(double)) != 0;
}

bool
HocValues::find(const HocVariable &variable, std::vector<double> &numbers, std::string &text) const
{
    const HocPlaces::Place *place = places_.find(variable);
    if (place == nullptr)
        return false;
    if (variable.text != nullptr) {
        text = texts_[place->first];
        return true;
    }
    const double *first = numbers_.data() + place->first;
    numbers.assign(first, first + variable.count);
    return true;
}

} // namespace torpor_neuron
