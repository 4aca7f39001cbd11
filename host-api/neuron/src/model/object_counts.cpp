// SPDX-License-Identifier: MIT
#include "model/object_counts.h"

#include "model/hoc_symbols.h"

namespace torpor_neuron
{

void
ObjectCounts::take()
{
    counts_.clear();
    is_taken_ = true;
    for_each_template([&](const cTemplate &found) {
        counts_[&found] = {found.index, found.count};
    });
}

ObjectCounts::Count
ObjectCounts::at(const cTemplate &of) const
{
    const auto found = counts_.find(&of);
    return found != counts_.end() ? found->second : Count{};
}

bool
ObjectCounts::is_newer(const Object &object) const
{
    const int made = at(*object.ctemplate).made;
    return object.index >= made || object.ctemplate->index < made;
}

} // namespace torpor_neuron
