// SPDX-License-Identifier: MIT
// Changes to objects of NEURON's classes that no file can hold: noticed where the methods are
// called that make them, whoever calls.
#ifndef TORPOR_NEURON_CHANGES_H
#define TORPOR_NEURON_CHANGES_H

#include <cstdint>

#include "model/object_counts.h"

namespace torpor_neuron
{

// From the first call on: how many there were.
std::uint64_t count_changes();
// Throws Error if an object that was there when `then` was taken has changed since the number of
// changes was `n`, naming it.
void refuse_changes(std::uint64_t n, const ObjectCounts &then);

} // namespace torpor_neuron

#endif
