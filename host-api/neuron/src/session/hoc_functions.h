// SPDX-License-Identifier: MIT
#ifndef TORPOR_NEURON_HOC_FUNCTIONS_H
#define TORPOR_NEURON_HOC_FUNCTIONS_H

namespace torpor_neuron
{

// What scripts in hoc call, where there is no Python:
//
//     torpor_every("500 ms", "checkpoints", "keep=5")  interval, folder, and Torpor's other options
//     torpor_finish()
void register_hoc_functions();

} // namespace torpor_neuron

#endif
