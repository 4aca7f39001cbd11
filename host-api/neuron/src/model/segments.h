// SPDX-License-Identifier: MIT
// The segments of all sections, in the order in which NEURON keeps their voltages.
#ifndef TORPOR_NEURON_SEGMENTS_H
#define TORPOR_NEURON_SEGMENTS_H

#include <string>
#include <vector>

#include "base/error.h"
#include "wheel/nrn.h"

namespace torpor_neuron
{

class Segments
{
  public:
    static constexpr std::uint32_t NOWHERE = UINT32_MAX; // the segment of an artificial cell

    // List them as they are now, if sections or mechanisms have changed.
    void refresh();

    std::uint64_t
    count() const
    {
        return count_;
    }
    std::uint64_t
    n_sections() const
    {
        return n_sections_;
    }
    std::string name_of(std::size_t row) const;
    // The row of the first segment of this thread.
    static std::uint32_t first_of(const NrnThread *thread);

    // The tree "network": the names, which a restore compares with those of the live model.
    void write(const torpor_tree_writer &writer) const;
    void read(const torpor_tree_reader &reader) const;
    void
    commit() const
    {
    }

  private:
    int structure_ = -1; // NEURON's number of it that these are of
    std::string names_;  // such as "Cell[0].dend(0.5)", each with its NUL; the ends have 0 and 1
    std::uint64_t count_ = 0;
    std::uint64_t n_sections_ = 0;
};

// Those of this process: NEURON has one model.
Segments &all_segments();

} // namespace torpor_neuron

#endif
