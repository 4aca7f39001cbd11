// SPDX-License-Identifier: MIT
// Statements of hoc that events run, CVode.event(t, "statement"), and functions that they call.
#ifndef TORPOR_NEURON_HOC_STATEMENTS_H
#define TORPOR_NEURON_HOC_STATEMENTS_H

#include <string>
#include <vector>

#include "base/error.h"
#include "wheel/layouts.h"

namespace torpor_neuron
{

class HocStatements
{
  public:
    // Throws Error if the event cannot be saved exactly; `event` says which one that is.
    static void refuse_what_cannot_be_saved(const HocEvent &hoc, const std::string &event);
    // The map "statements", by the numbers 0, 1, ... has_numbers: of functions of Python.
    static void write(const torpor_tree_writer &writer, const std::vector<const HocEvent *> &events,
                      bool has_numbers);

    void read(const torpor_tree_reader &reader);
    std::size_t
    count() const
    {
        return statements_.size();
    }
    // An event of NEURON for each, which NEURON frees when it is over.
    std::vector<void *> make() const;

  private:
    struct Statement {
        Object *callback; // NULL: it does not call Python
        bool has_text;    // if not, and without a callback, NEURON only stops there
        std::string text;
        Object *object, *target; // may be NULL
        int reinitialises;
    };
    std::vector<Statement> statements_;
};

} // namespace torpor_neuron

#endif
