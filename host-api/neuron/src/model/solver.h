// SPDX-License-Identifier: MIT
// How NEURON integrates: with a fixed step, or with a variable one (CVODE, local step, IDA).
#ifndef TORPOR_NEURON_SOLVER_H
#define TORPOR_NEURON_SOLVER_H

#include <utility>
#include <vector>

#include "base/error.h"
#include "wheel/nrn.h"

namespace torpor_neuron
{

// CVode.active(1). Such a solver has a history of past steps, which nobody can read: after each
// checkpoint and each restore it begins again, so that checkpoints change the run.
bool has_variable_step();
// coreneuron.enable: psolve() hands the model to CoreNEURON, which simulates and hands it back.
bool is_in_coreneuron();
// CVode.use_local_dt(1): each cell has steps of its own, so that after fadvance() all but one are
// ahead of t.
bool has_local_step();
// Bring them back to t.
void bring_to_one_time();
// CVode.condition_order(2): it looks for the moment at which a threshold was crossed, by the values
// of the step before.
bool remembers_conditions();
// Begin again from the state of the model as it is now.
void begin_again();

// The tree "solver": what a script has set of a variable step method. A resume compares it with
// what is set now.
class Solver
{
  public:
    static void write(const torpor_tree_writer &writer);
    void read(const torpor_tree_reader &reader);
    void commit();

  private:
    // What is set otherwise than when it was saved, and is put back.
    std::vector<std::pair<const char *, double>> settings_;
    std::vector<std::pair<Symbol *, double>> tolerances_;
};

} // namespace torpor_neuron

#endif
