// SPDX-License-Identifier: GPL-2.0-or-later
// A column of the recorders that keep their data in memory: the values of one quantity, such as V_m, that each has recorded.
#ifndef TORPOR_NEST_RECORDED_COLUMN_H
#define TORPOR_NEST_RECORDED_COLUMN_H

#include <torpor/host.hpp>

namespace torpor_nest
{

torpor_ragged_accessor recorded_accessor();

} // namespace torpor_nest

#endif
