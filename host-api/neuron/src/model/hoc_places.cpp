// SPDX-License-Identifier: MIT
#include "model/hoc_places.h"

namespace torpor_neuron
{

static HocPlaces::Place
place_of(const HocVariable &variable, std::size_t first)
{
    const int owner = variable.object != nullptr ? variable.object->index : -1;
    return {variable.symbol, owner, first, variable.count};
}

void
HocPlaces::add(const HocVariable &variable, std::size_t first)
{
    places_.push_back(place_of(variable, first));
}

const HocPlaces::Place *
HocPlaces::search(const Place &wanted) const
{
    if (next_ >= places_.size())
        next_ = 0;
    if (next_ < places_.size() && Equal()(places_[next_], wanted))
        return &places_[next_++];
    if (numbers_.empty())
        for (std::size_t i = 0; i < places_.size(); ++i)
            numbers_.emplace(places_[i], i);
    const auto found = numbers_.find(wanted);
    if (found == numbers_.end())
        return nullptr;
    next_ = found->second + 1;
    return &places_[found->second];
}

const HocPlaces::Place *
HocPlaces::find(const HocVariable &variable) const
{
    const Place *found = search(place_of(variable, 0));
    return found != nullptr && found->count == variable.count ? found : nullptr;
}

} // namespace torpor_neuron
