// SPDX-License-Identifier: MIT
// The tree "watch": the conditions that WATCH statements of MOD files have activated.
#ifndef TORPOR_NEURON_WATCHES_H
#define TORPOR_NEURON_WATCHES_H

#include <memory>
#include <vector>

#include "model/mechanism.h"

namespace torpor_neuron
{

class Watches
{
  public:
    // List the instances that have WATCH statements, as they are now.
    void refresh(const std::vector<std::unique_ptr<Mechanism>> &mechanisms);
    void write(const torpor_tree_writer &writer) const;
    void read(const torpor_tree_reader &reader);
    void commit();

  private:
    struct Instance {
        int type;
        Datum *data;
        int begin; // of its WATCH data
    };
    struct Condition {
        std::uint32_t index; // of its Datum
        bool flag;
        double valold, told, nrflag;
    };
    std::vector<Instance> instances_;
    std::vector<std::vector<Condition>> conditions_; // that the restore will activate
};

} // namespace torpor_neuron

#endif
