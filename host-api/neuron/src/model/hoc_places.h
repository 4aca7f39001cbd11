// SPDX-License-Identifier: MIT
// Which variables of hoc there were at one moment, and where somebody keeps what they held.
#ifndef TORPOR_NEURON_HOC_PLACES_H
#define TORPOR_NEURON_HOC_PLACES_H

#include <unordered_map>
#include <vector>

#include "model/hoc_symbols.h"

namespace torpor_neuron
{

class HocPlaces
{
  public:
    struct Place {
        const Symbol *symbol;
        int owner; // index of the object; -1: none
        std::size_t first, count;
    };
    void add(const HocVariable &variable, std::size_t first);
    // NULL: it was not there, or was an array of another size. Each is found at once if they are
    // asked for in the order in which they were added.
    const Place *find(const HocVariable &variable) const;

  private:
    struct Hash {
        std::size_t
        operator()(const Place &place) const
        {
            return std::hash<const void *>()(place.symbol) * 31 +
                   static_cast<std::size_t>(place.owner);
        }
    };
    struct Equal {
        bool
        operator()(const Place &a, const Place &b) const
        {
            return a.symbol == b.symbol && a.owner == b.owner;
        }
    };
    const Place *search(const Place &wanted) const;

    std::vector<Place> places_;
    mutable std::size_t next_ = 0; // the one that is expected to be asked for
    // Numbers of places, made when one is not where it is expected.
    mutable std::unordered_map<Place, std::size_t, Hash, Equal> numbers_;
};

} // namespace torpor_neuron

#endif
