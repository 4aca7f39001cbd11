// SPDX-License-Identifier: MIT
#include "model/files.h"

#include <cstdio>

#include "base/error.h"
#include "wheel/hoc.h"

// As far as it is used here. Its methods are in no header of the wheel.
class OcFile
{
  public:
    std::FILE *file(); // an error of hoc if it is not open
};

namespace torpor_neuron
{

namespace
{

constexpr long CLOSED = -1;

long
position_of(const Object *object)
{
    static const auto is_open =
        hoc_table_lookup("isopen", object->ctemplate->symtable)->u.u_proc->defn.pfd_vp;
    void *file = object->u.this_pointer;
    return is_open(file) != 0. ? std::ftell(static_cast<OcFile *>(file)->file()) : CLOSED;
}

} // namespace

void
FileValues::take()
{
    positions_.clear();
    for_each_object("File", [&](const Object *object) {
        const long position = position_of(object);
        if (position != CLOSED)
            positions_[object->index] = position;
    });
}

void
FileValues::refuse_changes(const ObjectCounts &then) const
{
    for_each_object("File", [&](const Object *object) {
        const auto found = positions_.find(object->index);
        const long before = found != positions_.end() ? found->second : CLOSED;
        if (!then.is_newer(*object) && position_of(object) != before)
            throw Error(TORPOR_STATUS_REFUSED,
                        name_of(object) +
                            " has been opened, closed, read or written since the run began, or "
                            "since finitialize(), and where it is cannot be saved: read it into a "
                            "Vector before the run, or record into a Vector and write that "
                            "afterwards");
    });
}

} // namespace torpor_neuron
