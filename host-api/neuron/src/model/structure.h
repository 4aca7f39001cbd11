// SPDX-License-Identifier: MIT
// What must stay as it is while a run is made. A script that is started again builds what it built
// before the run: what an event has changed of it in the run would not be there.
#ifndef TORPOR_NEURON_STRUCTURE_H
#define TORPOR_NEURON_STRUCTURE_H

#include <memory>
#include <string>
#include <vector>

#include "model/mechanism.h"
#include "model/play_records.h"
#include "model/sections.h"

namespace torpor_neuron
{

class Structure
{
  public:
    using Mechanisms = std::vector<std::unique_ptr<Mechanism>>;

    // A run begins. Everything is listed as it is now.
    void note(const Mechanisms &mechanisms);
    // Throws Error if something has changed since note(), naming it.
    void refuse_changes(const Mechanisms &mechanisms) const;

  private:
    // What is counted, so that nothing has to be compared as long as the number is the same.
    struct Counts {
        int structure = -1, diameters = -1, variable_step = 0;
        std::uint64_t n_moved = 0, n_recorded = 0, n_plays = 0; // calls
        std::size_t n_records = 0;                              // of what plays or records
    };
    struct Shape {
        std::vector<double> lengths, areas;
        std::vector<std::vector<std::uint32_t>> places; // of each mechanism
    };
    static Counts count();
    static Shape shape_of(const Mechanisms &mechanisms);
    void refuse_counted(const Counts &now) const;
    void refuse_another_shape(const Mechanisms &mechanisms) const;

    Counts counts_;
    Shape shape_;
    std::vector<PlayRecords::Identity> records_;
};

} // namespace torpor_neuron

#endif
