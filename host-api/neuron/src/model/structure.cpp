// SPDX-License-Identifier: MIT
#include "model/structure.h"

#include "model/calls.h"
#include "model/netcons.h"
#include "wheel/hoc.h"

extern int structure_change_cnt, diam_change_cnt;

namespace torpor_neuron
{

namespace
{

[[noreturn]] void
refuse(const std::string &what)
{
    throw Error(TORPOR_STATUS_REFUSED,
                what + " since the run began, and a script that is started again would not have "
                       "it so: change it between runs only");
}

} // namespace

Structure::Counts
Structure::count()
{
    return {structure_change_cnt, diam_change_cnt,   cvode_active_,       NetCons::n_moved(),
            n_calls_of_record(),  n_calls_of_play(), PlayRecords::count()};
}

Structure::Shape
Structure::shape_of(const Mechanisms &mechanisms)
{
    Shape shape;
    shape.lengths = all_sections().lengths();
    const double *areas = nrn_threads->node_area_storage();
    shape.areas.assign(areas, areas + all_segments().count());
    for (const auto &mechanism : mechanisms) {
        std::vector<std::uint32_t> &places = shape.places.emplace_back(mechanism->count());
        for (std::uint64_t i = 0; i < mechanism->count(); ++i)
            places[i] = mechanism->segment_of(i);
    }
    return shape;
}

void
Structure::note(const Mechanisms &mechanisms)
{
    const Counts now = count();
    const bool is_new = now.structure != counts_.structure || now.diameters != counts_.diameters;
    if (is_new)
        shape_ = shape_of(mechanisms);
    // A script that makes single steps gets here at each of them, and may record many Vectors.
    if (is_new || now.n_plays != counts_.n_plays || now.n_records != counts_.n_records)
        records_ = PlayRecords::identities();
    counts_ = now;
}

void
Structure::refuse_counted(const Counts &now) const
{
    if (now.variable_step != counts_.variable_step)
        refuse("CVode.active() has been changed");
    if (now.n_moved != counts_.n_moved)
        refuse("NetCon.setpost() has been called");
    if (now.n_recorded != counts_.n_recorded)
        refuse("NetCon.record() has been called");
}

void
Structure::refuse_another_shape(const Mechanisms &mechanisms) const
{
    const Shape now = shape_of(mechanisms);
    if (now.areas.size() != shape_.areas.size() || now.lengths.size() != shape_.lengths.size())
        refuse("sections or segments have been made or removed");
    for (std::size_t row = 0; row < now.lengths.size(); ++row)
        if (now.lengths[row] != shape_.lengths[row])
            refuse("L of section " + all_sections().name_of(row) + " has changed");
    for (std::size_t row = 0; row < now.areas.size(); ++row)
        if (now.areas[row] != shape_.areas[row])
            refuse("the area of segment " + all_segments().name_of(row) +
                   " has changed (by diam or 3-D points)");
    for (std::size_t i = 0; i < mechanisms.size(); ++i)
        if (now.places[i].size() != shape_.places[i].size())
            refuse("objects of " + mechanisms[i]->name() + " have been made or removed");
        else if (now.places[i] != shape_.places[i])
            refuse("an object of " + mechanisms[i]->name() + " has got another place");
}

void
Structure::refuse_changes(const Mechanisms &mechanisms) const
{
    const Counts now = count();
    refuse_counted(now);
    if (now.structure != counts_.structure || now.diameters != counts_.diameters)
        refuse_another_shape(mechanisms);
    if (!(records_ == PlayRecords::identities()))
        refuse("Vector.record(), Vector.play() or Vector.play_remove() has been called");
}

} // namespace torpor_neuron
