// SPDX-License-Identifier: MIT
// Options of tn.every(), texts as "every=500 ms".
#ifndef TORPOR_NEURON_OPTIONS_H
#define TORPOR_NEURON_OPTIONS_H

#include <cstdint>
#include <string>
#include <vector>

namespace torpor_neuron
{

// Remove an option of ours, which the core does not know. Returns its value.
std::string take(std::vector<std::string> &options, const std::string &key,
                 const std::string &otherwise);
// Throws Error if the text of option `key` is no number of bytes.
std::uint64_t number_of(const char *key, const std::string &text);
// Does option `checkpoints` say so?
bool are_off(std::vector<std::string> options);

} // namespace torpor_neuron

#endif
