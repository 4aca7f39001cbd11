// SPDX-License-Identifier: MIT
#include "model/hoc_moment.h"

#include "base/error.h"
#include "model/changes.h"

namespace torpor_neuron
{

void
HocMoment::take()
{
    values.take();
    objrefs.take();
    lists.take();
    files.take();
    objects.take();
    n_changes = count_changes();
}

std::string
HocMoment::name_for(const std::string &what, const Object *object, HocLookup &lookup) const
{
    if (object == nullptr)
        return "";
    const ObjectName named = object_name_of(object);
    const std::string name = text_of(named);
    const auto refuse = [&](const std::string &why) {
        throw Error(TORPOR_STATUS_REFUSED, "hoc: " + what + " names " + name + why);
    };
    if (is_of_python(named))
        refuse(", which a file cannot hold: let it name the same one in the whole run");
    if (is_begin_of_run && objects.is_newer(*object))
        refuse(", which the run has made, so a script that is started again does not have it: make "
               "it before the run");
    if (lookup.object(name) != object)
        refuse(", which cannot be found by that name");
    return name;
}

HocMoment &
hoc_at_initialisation()
{
    static HocMoment moment;
    return moment;
}

HocMoment &
hoc_at_begin_of_run()
{
    static HocMoment moment;
    return moment;
}

} // namespace torpor_neuron
