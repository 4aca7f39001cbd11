// SPDX-License-Identifier: GPL-2.0-or-later
// NEST's random generators as memory: one per thread, one per thread in step with all, one in step with all ranks.
#ifndef TORPOR_NEST_GENERATORS_H
#define TORPOR_NEST_GENERATORS_H

#include <string>
#include <vector>

#include <torpor/host.h>

namespace torpor_nest
{

struct Generators
{
  std::vector< std::string > paths;
  std::vector< torpor_generator > list;
  // Fills the list; throws Error for a generator of an unknown kind.
  void refresh();
};

} // namespace torpor_nest

#endif
