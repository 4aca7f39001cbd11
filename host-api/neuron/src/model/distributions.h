// SPDX-License-Identifier: MIT
// What hoc's Random objects draw from: Random.normal(0, 1), Random.negexp(5), ...
#ifndef TORPOR_NEURON_DISTRIBUTIONS_H
#define TORPOR_NEURON_DISTRIBUTIONS_H

#include <array>
#include <cstdint>

#include "base/error.h"
#include "wheel/layouts.h"

namespace torpor_neuron
{

struct Distribution {
    std::uint32_t kind;               // see DISTRIBUTIONS
    std::array<double, 2> parameters; // of the method that set it; the second may be unused: 0

    bool
    operator==(const Distribution &other) const
    {
        return kind == other.kind && parameters == other.parameters;
    }
};

// The methods that set one, by kind.
extern const std::array<const char *, 11> DISTRIBUTIONS;

// Throws Error if it is of a class of which nothing is known.
Distribution distribution_of(const Object *random);
// Draws a number.
void set_distribution(Object *random, const Distribution &distribution);

} // namespace torpor_neuron

#endif
