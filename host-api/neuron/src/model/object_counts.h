// SPDX-License-Identifier: MIT
// How many objects the templates of hoc, and the classes of NEURON, had made at one moment. An
// object is numbered by that, so that its number says whether it was there.
#ifndef TORPOR_NEURON_OBJECT_COUNTS_H
#define TORPOR_NEURON_OBJECT_COUNTS_H

#include <unordered_map>

#include "wheel/nrn.h"

namespace torpor_neuron
{

class ObjectCounts
{
  public:
    struct Count {
        int made = 0, alive = 0;
    };
    void take();
    bool
    is_taken() const
    {
        return is_taken_;
    }
    // Of a template that was not there: none.
    Count at(const cTemplate &of) const;
    // Was it made later? NEURON begins at 0 again when all objects of a template are gone.
    bool is_newer(const Object &object) const;

  private:
    bool is_taken_ = false;
    std::unordered_map<const cTemplate *, Count> counts_;
};

} // namespace torpor_neuron

#endif
