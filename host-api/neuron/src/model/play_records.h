// SPDX-License-Identifier: MIT
// The tree "play_records": Vectors that are played or that record, in NEURON's order, and how far
// those have come that are played.
#ifndef TORPOR_NEURON_PLAY_RECORDS_H
#define TORPOR_NEURON_PLAY_RECORDS_H

#include <cstring>
#include <string>
#include <vector>

#include "base/error.h"
#include "wheel/layouts.h"

namespace torpor_neuron
{

class PlayRecords
{
  public:
    static std::size_t count();
    // One of them, as NEURON keeps it, but for its solver and its thread, which NEURON sets when it
    // simulates: the same bytes are the same Vector and variable.
    struct Identity {
        unsigned char bytes[sizeof(PlayRecord)];
        double interval;
        bool
        operator==(const Identity &other) const
        {
            return std::memcmp(bytes, other.bytes, sizeof bytes) == 0 && interval == other.interval;
        }
    };
    static std::vector<Identity> identities();

    static void write(const torpor_tree_writer &writer);
    void read(const torpor_tree_reader &reader);
    // What is played is not played again: the variables, and what statements have done, are
    // restored as they were.
    void commit();

  private:
    std::vector<std::int32_t> positions_; // that the restore will write, three for each
};

} // namespace torpor_neuron

#endif
