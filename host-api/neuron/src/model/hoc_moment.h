// SPDX-License-Identifier: MIT
// What hoc held at one moment. What differs from that has been changed by a run, and is saved; what
// the script has set before is its own.
#ifndef TORPOR_NEURON_HOC_MOMENT_H
#define TORPOR_NEURON_HOC_MOMENT_H

#include "model/files.h"
#include "model/hoc_values.h"
#include "model/lists.h"
#include "model/object_counts.h"
#include "model/objref_values.h"

namespace torpor_neuron
{

struct HocMoment {
    HocValues values;
    ObjrefValues objrefs;
    ListValues lists;
    FileValues files;
    ObjectCounts objects;
    std::uint64_t n_changes = 0; // see changes.h
    // Has nothing but one run made and changed objects since then?
    bool is_begin_of_run = false;

    void take();
    // `what` names this object, NULL is none: by which name will a script that is started again
    // find it? Throws Error if it will not.
    std::string name_for(const std::string &what, const Object *object, HocLookup &lookup) const;
};

// When finitialize() was called last; when the run began that is made now.
HocMoment &hoc_at_initialisation();
HocMoment &hoc_at_begin_of_run();

} // namespace torpor_neuron

#endif
