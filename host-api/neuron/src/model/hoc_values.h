// SPDX-License-Identifier: MIT
// What numbers and strdefs of hoc held at one moment, so that those are known that have changed
// since then.
#ifndef TORPOR_NEURON_HOC_VALUES_H
#define TORPOR_NEURON_HOC_VALUES_H

#include <string>
#include <vector>

#include "model/hoc_places.h"

namespace torpor_neuron
{

class HocValues
{
  public:
    void take();
    // Does this one hold something else than then? Nobody knows before take(): false.
    bool has_changed(const HocVariable &variable) const;
    // Its value then; false: it was not there.
    bool find(const HocVariable &variable, std::vector<double> &numbers, std::string &text) const;

  private:
    bool is_taken_ = false;
    HocPlaces places_; // in numbers_, those of strdefs in texts_
    std::vector<double> numbers_;
    std::vector<std::string> texts_;
};

} // namespace torpor_neuron

#endif
