// SPDX-License-Identifier: MIT
// Counts calls of methods that change what NEURON keeps where it is not compared, or where to
// compare takes long.
#ifndef TORPOR_NEURON_CALLS_H
#define TORPOR_NEURON_CALLS_H

#include <cstdint>

namespace torpor_neuron
{

// Of NetCon.record(), since this was called first.
std::uint64_t n_calls_of_record();
// The same of all that make or remove what plays or records.
std::uint64_t n_calls_of_play();

} // namespace torpor_neuron

#endif
