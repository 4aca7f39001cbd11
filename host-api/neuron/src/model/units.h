// SPDX-License-Identifier: MIT
#ifndef TORPOR_NEURON_UNITS_H
#define TORPOR_NEURON_UNITS_H

#include <string>

namespace torpor_neuron
{

// The unit as the core knows it, for a unit as MOD files write it: "/ms" is "1/ms", "micron" is
// "um". NULL for one that the core does not know: its quantities are then saved as plain numbers.
const char *unit_of(const std::string &written);

} // namespace torpor_neuron

#endif
