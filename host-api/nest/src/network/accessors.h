// SPDX-License-Identifier: GPL-2.0-or-later
// The functions by which the core reads and writes the columns of NEST's objects.
#ifndef TORPOR_NEST_ACCESSORS_H
#define TORPOR_NEST_ACCESSORS_H

#include "reflect/type.h"

namespace torpor_nest
{

extern const Accessors accessors;

} // namespace torpor_nest

#endif
