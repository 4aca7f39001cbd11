// SPDX-License-Identifier: GPL-2.0-or-later
// Who is connected to whom: not saved, since Connect builds it, but compared before a restore.
#ifndef TORPOR_NEST_CONNECTIVITY_H
#define TORPOR_NEST_CONNECTIVITY_H

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace torpor_nest
{

// Sources and targets of all synapses, in order, as one number per synapse model and thread.
std::map< std::string, std::vector< uint64_t > > connectivity();

} // namespace torpor_nest

#endif
