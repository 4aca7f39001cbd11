// SPDX-License-Identifier: MIT
// The tree "random": where the generators of hoc's Random objects are, and those that belong to no
// object.
#ifndef TORPOR_NEURON_RANDOMS_H
#define TORPOR_NEURON_RANDOMS_H

#include <vector>

#include "base/error.h"
#include "model/distributions.h"
#include "model/streams.h"
#include "wheel/layouts.h"

namespace torpor_neuron
{

class Randoms
{
  public:
    void write(const torpor_tree_writer &writer);
    void read(const torpor_tree_reader &reader);
    void commit();

  private:
    // A row for each object. Random123: see streams.h; MCellRan4: high, original and low index.
    static constexpr std::size_t NUMBERS = STREAM_NUMBERS;
    struct Rows {
        std::vector<std::uint32_t> object, type, numbers;
        std::vector<std::uint8_t> has_kept;
        std::vector<double> kept;
        std::vector<std::uint32_t> distribution; // its kind
        std::vector<double> parameters;          // of it, two for each object
        Distribution
        distribution_of(std::size_t row) const
        {
            return {distribution[row], {parameters[2 * row], parameters[2 * row + 1]}};
        }
    };
    static void capture(const Object *object, Rows &rows);
    static void put_back(Object *object, const Rows &rows, std::size_t row);
    void read_distributions(const torpor_tree_reader &reader);

    Rows rows_; // that the restore will write
    std::vector<Object *> objects_;
    std::vector<std::size_t> row_of_;
    std::uint32_t scop_random_ = 0, low_index_ = 0, global_index_ = 0;
};

} // namespace torpor_neuron

#endif
