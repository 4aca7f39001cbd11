// SPDX-License-Identifier: GPL-2.0-or-later
// Members that NEST leaves unset until a parameter asks for them hold whatever was in memory before. They are set to 0
// before a save, so that two saves of one state are equal.
#ifndef TORPOR_NEST_UNINITIALIZED_MEMBERS_H
#define TORPOR_NEST_UNINITIALIZED_MEMBERS_H

namespace torpor_nest
{

class Population;

void clear_uninitialized_members( const Population& population );

} // namespace torpor_nest

#endif
