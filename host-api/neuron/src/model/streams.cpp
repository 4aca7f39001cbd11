// SPDX-License-Identifier: MIT
#include "model/streams.h"

#include <algorithm>

#include "wheel/layouts.h"

namespace torpor_neuron
{

void
read_stream(nrnran123_State *stream, std::uint32_t *numbers)
{
    char which = 0;
    nrnran123_getids3(stream, &numbers[0], &numbers[1], &numbers[2]);
    nrnran123_getseq(stream, &numbers[3], &which);
    numbers[4] = static_cast<std::uint32_t>(which);
    std::copy_n(reinterpret_cast<const Random123Stream *>(stream)->numbers, 4, numbers + 5);
}

void
write_stream(nrnran123_State *stream, const std::uint32_t *numbers)
{
    nrnran123_setids(stream, numbers[0], numbers[1], numbers[2]);
    nrnran123_setseq(stream, numbers[3], static_cast<char>(numbers[4]));
    std::copy_n(numbers + 5, 4, reinterpret_cast<Random123Stream *>(stream)->numbers);
}

} // namespace torpor_neuron
