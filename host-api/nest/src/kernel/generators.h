// SPDX-License-Identifier: GPL-2.0-or-later
// NEST's random generators as memory. Each thread has its own and one that is in step on all threads; one more is in step
// on all ranks.
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
  // Fill the list with the generators that NEST has now. Throws Error for a generator of an unknown type.
  void refresh();
};

} // namespace torpor_nest

#endif
