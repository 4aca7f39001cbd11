// SPDX-License-Identifier: GPL-2.0-or-later
// Errors are exceptions inside the adapter, and a status with a text where they cross the host ABI: see torpor/host.hpp.
#ifndef TORPOR_NEST_ERROR_H
#define TORPOR_NEST_ERROR_H

#include <torpor/host.hpp>

namespace torpor_nest
{

using torpor_cpp::Error;
using torpor_cpp::guarded;
using torpor_cpp::make;
using torpor_cpp::run;
using torpor_cpp::slot;

} // namespace torpor_nest

#endif
