// SPDX-License-Identifier: MIT
// Python functions that events call, as CVode.event(t, function) makes them. A file cannot hold a
// function; so the script makes its own known, each time in the same order, and a file has the
// number.
#ifndef TORPOR_NEURON_CALLBACKS_H
#define TORPOR_NEURON_CALLBACKS_H

#include <cstdint>
#include <optional>
#include <string>

#include "base/error.h"
#include "wheel/nrn.h"

namespace torpor_neuron
{

// `function`: hoc's object for it, which is kept. `address`: of Python's. Throws Error if hoc's
// object is not laid out as we know.
void add_callback(Object *function, const std::string &name, const void *address);
// The first one that is equal to this; none: it was not made known.
std::optional<std::uint64_t> number_of_callback(const Object *function);
// `number`: as number_of_callback() has returned it.
const std::string &name_of_callback(std::uint64_t number);
// Hoc's object; NULL if the script has not made one known of this number and name.
Object *find_callback(std::uint64_t number, const std::string &name);

} // namespace torpor_neuron

#endif
