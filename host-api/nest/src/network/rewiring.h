// SPDX-License-Identifier: GPL-2.0-or-later
// Connectors that a restore makes ready to take the place of NEST's own.
#ifndef TORPOR_NEST_REWIRING_H
#define TORPOR_NEST_REWIRING_H

#include <string>

#include <torpor/host.h>

#include "network/connectors.h"

namespace torpor_nest
{

// Synapses between the nodes of this network as a checkpoint says that they were. While one lives, connectors() and
// sources() are its. For networks in which synapses_come_and_go(): of one thread.
class Rewiring
{
public:
  Rewiring();
  ~Rewiring();
  Rewiring( const Rewiring& ) = delete;
  Rewiring& operator=( const Rewiring& ) = delete;

  // Make the synapses, of their models' defaults, from tree "labels". Throws Error if this network cannot have them;
  // nothing of NEST's is touched.
  void read( const torpor_tree_reader& labels );
  // After their values were restored: take the place of NEST's own, and tell the sources. Throws if memory runs out.
  void install();

private:
  void make( const torpor_tree_reader& labels, size_t syn_id, const std::string& path );

  Connectors connectors_;
  Sources sources_;
};

// NEST notes in each synapse, in its source, and by their number which ones were disconnected. After a restore of
// synapses: have the other two say what the synapses do.
void note_disconnected();

} // namespace torpor_nest

#endif
