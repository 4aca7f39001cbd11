// SPDX-License-Identifier: GPL-2.0-or-later
// NEST's random generators as memory. Each thread has its own and one that is in step on all threads; one more is in step
// on all ranks. The list has the latter first, then those in step on all threads, then each thread's own.
#ifndef TORPOR_NEST_GENERATORS_H
#define TORPOR_NEST_GENERATORS_H

#include <string>
#include <vector>

#include <torpor/host.hpp>

namespace torpor_nest
{

struct Generator
{
  std::string path;
  torpor_array state;
};

// The generators that NEST has now. Throws Error for a generator of an unknown type.
std::vector< Generator > live_generators();

} // namespace torpor_nest

#endif
