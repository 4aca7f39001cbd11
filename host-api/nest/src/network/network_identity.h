// SPDX-License-Identifier: GPL-2.0-or-later
// What must be equal in the saved network and in the one that a checkpoint is restored into.
#ifndef TORPOR_NEST_NETWORK_IDENTITY_H
#define TORPOR_NEST_NETWORK_IDENTITY_H

#include <string>

#include <torpor/host.hpp>

#include "network/network.h"

namespace torpor_nest
{

// The fingerprint, one line: "NEST 3.10.0, ..."
std::string fingerprint();

// The tree "network". A save writes it. A restore compares it with the live network before anything is changed, and
// reports the first difference with both values.
torpor_tree identity_tree( Network& network );

// Was the checkpoint that is being restored taken inside a run? Valid once the tree has been compared.
bool saved_inside_run();

} // namespace torpor_nest

#endif
