// SPDX-License-Identifier: GPL-2.0-or-later
// For tests only: state that restores leave out, to show that it is needed.
#ifndef TORPOR_NEST_LEFT_OUT_H
#define TORPOR_NEST_LEFT_OUT_H

#include <string>

namespace torpor_nest
{

// From now on, restores leave out all state whose path ("population/column") contains `text`; "": none.
void leave_out( const std::string& text );
bool is_left_out( const std::string& path );

} // namespace torpor_nest

#endif
