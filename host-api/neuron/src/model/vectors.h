// SPDX-License-Identifier: MIT
// The tree "vectors": all objects of hoc's class Vector, by name. Recorded ones are among them.
#ifndef TORPOR_NEURON_VECTORS_H
#define TORPOR_NEURON_VECTORS_H

#include <utility>
#include <vector>

#include "base/error.h"
#include "wheel/nrn.h"

namespace torpor_neuron
{

class Vectors
{
  public:
    void write(const torpor_tree_writer &writer);
    void read(const torpor_tree_reader &reader);
    void commit();

  private:
    std::vector<IvocVect *> saved_;                                  // whose values the file gets
    std::vector<std::pair<IvocVect *, std::vector<double>>> values_; // that the restore will write
};

} // namespace torpor_neuron

#endif
