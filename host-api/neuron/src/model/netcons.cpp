// SPDX-License-Identifier: MIT
#include "model/netcons.h"

#include <algorithm>
#include <utility>

#include "base/ahead.h"
#include "model/solver.h"
#include "model/vectors.h"
#include "wheel/hoc.h"

class PreSyn;
extern std::vector<PreSyn *> *net_cvode_instance_psl();

namespace torpor_neuron
{

namespace
{

constexpr std::uint32_t NONE = UINT32_MAX;
constexpr std::size_t N_CHECKED = 64;

// Counts the NetCons that NEURON removes, and those that it gives another target, which may take
// another number of weights; from the first call on to the end of the process.
class Changes
{
  public:
    static void
    watch()
    {
        auto *netcon = const_cast<cTemplate *>(template_named("NetCon"));
        if (remove == nullptr)
            remove = std::exchange(netcon->destructor, note_removal);
        else if (netcon->destructor != note_removal) // somebody else's, who may pass some over
            ++n_removed;
        auto &setpost = hoc_table_lookup("setpost", netcon->symtable)->u.u_proc->defn.pfd_vp;
        if (move == nullptr)
            move = std::exchange(setpost, note_move);
        else if (setpost != note_move)
            ++n_moved;
    }
    static inline std::uint64_t n_removed = 0;
    static inline std::uint64_t n_moved = 0;

