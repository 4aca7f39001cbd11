// SPDX-License-Identifier: MIT
// The tree "sections": what belongs to a section as a whole, in the order of NEURON's list. Ra and
// rallbranch are restored; length and connection are compared.
#ifndef TORPOR_NEURON_SECTIONS_H
#define TORPOR_NEURON_SECTIONS_H

#include <string>
#include <vector>

#include "base/error.h"
#include "wheel/nrn.h"

namespace torpor_neuron
{

class Sections
{
  public:
    // List them as they are now, if something has changed.
    void refresh();
    const std::vector<double> &
    lengths() const
    {
        return lengths_;
    }
    std::string name_of(std::size_t row) const;

    void write(const torpor_tree_writer &writer) const;
    void read(const torpor_tree_reader &reader);
    void commit();

  private:
    static constexpr std::uint32_t NO_PARENT = UINT32_MAX;

    int structure_ = -1, diameters_ = -1; // NEURON's numbers of those that these are of
    std::vector<Section *> sections_;
    std::vector<double> lengths_, ra_, rallbranch_, positions_, orientations_;
    std::vector<std::uint32_t> parents_;            // rows
    std::vector<double> read_ra_, read_rallbranch_; // that the restore will write
};

// Those of this process: NEURON has one model.
Sections &all_sections();

} // namespace torpor_neuron

#endif
