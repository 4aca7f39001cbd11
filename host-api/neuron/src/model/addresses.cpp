// SPDX-License-Identifier: MIT
#include "model/addresses.h"

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
    if (!may_be_address(variable))
        return nullptr;
    std::uint64_t bits = 0;
    std::memcpy(&bits, &variable, sizeof bits);
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
