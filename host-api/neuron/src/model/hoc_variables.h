// SPDX-License-Identifier: MIT
// The tree "hoc": numbers of hoc, arrays of them, and strdefs (also those of objects of a template)
// that a run has changed, by statements that NEURON calls. What a script has set before is its own
// and not saved.
#ifndef TORPOR_NEURON_HOC_VARIABLES_H
#define TORPOR_NEURON_HOC_VARIABLES_H

#include <string>
#include <vector>

#include "base/error.h"
#include "model/hoc_moment.h"
#include "model/hoc_names.h"

namespace torpor_neuron
{

class HocVariables
{
  public:
    // Save what differs from these. Until then, from those at the initialisation.
    void
    compare_with(const HocMoment &before)
    {
        before_ = &before.values;
    }
    void write(const torpor_tree_writer &writer) const;
    void read(const torpor_tree_reader &reader);
    void commit();

  private:
    struct Restored {
        std::string name; // of a number that is not there yet; empty: it is there
        HocVariable variable;
        std::vector<double> numbers;
        std::string text;
    };
    static Restored found(const torpor_tree_reader &reader, HocLookup &lookup,
                          const std::string &name);

    const HocValues *before_ = &hoc_at_initialisation().values;
    std::vector<Restored> restored_;
};

} // namespace torpor_neuron

#endif
