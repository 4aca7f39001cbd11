// SPDX-License-Identifier: MIT
#include "model/released.h"

#include "model/hoc_symbols.h"

namespace torpor_neuron
{

WithoutUnref::WithoutUnref()
{
    for_each_template([&](cTemplate &found) {
        if (found.unref != nullptr)
            procs_.emplace_back(&found, std::exchange(found.unref, nullptr));
    });
}

WithoutUnref::~WithoutUnref()
{
    for (const auto &[of, proc] : procs_)
        of->unref = proc;
}

void
Released::let_go()
{
    if (objects_.empty())
        return;
    const WithoutUnref without_unref;
    for (Object *object : std::exchange(objects_, {}))
        hoc_obj_unref(object);
}

} // namespace torpor_neuron
