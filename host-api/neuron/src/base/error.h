// SPDX-License-Identifier: MIT
// Errors are exceptions inside the adapter, and a status with a text where they cross the host ABI:
// see torpor/host.hpp.
#ifndef TORPOR_NEURON_ERROR_H
#define TORPOR_NEURON_ERROR_H

#include <torpor/host.hpp>

namespace torpor_neuron
{

using torpor_cpp::Error;
using torpor_cpp::guarded;
using torpor_cpp::make;
using torpor_cpp::run;
using torpor_cpp::slot;

} // namespace torpor_neuron

#endif
