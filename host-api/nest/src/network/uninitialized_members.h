// SPDX-License-Identifier: GPL-2.0-or-later
// NEST leaves some members uninitialized until a parameter requires them. They are set to 0 before a save, so that two saves
// of the same state are equal.
#ifndef TORPOR_NEST_UNINITIALIZED_MEMBERS_H
#define TORPOR_NEST_UNINITIALIZED_MEMBERS_H

namespace torpor_nest
{

class Population;

void clear_uninitialized_members( const Population& population );

} // namespace torpor_nest

#endif
