// SPDX-License-Identifier: GPL-2.0-or-later
// What must be the same in the network that a checkpoint was taken of and the one that it is restored into.
#ifndef TORPOR_NEST_NETWORK_IDENTITY_H
#define TORPOR_NEST_NETWORK_IDENTITY_H

#include <string>

#include <torpor/host.h>

#include "network/connectivity.h"

namespace torpor_nest
{

// One line for the fingerprint: "NEST 3.10.0, ..."
std::string fingerprint();

// The tree "network": written when saving; when restoring, compared with the live network before anything is
// touched. The first difference is named with both values. `of_save`: how nodes are connected, known at a save.
torpor_tree identity_tree( Connectivity& of_save );

// Was the checkpoint that is being restored taken inside of a run? (After identity_tree's from_state.)
bool saved_inside_run();

} // namespace torpor_nest

#endif
