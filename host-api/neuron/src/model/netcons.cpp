// SPDX-License-Identifier: MIT
#include "model/netcons.h"

#include <algorithm>
#include <cstring>

#include "model/solver.h"
#include "wheel/hoc.h"

class PreSyn;
extern std::vector<PreSyn *> *net_cvode_instance_psl();

namespace torpor_neuron
{

namespace
{

constexpr std::uint32_t NONE = UINT32_MAX;
constexpr std::size_t N_CHECKED = 64;

// All objects of a template, as NEURON's list has them. To walk along it takes long, since it waits
// for memory at each item. To see that it is still the same does not, where memory is asked for
// what comes next.
struct KnownObjects {
    static constexpr std::size_t AHEAD = 24;
    const char *template_name;
    std::vector<hoc_Item *> items;
    std::vector<const Object *> names;
    std::vector<void *> objects;

    void
    list()
    {
        items.clear();
        names.clear();
        objects.clear();
        const cTemplate *found = template_named(template_name);
        items.reserve(static_cast<std::size_t>(found->count));
        names.reserve(items.capacity());
        objects.reserve(items.capacity());
        hoc_Item *item = nullptr;
        ITERATE(item, found->olist)
        {
            items.push_back(item);
            names.push_back(OBJ(item));
            objects.push_back(OBJ(item)->u.this_pointer);
        }
    }
    // Each item is known to be there by the one before it.
    bool
    are_current() const
    {
        hoc_Item *end = template_named(template_name)->olist;
        hoc_Item *item = end->next;
        for (std::size_t i = 0; i < items.size(); ++i) {
            const std::size_t next = std::min(i + AHEAD, items.size() - 1);
            __builtin_prefetch(items[next]);
            __builtin_prefetch(&names[next]->u);
            if (item != items[i] || OBJ(item) != names[i] || names[i]->u.this_pointer != objects[i])
                return false;
            item = item->next;
        }
        return item == end;
    }
};

// Of this process: NEURON has one model.
KnownObjects &
all_netcons()
{
    static KnownObjects netcons{"NetCon", {}, {}, {}};
    return netcons;
}

const NetCons &
netcons_of(const torpor_population *population)
{
    return *static_cast<const NetCons *>(population->population_data);
}

std::int32_t
count_weights(void *, const torpor_population *population, const torpor_field *,
              std::uint64_t first, std::uint64_t count, std::uint64_t *lengths, torpor_error *)
{
    for (std::uint64_t i = 0; i < count; ++i)
        lengths[i] = static_cast<std::uint64_t>(netcons_of(population).at(first + i).n_weights);
    return TORPOR_STATUS_OK;
}

std::int32_t
gather_weights(void *, const torpor_population *population, const torpor_field *,
               std::uint64_t first, std::uint64_t count, const std::uint64_t *lengths, void *values,
               torpor_error *)
{
    auto *out = static_cast<double *>(values);
    for (std::uint64_t i = 0; i < count; ++i)
        out = std::copy_n(netcons_of(population).at(first + i).weight, lengths[i], out);
    return TORPOR_STATUS_OK;
}

std::int32_t
compare_weights(void *, const torpor_population *population, const torpor_field *,
                std::uint64_t first, std::uint64_t count, const std::uint64_t *lengths,
                torpor_error *error)
{
    for (std::uint64_t i = 0; i < count; ++i) {
        const NetCon &netcon = netcons_of(population).at(first + i);
        if (lengths[i] != static_cast<std::uint64_t>(netcon.n_weights))
            return torpor_error_set(error, TORPOR_STATUS_MISMATCH,
                                    "%s has %d weights, but %llu were saved",
                                    name_of(netcon.object).c_str(), netcon.n_weights,
                                    static_cast<unsigned long long>(lengths[i]));
    }
    return TORPOR_STATUS_OK;
}

std::int32_t
scatter_weights(void *, const torpor_population *population, const torpor_field *,
                std::uint64_t first, std::uint64_t count, const std::uint64_t *lengths,
                const void *values, torpor_error *)
{
    const auto *in = static_cast<const double *>(values);
    for (std::uint64_t i = 0; i < count; ++i) {
        std::copy_n(in, lengths[i], netcons_of(population).at(first + i).weight);
        in += lengths[i];
    }
    return TORPOR_STATUS_OK;
}

std::int32_t
gather_sources(void *, const torpor_population *population, const torpor_field *,
               std::uint64_t first, std::uint64_t count, void *column, torpor_error *)
{
    const NetCons &netcons = netcons_of(population);
    for (std::uint64_t i = 0; i < count; ++i)
        static_cast<std::uint32_t *>(column)[i] = NetCons::row_of(netcons.at(first + i).source);
    return TORPOR_STATUS_OK;
}

// The number of the target in its template: 3 for "ExpSyn[3]".
std::int32_t
gather_targets(void *, const torpor_population *population, const torpor_field *,
               std::uint64_t first, std::uint64_t count, void *column, torpor_error *)
{
    for (std::uint64_t i = 0; i < count; ++i) {
        const Point_process *target = netcons_of(population).at(first + i).target;
        static_cast<std::uint32_t *>(column)[i] =
            target != nullptr && target->ob != nullptr
                ? static_cast<std::uint32_t>(target->ob->index)
                : NONE;
    }
    return TORPOR_STATUS_OK;
}

} // namespace

NetCons::NetCons() : netcons_(all_netcons().objects)
{
}

void
NetCons::refresh()
{
    sources_.clear();
    const bool has_told = remembers_conditions();
    if (const auto *sources = net_cvode_instance_psl())
        for (void *source : *sources) {
            if (!has_told) // then NEURON leaves it uninitialised
                static_cast<PreSyn *>(source)->told = 0.;
            static_cast<PreSyn *>(source)->row = static_cast<long>(sources_.size());
            sources_.push_back(source);
        }
    KnownObjects &known = all_netcons();
    if (known.are_current())
        return;
    known.list();
    // All are laid out alike, and there may be many, each somewhere else in memory.
    for (std::size_t i = 0; i < std::min(known.names.size(), N_CHECKED); ++i)
        check_layout(known.names[i]);
}

void
NetCons::check_layout(const Object *object) const
{
    const auto *netcon = static_cast<const NetCon *>(object->u.this_pointer);
    const bool is_known =
        netcon->object == object && netcon->n_weights >= 0 &&
        (netcon->source == nullptr || source(row_of(netcon->source)) == netcon->source);
    if (!is_known)
        throw Error(TORPOR_STATUS_VERSION,
                    name_of(object) + " is not laid out as in the NEURON that this adapter was "
                                      "built for: install its wheel from PyPI");
}

NetCon *
NetCons::find(std::uint32_t number) const
{
    const auto found = std::lower_bound(
        netcons_.begin(), netcons_.end(), number, [](const void *netcon, std::uint32_t wanted) {
            return static_cast<std::uint32_t>(static_cast<const NetCon *>(netcon)->object->index) <
                   wanted;
        });
    if (found == netcons_.end())
        return nullptr;
    auto *netcon = static_cast<NetCon *>(*found);
    return static_cast<std::uint32_t>(netcon->object->index) == number ? netcon : nullptr;
}

void
NetCons::declare(torpor *session)
{
    auto source = make<torpor_accessor>();
    source.gather = gather_sources;
    auto target = make<torpor_accessor>();
    target.gather = gather_targets;
    auto weights = make<torpor_ragged_accessor>();
    weights.lengths = count_weights;
    weights.gather = gather_weights;
    weights.set_lengths = compare_weights;
    weights.scatter = scatter_weights;

    auto netcon = make<torpor_type>();
    torpor_field fields[] = {
        torpor_cpp::field<std::uint32_t>("source", 0, nullptr, "row in PreSyn",
                                         TORPOR_FIELD_CONSTANT),
        torpor_cpp::field<std::uint32_t>("target", 0, nullptr, "number of the point process",
                                         TORPOR_FIELD_CONSTANT),
        torpor_cpp::field<double>("weight", 0, nullptr, nullptr, TORPOR_FIELD_GIVEN),
        TORPOR_FIELD(NetCon, delay, "ms", nullptr, TORPOR_FIELD_GIVEN),
        TORPOR_FIELD(NetCon, active, nullptr, nullptr, TORPOR_FIELD_GIVEN),
    };
    fields[0].accessor = &source;
    fields[1].accessor = &target;
    fields[2].kind = TORPOR_FIELD_RAGGED;
    fields[2].ragged_accessor = &weights;
    netcon.version = 1;
    netcon.name = "NetCon";
    netcon.fields = fields;
    netcon.n_fields = sizeof fields / sizeof *fields;
    run(torpor_declare_type, session, &netcon);

    auto presyn = make<torpor_type>();
    const torpor_field state[] = {
        TORPOR_FIELD(PreSyn, threshold, nullptr, nullptr, TORPOR_FIELD_GIVEN),
        TORPOR_FIELD(PreSyn, flag, nullptr, "above the threshold"),
        TORPOR_FIELD(PreSyn, valold, nullptr),
        TORPOR_FIELD(PreSyn, told, "ms"),
        TORPOR_FIELD(PreSyn, valthresh, nullptr),
    };
    presyn.version = 1;
    presyn.name = "PreSyn";
    presyn.fields = state;
    presyn.n_fields = sizeof state / sizeof *state;
    run(torpor_declare_type, session, &presyn);
}

void
NetCons::describe(const torpor_description &description) const
{
    const auto add = [&](const char *path, const std::vector<void *> &objects) {
        auto population = make<torpor_population>();
        population.layout = TORPOR_LAYOUT_POINTERS;
        population.path = path;
        population.type = path;
        population.count = objects.size();
        population.objects = objects.data();
        population.population_data = this;
        description.add_population(description.data, &population);
    };
    add("PreSyn", sources_);
    add("NetCon", netcons_);
}

} // namespace torpor_neuron
