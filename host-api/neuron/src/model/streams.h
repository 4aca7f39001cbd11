// SPDX-License-Identifier: MIT
// Where a Random123 stream is, as numbers: those of RANDOM variables and of Random objects.
#ifndef TORPOR_NEURON_STREAMS_H
#define TORPOR_NEURON_STREAMS_H

#include <cstddef>
#include <cstdint>

#include "wheel/nrn.h"

namespace torpor_neuron
{

// Three ids, sequence, which of its four numbers is next, and these four. They are not always those
// of ids and sequence: after set_ids(), NEURON goes on with the old ones until they are used up.
constexpr std::size_t STREAM_NUMBERS = 9;

void read_stream(nrnran123_State *stream, std::uint32_t *numbers);
void write_stream(nrnran123_State *stream, const std::uint32_t *numbers);

} // namespace torpor_neuron

#endif
