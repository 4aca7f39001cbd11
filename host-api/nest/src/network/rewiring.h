// SPDX-License-Identifier: GPL-2.0-or-later
// New connectors, which a restore builds and then puts in the place of NEST's own.
#ifndef TORPOR_NEST_REWIRING_H
#define TORPOR_NEST_REWIRING_H

#include <string>

#include <torpor/host.hpp>

#include "network/connectors.h"

namespace torpor_nest
{

// The synapses that a checkpoint lists, between the nodes of this network. As long as this object lives and is not installed,
// connectors() and sources() return its own. For networks in which synapses_come_and_go(); these have one thread.
class Rewiring
{
public:
  Rewiring();
  ~Rewiring();
  Rewiring( const Rewiring& ) = delete;
  Rewiring& operator=( const Rewiring& ) = delete;

  // Create the synapses from the tree "labels" of a checkpoint, with their models' defaults. Throws Error if this network
  // cannot have them. NEST itself is not changed.
  void read( const torpor_tree_reader& checkpoint );
  // Replace NEST's own synapses, and update NEST's presynaptic tables. Call it when the synapses' values are restored.
  // Throws if memory runs out.
  void install();

private:
  void make( const torpor_tree_reader& checkpoint, size_t syn_id, const std::string& path );

  Connectors connectors_;
  Sources sources_;
};

// Copy the "disconnected" marks of the restored synapses to the two other places where NEST keeps them: the table of sources
// and the count of connections.
void note_disconnected();

} // namespace torpor_nest

#endif
