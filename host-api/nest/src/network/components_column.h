// SPDX-License-Identifier: GPL-2.0-or-later
// A column of the nodes that says which components of one class each has: number and owner, in the order of their numbers.
// A restore compares it.
#ifndef TORPOR_NEST_COMPONENTS_COLUMN_H
#define TORPOR_NEST_COMPONENTS_COLUMN_H

#include <torpor/host.h>

namespace torpor_nest
{

torpor_accessor components_accessor();

} // namespace torpor_nest

#endif
