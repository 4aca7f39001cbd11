// SPDX-License-Identifier: GPL-2.0-or-later
// Is the NEST that is loaded the very build that this module was built against? Two builds of one release may differ in where
// members lie although all objects have the same size.
#ifndef TORPOR_NEST_NEST_BUILD_H
#define TORPOR_NEST_NEST_BUILD_H

#include <string>

namespace torpor_nest
{

// Written by generate/members.py: the build that this module was built against, as wheel.build_of() names it.
extern const char* const nest_build;

// The build that is loaded: "build-id ffcaa609...", the GNU build-id of NEST's library. A library that was linked without
// one: "code 8b1f2c3d, 15546653 bytes", the CRC-32 and the length of its machine code.
std::string loaded_nest_build();

// Throws Error if the two differ.
void check_nest_build();

// The sizes of all models are those that this module was built for; throws Error if not.
void check_layouts();

} // namespace torpor_nest

#endif
