// SPDX-License-Identifier: MIT
// Counts calls of a method that changes what NEURON keeps where it is not compared.
#ifndef TORPOR_NEURON_CALLS_H
#define TORPOR_NEURON_CALLS_H

#include <cstdint>

namespace torpor_neuron
{

// Of NetCon.record(), since this was called first.
std::uint64_t n_calls_of_record();

} // namespace torpor_neuron

#endif
