// SPDX-License-Identifier: MIT
// hoc's class File: how far each one had been read or written at one moment.
#ifndef TORPOR_NEURON_FILES_H
#define TORPOR_NEURON_FILES_H

#include <unordered_map>

#include "model/object_counts.h"

namespace torpor_neuron
{

class FileValues
{
  public:
    void take();
    // Throws Error that names a File that was there then, if a run has gone on with it.
    void refuse_changes(const ObjectCounts &then) const;

  private:
    std::unordered_map<int, long> positions_; // by index, of those that were open
};

} // namespace torpor_neuron

#endif
