// SPDX-License-Identifier: GPL-2.0-or-later
// Networks in which NEST makes and removes synapses during a run.
#ifndef TORPOR_NEST_STRUCTURAL_PLASTICITY_H
#define TORPOR_NEST_STRUCTURAL_PLASTICITY_H

#include <cstddef>
#include <string>
#include <vector>

namespace torpor_nest
{

// May NEST have added, removed or reordered synapses since the script made its connections? If so, a checkpoint lists the
// targets of all synapses, and a restore builds the synapses from that list.
bool synapses_come_and_go();

// Ids of the synapse models that structural plasticity creates synapses of, whether or not there are any now.
std::vector< size_t > growing_synapse_models();

// The script's structural_plasticity_synapses as one line of text; "": it has set none.
std::string structural_plasticity_synapses();

// Throws Error if the network's structural plasticity cannot be saved exactly, or cannot be saved at this moment.
void refuse_structural_plasticity();

} // namespace torpor_nest

#endif
