// SPDX-License-Identifier: MIT
#ifndef TORPOR_NEURON_REFUSALS_H
#define TORPOR_NEURON_REFUSALS_H

#include <memory>
#include <vector>

#include "model/mechanism.h"

namespace torpor_neuron
{

// Throws Error if the model has state that cannot be saved exactly, naming it, and the reason.
void refuse_what_cannot_be_saved(const std::vector<std::unique_ptr<Mechanism>> &mechanisms);

} // namespace torpor_neuron

#endif
