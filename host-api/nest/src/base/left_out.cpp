// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/left_out.h"

namespace torpor_nest
{

namespace
{

std::string left_out;

} // namespace

void
leave_out( const std::string& text )
{
  left_out = text;
}

bool
is_left_out( const std::string& path )
{
  return not left_out.empty() and path.find( left_out ) != std::string::npos;
}

} // namespace torpor_nest
