// SPDX-License-Identifier: MIT
// All instances of one mechanism, point process or artificial cell, as a population of the core:
// one column per field, in NEURON's own memory.
#ifndef TORPOR_NEURON_MECHANISM_H
#define TORPOR_NEURON_MECHANISM_H

#include <string>
#include <unordered_set>
#include <vector>

#include "base/error.h"
#include "model/segments.h"
#include "wheel/nrn.h"

namespace torpor_neuron
{

// The kind of mechanism that NEURON knows as number `type`.
class Mechanism
{
  public:
    explicit Mechanism(int type);
    Mechanism(const Mechanism &) = delete;
    Mechanism &operator=(const Mechanism &) = delete;

    const std::string &
    name() const
    {
        return name_;
    }
    const std::string &
    path() const
    {
        return path_;
    }
    int
    type() const
    {
        return type_;
    }
    std::uint64_t
    count() const
    {
        return count_;
    }
    // Find all instances, and where they are in memory now.
    void refresh();
    // Do not save variables that hold addresses of Vectors or Random objects now: the script sets
    // them again. Call it before declare().
    void leave_out_addresses();
    // Make variables NaN that have a name and are no parameters.
    void hide_state();
    // Throws Error if a variable that is saved holds an address, naming it.
    void refuse_addresses() const;
    void declare(torpor *session) const;
    // Uses memory of this object, which stays valid until the next refresh().
    torpor_population description() const;

    // The data of instance `i` that are not numbers; NULL: it has none.
    Datum *
    data_of(std::uint64_t i) const
    {
        const Part &part = part_of(i);
        return part.list->pdata != nullptr ? part.list->pdata[i - part.first] : nullptr;
    }
    // The node of instance `i`, which is no artificial cell.
    Node *
    node_of(std::uint64_t i) const
    {
        const Part &part = part_of(i);
        return part.list->nodelist[i - part.first];
    }
    // The segment of instance `i`: a row of Segments.
    std::uint32_t
    segment_of(std::uint64_t i) const
    {
        const Part &part = part_of(i);
        if (part.first_segment == Segments::NOWHERE)
            return Segments::NOWHERE;
        return part.first_segment +
               static_cast<std::uint32_t>(part.list->nodeindices[i - part.first]);
    }

  private:
    struct Field {
        std::string name, unit, doc;
        std::uint32_t flags;
        int n_elements;
        int index; // among NEURON's own
    };
    struct Random {
        std::string name;
        int index; // of its Datum
    };
    // The instances of one thread.
    struct Part {
        std::uint64_t first; // instance
        const Memb_list *list;
        std::uint32_t first_segment; // of the thread; NOWHERE: of artificial cells
    };
    const Part &
    part_of(std::uint64_t i) const
    {
        std::size_t at = parts_.size() - 1;
        while (parts_[at].first > i)
            --at;
        return parts_[at];
    }
    void list_fields();
    void list_random();
    void list_columns();
    // The first address in a field that is not one of `ignored`; NULL if there is none.
    const void *address_in(const Field &field,
                           const std::unordered_set<const void *> &ignored) const;

    int type_;
    std::string name_, path_;
    std::vector<Field> fields_;
    std::vector<Random> random_;
    const Symbol *vext_ = nullptr; // of extracellular: voltages that its nodes keep
    std::vector<Part> parts_;
    std::uint64_t count_ = 0;
    std::vector<torpor_column> columns_;
};

} // namespace torpor_neuron

#endif
