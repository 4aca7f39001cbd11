// SPDX-License-Identifier: GPL-2.0-or-later
// The connectors between nodes that a restore sees: NEST's own, or others that are made ready to take their place.
#ifndef TORPOR_NEST_REWIRING_H
#define TORPOR_NEST_REWIRING_H

#include <cstdint>
#include <string>
#include <vector>

#include "connector_base.h"
#include "source.h"

#include <torpor/host.h>

namespace torpor_nest
{

// By thread and synapse model.
using Connectors = std::vector< std::vector< nest::ConnectorBase* > >;
using Sources = std::vector< std::vector< BlockVector< nest::Source > > >;

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

  const Connectors& connectors() const { return connectors_; }
  const Sources& sources() const { return sources_; }

private:
  void make( const torpor_tree_reader& labels, size_t syn_id, const std::string& path );

  Connectors connectors_;
  Sources sources_;
};

// Those of a Rewiring if there is one, else NEST's own.
const Connectors& connectors();
const Sources& sources();

// NEST notes in each synapse, in its source, and by their number which ones were disconnected. After a restore of
// synapses: have the other two say what the synapses do.
void note_disconnected();

} // namespace torpor_nest

#endif
