// SPDX-License-Identifier: MIT
// The tree "lists": what Lists of hoc hold that a run has changed, as names of objects.
#ifndef TORPOR_NEURON_HOC_LISTS_H
#define TORPOR_NEURON_HOC_LISTS_H

#include <utility>
#include <vector>

#include "base/error.h"
#include "model/hoc_moment.h"
#include "model/released.h"

namespace torpor_neuron
{

class HocLists
{
  public:
    // See HocObjects.
    void
    compare_with(const HocMoment &then)
    {
        then_ = &then;
    }
    void write(const torpor_tree_writer &writer) const;
    void read(const torpor_tree_reader &reader);
    void commit();
    void
    release()
    {
        released_.let_go();
    }

  private:
    const HocMoment *then_ = &hoc_at_initialisation();
    std::vector<std::pair<Object *, std::vector<Object *>>> restored_; // Lists, and their items
    Released released_;
};

} // namespace torpor_neuron

#endif
