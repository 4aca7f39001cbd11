// SPDX-License-Identifier: MIT
#include "model/objref_values.h"

#include <algorithm>

namespace torpor_neuron
{

void
ObjrefValues::take()
{
    *this = {};
    is_taken_ = true;
    for_each_objref([&](const HocVariable &objref) {
        places_.add(objref, names_.size());
        for (std::uint64_t i = 0; i < objref.count; ++i)
            names_.push_back(object_name_of(objref.objects[i]));
    });
}

bool
ObjrefValues::has_changed(const HocVariable &objref) const
{
    if (!is_taken_)
        return false;
    const HocPlaces::Place *place = places_.find(objref);
    const Object *const *begin = objref.objects, *const *end = begin + objref.count;
    if (place == nullptr) // one that names nothing is as good as none
        return std::any_of(begin, end, [](const Object *object) { return object != nullptr; });
    return !std::equal(begin, end, names_.data() + place->first,
                       [](const Object *object, const ObjectName &name) {
                           return object_name_of(object) == name;
                       });
}

bool
ObjrefValues::find(const HocVariable &objref, std::vector<ObjectName> &names) const
{
    const HocPlaces::Place *place = places_.find(objref);
    if (place == nullptr)
        return false;
    const ObjectName *first = names_.data() + place->first;
    names.assign(first, first + place->count);
    return true;
}

} // namespace torpor_neuron
