// SPDX-License-Identifier: MIT
// Objects lie anywhere in memory, and a loop waits for each. What it comes to a little later is
// asked for in time.
#ifndef TORPOR_NEURON_AHEAD_H
#define TORPOR_NEURON_AHEAD_H

#include <cstddef>

namespace torpor_neuron
{

constexpr std::size_t AHEAD = 16;

// For functions that only ask: GCC takes one that it does not inline at once for a function without
// any effect, and leaves out the call.
#define TORPOR_NEURON_ASKS [[gnu::always_inline]] inline

// For round `i` of `n`. `address_of(k)`: what round k will read; any address is harmless.
template <class AddressOf>
TORPOR_NEURON_ASKS void
ask_ahead(std::size_t i, std::size_t n, AddressOf &&address_of)
{
    if (i + AHEAD < n)
        __builtin_prefetch(address_of(i + AHEAD));
}

} // namespace torpor_neuron

#endif
