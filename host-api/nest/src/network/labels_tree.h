// SPDX-License-Identifier: GPL-2.0-or-later
// The tree "labels": what people call the objects of each population.
#ifndef TORPOR_NEST_LABELS_TREE_H
#define TORPOR_NEST_LABELS_TREE_H

#include <cstdint>

#include <torpor/host.h>

namespace torpor_nest
{

class Network;

// Synapse models with more synapses than this are saved without their targets, which would slow down each save.
// From any thread, between saves.
void set_most_targets( uint64_t n );

// Tree `labels`: written for readers, and never read back. `network` is borrowed.
torpor_tree labels_tree( Network& network );

} // namespace torpor_nest

#endif
