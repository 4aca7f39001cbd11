// SPDX-License-Identifier: GPL-2.0-or-later
// Networks in which NEST makes and removes synapses during a run.
#ifndef TORPOR_NEST_STRUCTURAL_PLASTICITY_H
#define TORPOR_NEST_STRUCTURAL_PLASTICITY_H

#include <cstddef>
#include <string>
#include <vector>

namespace torpor_nest
{

// May synapses have come and gone since the script made its connections, or come to be in another order? A checkpoint
// then says where all of them lead to, and a restore makes them anew.
bool synapses_come_and_go();

// Synapse models that structural plasticity makes synapses of, whether or not there are any now.
std::vector< size_t > growing_synapse_models();

// What the script has set as structural_plasticity_synapses, as one line: "" if nothing.
std::string structural_plasticity_synapses();

// Throws Error if there is something of structural plasticity that cannot be saved exactly, or not now.
void refuse_structural_plasticity();

} // namespace torpor_nest

#endif
