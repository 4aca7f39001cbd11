// SPDX-License-Identifier: GPL-2.0-or-later
// Trees of the core, and what is read from them: see torpor/host.hpp.
#ifndef TORPOR_NEST_TREE_H
#define TORPOR_NEST_TREE_H

#include "base/error.h"

namespace torpor_nest
{

using torpor_cpp::escaped;
using torpor_cpp::get;
using torpor_cpp::keys;
using torpor_cpp::tree_of;

} // namespace torpor_nest

#endif
