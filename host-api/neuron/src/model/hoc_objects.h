// SPDX-License-Identifier: MIT
// The tree "hoc_objects": what a run has changed of which objects there are in hoc, and of what
// names them: objrefs, also those of objects of a template; and how many objects each template has
// made, so that those that the script makes next get the same numbers.
#ifndef TORPOR_NEURON_HOC_OBJECTS_H
#define TORPOR_NEURON_HOC_OBJECTS_H

#include <string>
#include <utility>
#include <vector>

#include "base/error.h"
#include "model/hoc_moment.h"
#include "model/hoc_names.h"
#include "model/released.h"

namespace torpor_neuron
{

class HocObjects
{
  public:
    // Save what differs from then. Until this is called, from the initialisation.
    void
    compare_with(const HocMoment &then)
    {
        then_ = &then;
    }
    // Throws Error if a run has made or removed objects without which the script that is started
    // again has another model.
    void refuse_what_cannot_be_saved() const;
    void write(const torpor_tree_writer &writer) const;
    void read(const torpor_tree_reader &reader);
    void commit();
    // Let go of the objects that are no longer named. Call it when all the rest is restored, which
    // may still know them.
    void release();

  private:
    struct Objref {
        HocVariable variable;
        std::vector<Object *> objects;
    };
    void write_objrefs(const torpor_tree_writer &writer, HocLookup &lookup) const;
    void write_made(const torpor_tree_writer &writer) const;
    void read_objrefs(const torpor_tree_reader &reader, HocLookup &lookup);
    void read_made(const torpor_tree_reader &reader);

    const HocMoment *then_ = &hoc_at_initialisation();
    // What the restore will set:
    std::vector<Objref> objrefs_;
    std::vector<std::pair<cTemplate *, int>> made_;
    Released released_;
};

} // namespace torpor_neuron

#endif
