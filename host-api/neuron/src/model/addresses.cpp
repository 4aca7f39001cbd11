// SPDX-License-Identifier: MIT
#include "model/addresses.h"

#include <cstdint>
#include <cstring>
#include <sys/mman.h>
#include <unistd.h>

#include "wheel/hoc.h"

namespace torpor_neuron
{

std::unordered_set<const void *>
saved_objects()
{
    std::unordered_set<const void *> known{nullptr};
    for (const char *saved : {"Vector", "Random"})
        for (const Object *object : objects_of(saved)) {
            known.insert(object);
            known.insert(object->u.this_pointer);
        }
    return known;
}

const void *
address_in(double variable)
{
    constexpr std::uint64_t END = std::uint64_t{1} << 47; // of a process's memory
    std::uint64_t bits = 0;
    std::memcpy(&bits, &variable, sizeof bits);
    if (bits == 0 || bits >= END || bits % sizeof(void *) != 0)
        return nullptr;
    static const auto page = static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE));
    unsigned char resident = 0;
    void *start = nullptr;
    const std::uint64_t page_start = bits - bits % page;
    std::memcpy(&start, &page_start, sizeof start);
    if (page_start == 0 || mincore(start, 1, &resident) != 0)
        return nullptr;
    const void *address = nullptr;
    std::memcpy(&address, &bits, sizeof address);
    return address;
}

} // namespace torpor_neuron
