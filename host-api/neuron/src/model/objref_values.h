// SPDX-License-Identifier: MIT
// Which objects the objrefs of hoc named at one moment.
#ifndef TORPOR_NEURON_OBJREF_VALUES_H
#define TORPOR_NEURON_OBJREF_VALUES_H

#include <vector>

#include "model/hoc_names.h"
#include "model/hoc_places.h"

namespace torpor_neuron
{

class ObjrefValues
{
  public:
    void take();
    // Does this one name another object than then? Nobody knows before take(): false.
    bool has_changed(const HocVariable &objref) const;
    // What it named then; false: it was not there.
    bool find(const HocVariable &objref, std::vector<ObjectName> &names) const;

  private:
    bool is_taken_ = false;
    HocPlaces places_; // in names_
    std::vector<ObjectName> names_;
};

} // namespace torpor_neuron

#endif
