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

class Network;

// Sources and targets of all synapses, in order, as one number per synapse model and thread; those to and from devices
// apart.
using Connectivity = std::map< std::string, std::vector< uint64_t > >;

// `network`, if not NULL: its populations of synapses get their summaries, and their sources as labels, since the
// objects are at hand.
Connectivity connectivity( Network* network = nullptr );

} // namespace torpor_nest

#endif
