// SPDX-License-Identifier: GPL-2.0-or-later
// Units of what NEST shows, from one table (units.def).
#ifndef TORPOR_NEST_UNITS_H
#define TORPOR_NEST_UNITS_H

#include <string>

namespace torpor_nest
{

// The unit of what NEST calls `name` in models of a class ("iaf_psc_alpha"). NULL: it has none, or it depends on the user.
const char* unit_of( const std::string& class_name, const std::string& name );

} // namespace torpor_nest

#endif
