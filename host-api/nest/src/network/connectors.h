// SPDX-License-Identifier: GPL-2.0-or-later
// The connectors between nodes that a save or a restore sees: NEST's own, or those that will replace them.
#ifndef TORPOR_NEST_CONNECTORS_H
#define TORPOR_NEST_CONNECTORS_H

#include <vector>

#include "connector_base.h"
#include "source.h"

namespace torpor_nest
{

// Index: thread, then synapse model.
using Connectors = std::vector< std::vector< nest::ConnectorBase* > >;
using Sources = std::vector< std::vector< BlockVector< nest::Source > > >;

// Those set by show_connectors(), if any, else NEST's own.
const Connectors& connectors();
const Sources& sources();

// Show these in place of NEST's own; they must outlive the next call. NULL: show NEST's own again.
void show_connectors( const Connectors* connectors, const Sources* sources );

} // namespace torpor_nest

#endif
