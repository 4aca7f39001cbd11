// SPDX-License-Identifier: MIT
// Addresses of memory that VERBATIM blocks of MOD files keep, in a BBCOREPOINTER or in a variable
// that is declared as a number. They say nothing in another process, where the script sets them
// again.
#ifndef TORPOR_NEURON_ADDRESSES_H
#define TORPOR_NEURON_ADDRESSES_H

#include <cstdint>
#include <cstring>
#include <unordered_set>

namespace torpor_neuron
{

// Those of Vectors and Random objects, whose state is saved as such; and NULL.
std::unordered_set<const void *> saved_objects();

// Are the bits of a variable those of an address? Hardly any number's are.
inline bool
may_be_address(double variable)
{
    constexpr std::uint64_t END = std::uint64_t{1} << 47; // of a process's memory
    std::uint64_t bits = 0;
    std::memcpy(&bits, &variable, sizeof bits);
    return bits != 0 && bits < END && bits % sizeof(void *) == 0;
}

// The memory whose address is in the bits of a variable; NULL if it holds a number. Addresses are
// numbers below 1e-309, and are told from such numbers by what is mapped.
const void *address_in(double variable);

} // namespace torpor_neuron

#endif
