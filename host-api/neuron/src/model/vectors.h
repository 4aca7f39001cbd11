// SPDX-License-Identifier: MIT
// The tree "vectors": all objects of hoc's class Vector, by name. Recorded ones are among them.
#ifndef TORPOR_NEURON_VECTORS_H
#define TORPOR_NEURON_VECTORS_H

#include <cstdint>
#include <utility>
#include <vector>

#include "base/error.h"
#include "wheel/nrn.h"

namespace torpor_neuron
{

// Its number: 3 for "Vector[3]". NO_VECTOR: NULL.
constexpr std::uint32_t NO_VECTOR = UINT32_MAX;
std::uint32_t number_of(IvocVect *vector);

class Vectors
{
  public:
    void write(const torpor_tree_writer &writer);
    void read(const torpor_tree_reader &reader);
    void commit();
    // What runs have made for themselves before is not counted again in a resume, so that numbers
    // of Vectors may be others than when they were saved. A restore throws Error if they seem to
    // be.
    void
    doubt_numbers()
    {
        doubts_numbers_ = true;
    }

  private:
    bool doubts_numbers_ = false;
    std::vector<IvocVect *> saved_;                                  // whose values the file gets
    std::vector<std::pair<IvocVect *, std::vector<double>>> values_; // that the restore will write
};

} // namespace torpor_neuron

#endif
