// SPDX-License-Identifier: MIT
#include "model/sections.h"

#include <algorithm>
#include <memory>
#include <unordered_map>

#include "base/tree.h"
#include "wheel/layouts.h"

extern int structure_change_cnt, diam_change_cnt, diam_changed;
extern void recalc_diam();
extern double nrn_connection_position(Section *);
extern double nrn_section_orientation(Section *);

namespace torpor_neuron
{

namespace
{

Section *
parent_of(const Section *section)
{
    return reinterpret_cast<const SectionHead *>(section)->parent;
}

template <class Value>
std::vector<Value>
read_column(const torpor_tree_reader &reader, const char *name, const char *unit, std::size_t n)
{
    auto values = torpor_cpp::get<Value>(reader, name, unit);
    if (values.size() != n)
        throw Error(TORPOR_STATUS_MISMATCH, "the script has built " + std::to_string(n) +
                                                " sections, and " + std::to_string(values.size()) +
                                                " were saved: build the same sections");
    return values;
}

// Straight to the file, from the column that stays here.
template <class Value>
void
put(const torpor_tree_writer &writer, const char *name, const std::vector<Value> &column,
    const char *unit = nullptr)
{
    const torpor_array array = torpor_cpp::array_of(column, unit);
    const std::int32_t status = writer.put_late(
        writer.data, name, &array,
        [](void *from, void *values, torpor_error *) {
            const auto &all = *static_cast<const std::vector<Value> *>(from);
            std::copy(all.begin(), all.end(), static_cast<Value *>(values));
            return TORPOR_STATUS_OK;
        },
        const_cast<std::vector<Value> *>(&column));
    if (status != TORPOR_STATUS_OK)
        throw Error(status, std::string(name) + ": cannot be written");
}

} // namespace

Sections &
all_sections()
{
    static Sections sections;
    return sections;
}

// NEURON counts each change of Ra, rallbranch, L and diam, and of what is connected.
void
Sections::refresh()
{
    if (structure_ == structure_change_cnt && diameters_ == diam_change_cnt)
        return;
    *this = {};
    std::unordered_map<const Section *, std::uint32_t> rows;
    const std::unique_ptr<SectionListIterator, decltype(&nrn_sectionlist_iterator_free)> all(
        nrn_sectionlist_iterator_new(nrn_allsec()), &nrn_sectionlist_iterator_free);
    while (nrn_sectionlist_iterator_done(all.get()) == 0) {
        Section *section = nrn_sectionlist_iterator_next(all.get());
        rows.emplace(section, static_cast<std::uint32_t>(sections_.size()));
        sections_.push_back(section);
    }
    for (Section *section : sections_) {
        const auto parent = rows.find(parent_of(section));
        const bool is_root = parent == rows.end();
        parents_.push_back(is_root ? NO_PARENT : parent->second);
        positions_.push_back(is_root ? 0. : nrn_connection_position(section));
        orientations_.push_back(is_root ? 0. : nrn_section_orientation(section));
        lengths_.push_back(nrn_section_length_get(section));
        ra_.push_back(nrn_section_Ra_get(section));
        rallbranch_.push_back(nrn_section_rallbranch_get(section));
    }
    structure_ = structure_change_cnt;
    diameters_ = diam_change_cnt;
}

std::string
Sections::name_of(std::size_t row) const
{
    return nrn_secname(sections_[row]);
}

void
Sections::write(const torpor_tree_writer &writer) const
{
    put(writer, "Ra", ra_); // in ohm cm
    put(writer, "rallbranch", rallbranch_);
    put(writer, "L", lengths_, "um");
    put(writer, "parent", parents_);
    put(writer, "parent_x", positions_);
    put(writer, "orientation", orientations_);
}

void
Sections::read(const torpor_tree_reader &reader)
{
    const std::size_t n = sections_.size();
    const auto compare = [&](const char *name, const char *unit, const auto &live,
                             const char *remedy) {
        using Value = std::decay_t<decltype(live[0])>;
        const auto saved = read_column<Value>(reader, name, unit, n);
        for (std::size_t row = 0; row < n; ++row)
            if (saved[row] != live[row])
                throw Error(TORPOR_STATUS_MISMATCH,
                            std::string("sections: ") + name + " of " + name_of(row) + " is " +
                                std::to_string(live[row]) + ", and was " +
                                std::to_string(saved[row]) + " when this was saved: " + remedy);
    };
    compare("L", "um", lengths_, "give it the same length");
    compare("parent", nullptr, parents_, "connect it to the same section");
    compare("parent_x", nullptr, positions_, "connect it at the same place");
    compare("orientation", nullptr, orientations_, "connect it by the same end");
    read_ra_ = read_column<double>(reader, "Ra", nullptr, n);
    read_rallbranch_ = read_column<double>(reader, "rallbranch", nullptr, n);
}

void
Sections::commit()
{
    bool has_changed = false;
    for (std::size_t row = 0; row < sections_.size(); ++row) {
        if (read_ra_[row] != ra_[row]) {
            nrn_section_Ra_set(sections_[row], read_ra_[row]);
            has_changed = true;
        }
        if (read_rallbranch_[row] != rallbranch_[row]) {
            nrn_section_rallbranch_set(sections_[row], read_rallbranch_[row]);
            has_changed = true;
        }
    }
    if (has_changed) {
        diam_changed = 1;
        recalc_diam(); // as before the next step, but before a variable one begins again
        refresh();
    }
}

} // namespace torpor_neuron