  private:
    static void
    note_removal(void *netcon)
    {
        ++n_removed;
        remove(netcon);
    }
    static double
    note_move(void *netcon)
    {
        ++n_moved;
        return move(netcon);
    }
    static inline void (*remove)(void *) = nullptr; // NEURON's own
    static inline double (*move)(void *) = nullptr;
};

// Of this process: NEURON has one model.
ListedNetCons &
all_netcons()
{
    static ListedNetCons listed;
    return listed;
}

bool
is_current(const ListedNetCons &listed)
{
    const cTemplate *now = template_named("NetCon");
    return listed.n_removed == Changes::n_removed && listed.n_made == now->index &&
           listed.netcons.size() == static_cast<std::size_t>(now->count);
}

void
list(ListedNetCons &listed)
{
    const cTemplate *now = template_named("NetCon");
    listed.netcons.clear();
    listed.n_weights = -1;
    listed.netcons.reserve(static_cast<std::size_t>(now->count));
    for_each_object(
        "NetCon", [&](const Object *object) { listed.netcons.push_back(object->u.this_pointer); });
    listed.n_removed = Changes::n_removed;
    listed.n_made = now->index;
}

const NetCons &
netcons_of(const torpor_population *population)
{
    return *static_cast<const NetCons *>(population->population_data);
}

// -1: they have different numbers of them.
int
n_weights_of_each(const NetCons &netcons)
{
    const std::uint64_t n = netcons.count();
    for (std::uint64_t i = 0; i < n; ++i) {
        ask_ahead(i, n, [&](std::size_t k) { return &netcons.at(k).n_weights; });
        if (netcons.at(i).n_weights != netcons.at(0).n_weights)
            return -1;
    }
    return n > 0 ? netcons.at(0).n_weights : -1;
}

// First for NetCons, then for what they lead to, then for what that leads to.
TORPOR_NEURON_ASKS void
ask_for_netcons(const NetCons &netcons, std::uint64_t i)
{
    const std::uint64_t n = netcons.count();
    ask_ahead(i + 2 * AHEAD, n, [&](std::size_t k) { return &netcons.at(k); });
    ask_ahead(i + 2 * AHEAD, n, [&](std::size_t k) { return &netcons.at(k).active; });
    if (i + 2 * AHEAD < n) {
        const NetCon &next = netcons.at(i + 2 * AHEAD);
        __builtin_prefetch(next.weight);
        if (next.source != nullptr)
            __builtin_prefetch(&next.source->row);
        if (next.target != nullptr)
            __builtin_prefetch(&next.target->ob);
    }
    if (i + AHEAD < n) {
        const Point_process *target = netcons.at(i + AHEAD).target;
        if (target != nullptr && target->ob != nullptr)
            __builtin_prefetch(&target->ob->index);
    }
}

std::int32_t
count_weights(void *, const torpor_population *population, const torpor_field *,
              std::uint64_t first, std::uint64_t count, std::uint64_t *lengths, torpor_error *)
{
    const NetCons &netcons = netcons_of(population);
    if (netcons.n_weights() >= 0) {
        std::fill_n(lengths, count, static_cast<std::uint64_t>(netcons.n_weights()));
        return TORPOR_STATUS_OK;
    }
    for (std::uint64_t i = first; i < first + count; ++i) {
        ask_ahead(i, netcons.count(), [&](std::size_t k) { return &netcons.at(k).n_weights; });
        *lengths++ = static_cast<std::uint64_t>(netcons.at(i).n_weights);
    }
    return TORPOR_STATUS_OK;
}

// `were`: "saved" or "counted".
std::int32_t
check_weights(const NetCon &netcon, std::uint64_t n, const char *were, torpor_error *error)
{
    if (n == static_cast<std::uint64_t>(netcon.n_weights))
        return TORPOR_STATUS_OK;
    return torpor_error_set(error, TORPOR_STATUS_MISMATCH, "%s has %d weights, but %llu were %s",
                            name_of(netcon.object).c_str(), netcon.n_weights,
                            static_cast<unsigned long long>(n), were);
}

std::int32_t
gather_weights(void *, const torpor_population *population, const torpor_field *,
               std::uint64_t first, std::uint64_t count, const std::uint64_t *lengths, void *values,
               torpor_error *error)
{
    const NetCons &netcons = netcons_of(population);
    auto *out = static_cast<double *>(values);
    std::int32_t status = TORPOR_STATUS_OK;
    for (std::uint64_t i = 0; i < count && status == TORPOR_STATUS_OK; ++i) {
        const NetCon &netcon = netcons.at(first + i);
        status = check_weights(netcon, lengths[i], "counted", error);
        for (int k = 0; k < netcon.n_weights && status == TORPOR_STATUS_OK; ++k)
            *out++ = netcon.weight[k]; // mostly one: a call would take longer
    }
    return status;
}

std::int32_t
compare_weights(void *, const torpor_population *population, const torpor_field *,
                std::uint64_t first, std::uint64_t count, const std::uint64_t *lengths,
                torpor_error *error)
{
    std::int32_t status = TORPOR_STATUS_OK;
    for (std::uint64_t i = 0; i < count && status == TORPOR_STATUS_OK; ++i)
        status = check_weights(netcons_of(population).at(first + i), lengths[i], "saved", error);
    return status;
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
    auto *out = static_cast<std::uint32_t *>(column);
    for (std::uint64_t i = first; i < first + count; ++i) {
        ask_for_netcons(netcons, i);
        *out++ = NetCons::row_of(netcons.at(i).source);
    }
    return TORPOR_STATUS_OK;
}

// The number of the target in its template: 3 for "ExpSyn[3]".
std::int32_t
gather_targets(void *, const torpor_population *population, const torpor_field *,
               std::uint64_t first, std::uint64_t count, void *column, torpor_error *)
{
    const NetCons &netcons = netcons_of(population);
    auto *out = static_cast<std::uint32_t *>(column);
    for (std::uint64_t i = first; i < first + count; ++i) {
        const Point_process *target = netcons.at(i).target;
        *out++ = target != nullptr && target->ob != nullptr
                     ? static_cast<std::uint32_t>(target->ob->index)
                     : NONE;
    }
    return TORPOR_STATUS_OK;
}

// Of the Vector that records spikes.
template <IvocVect *PreSyn::*VECTOR>
std::int32_t
gather_vectors(void *, const torpor_population *population, const torpor_field *,
               std::uint64_t first, std::uint64_t count, void *column, torpor_error *)
{
    auto *out = static_cast<std::uint32_t *>(column);
    for (std::uint64_t i = first; i < first + count; ++i) {
        const auto *source = static_cast<const PreSyn *>(
            netcons_of(population).source(static_cast<std::uint32_t>(i)));
        *out++ = number_of(source->*VECTOR);
    }
    return TORPOR_STATUS_OK;
}

} // namespace

NetCons::NetCons() : listed_(all_netcons())
{
}

void
NetCons::refresh()
{
    std::vector<void *> &sources = listed_.sources;
    sources.clear();
    if (const auto *found = net_cvode_instance_psl())
        sources.assign(found->begin(), found->end());
    const bool has_told = remembers_conditions();
    for (std::size_t row = 0; row < sources.size(); ++row) {
        const auto at = [&](std::size_t k) { return static_cast<PreSyn *>(sources[k]); };
        ask_ahead(row, sources.size(), [&](std::size_t k) { return &at(k)->told; });
        ask_ahead(row, sources.size(), [&](std::size_t k) { return &at(k)->row; });
        PreSyn *source = at(row);
        if (!has_told) // then NEURON leaves it uninitialised
            source->told = 0.;
        source->row = static_cast<long>(row);
    }
    Changes::watch();
    if (!is_current(listed_)) {
        list(listed_);
        // All are laid out alike, and there may be many, each somewhere else in memory.
        std::size_t n_checked = 0;
        for_each_object("NetCon", [&](const Object *object) {
            if (n_checked++ < N_CHECKED)
                check_layout(object);
        });
    } else if (listed_.n_moved == Changes::n_moved) {
        return;
    }
    listed_.n_weights = n_weights_of_each(*this);
    listed_.n_moved = Changes::n_moved;
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

std::uint64_t
NetCons::n_moved()
{
    Changes::watch();
    return Changes::n_moved;
}

NetCon *
NetCons::find(std::uint32_t number) const
{
    const auto found = std::lower_bound(
        listed_.netcons.begin(), listed_.netcons.end(), number,
        [](const void *netcon, std::uint32_t wanted) {
            return static_cast<std::uint32_t>(static_cast<const NetCon *>(netcon)->object->index) <
                   wanted;
        });
    if (found == listed_.netcons.end())
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
    auto times = make<torpor_accessor>();
    times.gather = gather_vectors<&PreSyn::times>;
    auto ids = make<torpor_accessor>();
    ids.gather = gather_vectors<&PreSyn::ids>;
    torpor_field state[] = {
        TORPOR_FIELD(PreSyn, threshold, nullptr, nullptr, TORPOR_FIELD_GIVEN),
        TORPOR_FIELD(PreSyn, flag, nullptr, "above the threshold"),
        TORPOR_FIELD(PreSyn, valold, nullptr),
        TORPOR_FIELD(PreSyn, told, "ms"),
        TORPOR_FIELD(PreSyn, valthresh, nullptr),
        torpor_cpp::field<std::uint32_t>("times", 0, nullptr, "number of the Vector",
                                         TORPOR_FIELD_CONSTANT | TORPOR_FIELD_HIDDEN),
        torpor_cpp::field<std::uint32_t>("ids", 0, nullptr, "number of the Vector",
                                         TORPOR_FIELD_CONSTANT | TORPOR_FIELD_HIDDEN),
    };
    state[5].accessor = &times;
    state[6].accessor = &ids;
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
    add("PreSyn", listed_.sources);
    add("NetCon", listed_.netcons);
}

} // namespace torpor_neuron
