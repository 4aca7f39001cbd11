// SPDX-License-Identifier: MIT
// What only a MOD file's source tells of a mechanism. NEURON keeps the source beside the code.
#ifndef TORPOR_NEURON_MOD_SOURCE_H
#define TORPOR_NEURON_MOD_SOURCE_H

#include <string>
#include <vector>

namespace torpor_neuron
{

// Does mechanism `type` have C++ of its own? A mechanism whose source is not at hand may have.
bool has_verbatim(int type);

// Where VERBATIM blocks of mechanism `type` may keep state that nothing outside of the MOD file can
// read, for people: "static variable seen_before", "memory behind POINTER scratch".
const std::vector<std::string> &unseen_state(int type);

} // namespace torpor_neuron

#endif
