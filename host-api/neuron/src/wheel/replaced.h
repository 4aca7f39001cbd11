// SPDX-License-Identifier: MIT
// A function of NEURON that has been replaced in NEURON's own tables, for Python and hoc alike.
#ifndef TORPOR_NEURON_REPLACED_H
#define TORPOR_NEURON_REPLACED_H

#include <utility>

#include "wheel/nrn.h"

namespace torpor_neuron
{

// `member`: where an Inst keeps such a function.
template <class Function> class Replaced
{
  public:
    explicit Replaced(Function Inst::*member) : member_(member)
    {
    }
    void
    replace(Symbol *symbol, Function by)
    {
        if (symbol_ != nullptr)
            return;
        symbol_ = symbol;
        original_ = std::exchange(symbol_->u.u_proc->defn.*member_, by);
    }
    void
    put_back()
    {
        if (symbol_ != nullptr)
            symbol_->u.u_proc->defn.*member_ = original_;
        symbol_ = nullptr;
    }
    Function
    original() const
    {
        return original_;
    }

  private:
    Function Inst::*member_;
    Symbol *symbol_ = nullptr;
    Function original_ = nullptr;
};

} // namespace torpor_neuron

#endif
