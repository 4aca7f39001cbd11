// SPDX-License-Identifier: MIT
// Objects of hoc that a restore lets go, since they are no longer named.
#ifndef TORPOR_NEURON_RELEASED_H
#define TORPOR_NEURON_RELEASED_H

#include <utility>
#include <vector>

#include "wheel/nrn.h"

namespace torpor_neuron
{

// While there is one, objects that are let go run no proc unref() of their template: what it did is
// in the state that is restored.
class WithoutUnref
{
  public:
    WithoutUnref();
    ~WithoutUnref();
    WithoutUnref(const WithoutUnref &) = delete;
    WithoutUnref &operator=(const WithoutUnref &) = delete;

  private:
    std::vector<std::pair<cTemplate *, Symbol *>> procs_;
};

// They live until all the rest is restored, which may still know them.
class Released
{
  public:
    // It has been named once less. It may be NULL.
    void
    add(Object *object)
    {
        objects_.push_back(object);
    }
    void let_go();

  private:
    std::vector<Object *> objects_;
};

} // namespace torpor_neuron

#endif
