// SPDX-License-Identifier: GPL-2.0-or-later
// The tree "labels": by which labels users know the objects of each population.
#ifndef TORPOR_NEST_LABELS_TREE_H
#define TORPOR_NEST_LABELS_TREE_H

#include <cstdint>

#include <torpor/host.hpp>

namespace torpor_nest
{

class Network;

// A save leaves out the targets of synapse models with more synapses than this, unless a restore will need them.
// Call it between saves, from any thread.
void set_most_targets( uint64_t n );

// The tree "labels" is for readers of the file; of restores, only Rewiring reads it. `network` must outlive the tree.
torpor_tree labels_tree( Network& network );

} // namespace torpor_nest

#endif
