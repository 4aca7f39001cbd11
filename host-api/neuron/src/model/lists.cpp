// SPDX-License-Identifier: MIT
#include "model/lists.h"

#include <algorithm>

#include "base/ahead.h"
#include "wheel/hoc.h"

// As far as it is used here. Its methods are in no header of the wheel.
class OcList
{
  public:
    long count();
    Object *object(long);
    void append(Object *);
    void remove_all();
    void oref(Object *);
};

namespace torpor_neuron
{

namespace
{

OcList &
list_of(const Object *list)
{
    return *static_cast<OcList *>(list->u.this_pointer);
}

// Objects lie anywhere in memory, and each is looked at.
template <class Visit>
bool
all_items(const Object *list, Visit &&visit)
{
    OcList &items = list_of(list);
    const auto n = static_cast<std::size_t>(items.count());
    const auto at = [&](std::size_t i) { return items.object(static_cast<long>(i)); };
    for (std::size_t i = 0; i < n; ++i) {
        ask_ahead(i, n, at);
        if (!visit(i, at(i)))
            return false;
    }
    return true;
}

} // namespace

bool
holds_items(const Object *list)
{
    Object tried{};
    list_of(list).oref(&tried);
    return tried.refcount == 1;
}

std::vector<Object *>
items_of(const Object *list)
{
    std::vector<Object *> items;
    all_items(list, [&](std::size_t, Object *item) {
        items.push_back(item);
        return true;
    });
    return items;
}

void
set_items(const Object *list, const std::vector<Object *> &items)
{
    list_of(list).remove_all();
    for (Object *item : items)
        list_of(list).append(item);
}

// ---- at one moment ----

void
ListValues::take()
{
    *this = {};
    for_each_object("List", [&](const Object *list) {
        if (!holds_items(list))
            return;
        const std::size_t first = names_.size();
        all_items(list, [&](std::size_t, const Object *item) {
            names_.push_back(object_name_of(item));
            return true;
        });
        places_.push_back({list->index, first, names_.size() - first});
    });
}

const ListValues::Place *
ListValues::place_of(const Object *list) const
{
    const auto found =
        std::lower_bound(places_.begin(), places_.end(), list->index,
                         [](const Place &place, int index) { return place.index < index; });
    return found != places_.end() && found->index == list->index ? &*found : nullptr;
}

bool
ListValues::has_changed(const Object *list) const
{
    const Place *place = place_of(list);
    if (place == nullptr || !holds_items(list))
        return false;
    const ObjectName *then = names_.data() + place->first;
    return static_cast<std::size_t>(list_of(list).count()) != place->count ||
           !all_items(list, [&](std::size_t i, const Object *item) {
               return object_name_of(item) == then[i];
           });
}

std::vector<ObjectName>
ListValues::find(const Object *list) const
{
    const Place *place = place_of(list);
    const ObjectName *first = names_.data() + place->first;
    return {first, first + place->count};
}

} // namespace torpor_neuron
