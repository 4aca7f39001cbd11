// SPDX-License-Identifier: MIT
// hoc's class List: which objects each one held at one moment.
#ifndef TORPOR_NEURON_LISTS_H
#define TORPOR_NEURON_LISTS_H

#include <vector>

#include "model/hoc_names.h"

namespace torpor_neuron
{

// A List that was made as new List("Cell") has all objects of that template, and holds none.
bool holds_items(const Object *list);
std::vector<Object *> items_of(const Object *list);
// Whatever was in it is let go, what comes into it is held.
void set_items(const Object *list, const std::vector<Object *> &items);

class ListValues
{
  public:
    void take();
    // Does it hold something else than then? One that was not there then is its maker's own: false.
    bool has_changed(const Object *list) const;
    // What it held then.
    std::vector<ObjectName> find(const Object *list) const;

  private:
    struct Place {
        int index; // of the List
        std::size_t first, count;
    };
    const Place *place_of(const Object *list) const;

    std::vector<Place> places_; // in names_, by index
    std::vector<ObjectName> names_;
};

} // namespace torpor_neuron

#endif
