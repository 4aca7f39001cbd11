// SPDX-License-Identifier: MIT
// The tree "matrices": all objects of hoc's class Matrix, by name. A full one as its values; a
// sparse one as those elements that it has, since only these are in memory.
#ifndef TORPOR_NEURON_MATRICES_H
#define TORPOR_NEURON_MATRICES_H

#include <cstdint>
#include <string>
#include <vector>

#include "base/error.h"
#include "wheel/nrn.h"

namespace torpor_neuron
{

class Matrices
{
  public:
    void write(const torpor_tree_writer &writer) const;
    void read(const torpor_tree_reader &reader);
    void commit();

  private:
    struct Restored {
        void *matrix;
        bool is_sparse;
        std::uint64_t n_rows, n_columns;
        std::vector<std::int32_t> row, column; // of elements of a sparse one
        std::vector<double> values;
    };
    static Restored read_full(const torpor_tree_reader &reader, const std::string &name,
                              void *matrix);
    static Restored read_sparse(const torpor_tree_reader &reader, const std::string &name,
                                void *matrix);

    std::vector<Restored> restored_;
};

} // namespace torpor_neuron

#endif
