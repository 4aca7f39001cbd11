// SPDX-License-Identifier: MIT
// The tree "globals": NEURON's variables that belong to no section: t, dt, celsius, GLOBAL
// variables of MOD files, and others.
#ifndef TORPOR_NEURON_GLOBALS_H
#define TORPOR_NEURON_GLOBALS_H

#include <utility>
#include <vector>

#include "base/error.h"
#include "wheel/nrn.h"

namespace torpor_neuron
{

class Globals
{
  public:
    static void write(const torpor_tree_writer &writer);
    void read(const torpor_tree_reader &reader);
    void commit();

  private:
    std::vector<std::pair<double *, std::vector<double>>> values_; // that the restore will write
    std::int64_t secondorder_ = 0;                                 // the same
};

} // namespace torpor_neuron

#endif
