// SPDX-License-Identifier: MIT
// The tree "rxd": the state of reaction-diffusion, which NEURON keeps in Python and gives as bytes.
#ifndef TORPOR_NEURON_REACTIONS_H
#define TORPOR_NEURON_REACTIONS_H

#include <string>

#include "base/error.h"

namespace torpor_neuron
{

class Reactions
{
  public:
    static void write(const torpor_tree_writer &writer);
    void read(const torpor_tree_reader &reader);
    void commit();

  private:
    std::string bytes_; // that the restore will write
};

} // namespace torpor_neuron

#endif
