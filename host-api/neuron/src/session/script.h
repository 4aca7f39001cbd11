// SPDX-License-Identifier: MIT
// What a checkpoint says of the script that made it: how its earlier runs ended, and what once()
// has returned. A script that is started again goes by this.
#ifndef TORPOR_NEURON_SCRIPT_H
#define TORPOR_NEURON_SCRIPT_H

#include <cstdint>
#include <string>
#include <vector>

#include "base/error.h"

namespace torpor_neuron
{

struct Script {
    bool reads_once = false; // it reads between its runs by once() only, so that no ends are kept
    // Of each earlier run of this trajectory: where it was to end, in ms, and the number of the
    // file that has its end.
    std::vector<double> until;
    std::vector<std::uint64_t> ends;
    // Each call of once() in this process: when, in ms, and what it has returned, as text.
    std::vector<double> once_at;
    std::vector<std::string> once;

    void write(const torpor_tree_writer &writer) const;
    // `prefix`: path of the tree, with its '/'.
    static Script read(const torpor_tree_reader &reader, const std::string &prefix);
};

// A checkpoint that lies ahead.
struct Ahead {
    double time; // in ms
    std::string folder;
    std::uint64_t n_advances; // steps in the run that it lies in
    double first_dt;          // when that run began
    Script script;
};

} // namespace torpor_neuron

#endif
