// SPDX-License-Identifier: GPL-2.0-or-later
// A column of the nodes that lists the components of one class that each node has: number and owner, sorted by number.
// A restore compares it.
#ifndef TORPOR_NEST_COMPONENTS_COLUMN_H
#define TORPOR_NEST_COMPONENTS_COLUMN_H

#include <torpor/host.hpp>

namespace torpor_nest
{

torpor_ragged_accessor components_accessor();

} // namespace torpor_nest

#endif
