// SPDX-License-Identifier: MIT
#include "model/mechanism.h"

#include <algorithm>
#include <cstdio>
#include <cstring>
#include <limits>

#include "model/addresses.h"
#include "model/mod_source.h"
#include "model/streams.h"
#include "model/units.h"

extern double *nrn_vext_pd(Symbol *, int, Node *);

namespace torpor_neuron
{

namespace
{

const Mechanism &
mechanism_of(const torpor_population *population)
{
    return *static_cast<const Mechanism *>(population->population_data);
}

// ---- streams of RANDOM variables ----

nrnran123_State *
stream_of(const torpor_population *population, const torpor_field *field, std::uint64_t instance)
{
    const auto index = reinterpret_cast<std::uintptr_t>(field->field_data);
    return static_cast<nrnran123_State *>(
        mechanism_of(population).data_of(instance)[index].get<void *>());
}

std::int32_t
gather_streams(void *, const torpor_population *population, const torpor_field *field,
               std::uint64_t first, std::uint64_t count, void *column, torpor_error *)
{
    auto *out = static_cast<std::uint32_t *>(column);
    std::fill_n(out, count * STREAM_NUMBERS, 0U);
    for (std::uint64_t i = 0; i < count; ++i, out += STREAM_NUMBERS) {
        nrnran123_State *stream = stream_of(population, field, first + i);
        if (stream != nullptr)
            read_stream(stream, out);
    }
    return TORPOR_STATUS_OK;
}

std::int32_t
scatter_streams(void *, const torpor_population *population, const torpor_field *field,
                std::uint64_t first, std::uint64_t count, const void *column, torpor_error *)
{
    const auto *in = static_cast<const std::uint32_t *>(column);
    for (std::uint64_t i = 0; i < count; ++i, in += STREAM_NUMBERS) {
        nrnran123_State *stream = stream_of(population, field, first + i);
        if (stream != nullptr)
            write_stream(stream, in);
    }
    return TORPOR_STATUS_OK;
}

// ---- voltages outside of the membrane, in layers ----

double *
vext_of(const torpor_population *population, const torpor_field *field, std::uint64_t instance)
{
    auto *symbol = static_cast<Symbol *>(const_cast<void *>(field->field_data));
    return nrn_vext_pd(symbol, 0, mechanism_of(population).node_of(instance));
}

std::int32_t
gather_vext(void *, const torpor_population *population, const torpor_field *field,
            std::uint64_t first, std::uint64_t count, void *column, torpor_error *)
{
    auto *out = static_cast<double *>(column);
    for (std::uint64_t i = 0; i < count; ++i)
        out = std::copy_n(vext_of(population, field, first + i), nrn_nlayer_extracellular, out);
    return TORPOR_STATUS_OK;
}

std::int32_t
scatter_vext(void *, const torpor_population *population, const torpor_field *field,
             std::uint64_t first, std::uint64_t count, const void *column, torpor_error *)
{
    const auto *in = static_cast<const double *>(column);
    for (std::uint64_t i = 0; i < count; ++i, in += nrn_nlayer_extracellular)
        std::copy_n(in, nrn_nlayer_extracellular, vext_of(population, field, first + i));
    return TORPOR_STATUS_OK;
}

// ---- who an instance is ----

std::int32_t
gather_segments(void *, const torpor_population *population, const torpor_field *,
                std::uint64_t first, std::uint64_t count, void *column, torpor_error *)
{
    auto *out = static_cast<std::uint32_t *>(column);
    for (std::uint64_t i = 0; i < count; ++i)
        out[i] = mechanism_of(population).segment_of(first + i);
    return TORPOR_STATUS_OK;
}

// The field's own name: NEURON appends "_hh" to those of density mechanisms.
std::string
field_name(const Symbol *symbol, const std::string &mechanism, bool is_point)
{
    const std::string name = symbol->name;
    const std::string suffix = "_" + mechanism;
    const bool has_suffix = !is_point && name.size() > suffix.size() &&
                            name.compare(name.size() - suffix.size(), suffix.size(), suffix) == 0;
    return has_suffix ? name.substr(0, name.size() - suffix.size()) : name;
}

} // namespace

Mechanism::Mechanism(int type) : type_(type), name_(memb_func[type].sym->name)
{
    const char *kind = nrn_is_artificial_[type] != 0   ? "artificial_cells/"
                       : memb_func[type].is_point != 0 ? "point_processes/"
                                                       : "mechanisms/";
    path_ = kind + name_;
    list_fields();
    list_random();
}

// Fields that MOD files do not declare as RANGE have no name, and are state all the same.
void
Mechanism::list_fields()
{
    const int n_fields = neuron::mechanism::get_field_count<double>(type_);
    const int *sizes = neuron::mechanism::get_array_dims<double>(type_);
    std::vector<int> field_at; // by NEURON's index, which counts the elements of arrays
    for (int f = 0; f < n_fields; ++f) {
        fields_.push_back(
            {"_hidden" + std::to_string(f), "", "", TORPOR_FIELD_HIDDEN, sizes[f], f});
        field_at.insert(field_at.end(), static_cast<std::size_t>(sizes[f]), f);
    }
    const Symbol *mechanism = memb_func[type_].sym;
    for (unsigned i = 0; i < mechanism->s_varn; ++i) {
        const Symbol *symbol = mechanism->u.ppsym[i];
        const int kind = nrn_vartype(symbol);
        const auto at = static_cast<std::size_t>(symbol->u.rng.index);
        if (type_ == EXTRACELL &&
            at == static_cast<std::size_t>(neuron::extracellular::vext_pseudoindex()))
            vext_ = symbol;
        if (kind == NRNPOINTER || kind == NMODLRANDOM || at >= field_at.size())
            continue;
        Field &field = fields_[static_cast<std::size_t>(field_at[at])];
        field.name = field_name(symbol, name_, memb_func[type_].is_point != 0);
        field.flags = kind == nrnocCONST ? TORPOR_FIELD_PARAMETER : 0;
        const char *unit = symbol->extra != nullptr ? symbol->extra->units : nullptr;
        const std::string written = unit != nullptr ? unit : "";
        if (const char *known = unit_of(written))
            field.unit = known;
        else if (!written.empty())
            field.doc = "in " + written;
    }
}

void
Mechanism::list_random()
{
    const Symbol *mechanism = memb_func[type_].sym;
    for (const int index : nrn_mech_random_indices(type_)) {
        std::string name = "_random" + std::to_string(index);
        for (unsigned i = 0; i < mechanism->s_varn; ++i) {
            const Symbol *symbol = mechanism->u.ppsym[i];
            if (nrn_vartype(symbol) == NMODLRANDOM && symbol->u.rng.index == index)
                name = field_name(symbol, name_, memb_func[type_].is_point != 0);
        }
        random_.push_back({name, index});
    }
}

void
Mechanism::refresh()
{
    parts_.clear();
    count_ = 0;
    // `first`: the row of the first segment of the thread that it belongs to.
    const auto add = [&](const Memb_list &list, std::uint32_t first) {
        if (list.nodecount == 0)
            return;
        parts_.push_back({count_, &list, first});
        count_ += static_cast<std::uint64_t>(list.nodecount);
    };
    if (nrn_is_artificial_[type_] != 0)
        add(memb_list[static_cast<std::size_t>(type_)], Segments::NOWHERE);
    else
        for (NrnThread *thread : for_threads(nrn_threads, nrn_nthread))
            for (NrnThreadMembList *part = thread->tml; part != nullptr; part = part->next)
                if (part->index == type_)
                    add(*part->ml, Segments::first_of(thread));
    list_columns();
}

void
Mechanism::list_columns()
{
    const std::size_t n_accessors = 1 + random_.size() + (vext_ != nullptr ? 1 : 0);
    columns_.assign(n_accessors, torpor_column{nullptr, 0});
    double *const *data = neuron::mechanism::get_data_ptrs<double>(type_);
    for (const Field &field : fields_)
        columns_.push_back({data[field.index], 0});
}

const void *
Mechanism::address_in(const Field &field, const std::unordered_set<const void *> &ignored) const
{
    const double *values = neuron::mechanism::get_data_ptrs<double>(type_)[field.index];
    const std::uint64_t n = count() * static_cast<std::uint64_t>(field.n_elements);
    for (std::uint64_t i = 0; i < n; ++i) {
        if (!may_be_address(values[i]))
            continue;
        const void *address = torpor_neuron::address_in(values[i]);
        if (address != nullptr && ignored.count(address) == 0)
            return address;
    }
    return nullptr;
}

void
Mechanism::leave_out_addresses()
{
    if (count() == 0 || !has_verbatim(type_))
        return;
    const auto holds_address = [&](const Field &field) {
        return address_in(field, {}) != nullptr && address_in(field, saved_objects()) == nullptr;
    };
    fields_.erase(std::remove_if(fields_.begin(), fields_.end(), holds_address), fields_.end());
    list_columns();
}

void
Mechanism::hide_state()
{
    for (const Field &field : fields_)
        if (field.flags == 0)
            std::fill_n(neuron::mechanism::get_data_ptrs<double>(type_)[field.index],
                        count() * static_cast<std::uint64_t>(field.n_elements),
                        std::numeric_limits<double>::quiet_NaN());
}

void
Mechanism::refuse_addresses() const
{
    if (count() == 0 || !has_verbatim(type_))
        return;
    for (const Field &field : fields_)
        if (const void *address = address_in(field, {}))
            throw Error(TORPOR_STATUS_REFUSED,
                        name_ + " keeps the address of " +
                            (saved_objects().count(address) != 0
                                 ? std::string("a Vector or Random object in its variable ") +
                                       field.name +
                                       ", which it did not when checkpoints began: let the script "
                                       "set it before"
                                 : "memory in its variable " + field.name +
                                       ", where only its MOD file's VERBATIM blocks know what is "
                                       "kept"));
}

void
Mechanism::declare(torpor *session) const
{
    auto where = make<torpor_accessor>();
    where.gather = gather_segments;
    auto streams = make<torpor_accessor>();
    streams.gather = gather_streams;
    streams.scatter = scatter_streams;

    std::vector<torpor_field> fields;
    const auto add = [&](const char *name, std::uint32_t dtype, std::uint32_t flags) {
        auto field = make<torpor_field>();
        field.kind = TORPOR_FIELD_VALUE;
        field.name = name;
        field.dtype = dtype;
        field.flags = flags;
        fields.push_back(field);
    };
    add("segment", TORPOR_DTYPE_UINT32, TORPOR_FIELD_CONSTANT | TORPOR_FIELD_HIDDEN);
    fields.back().accessor = &where;
    for (const Random &random : random_) {
        add(random.name.c_str(), TORPOR_DTYPE_UINT32, TORPOR_FIELD_GIVEN);
        fields.back().accessor = &streams;
        fields.back().rank = 1;
        fields.back().shape[0] = STREAM_NUMBERS;
        fields.back().doc =
            "Random123: three ids, sequence, which of its four numbers is next, and these";
        fields.back().field_data =
            reinterpret_cast<const void *>(static_cast<std::uintptr_t>(random.index));
    }
    auto outside = make<torpor_accessor>();
    outside.gather = gather_vext;
    outside.scatter = scatter_vext;
    if (vext_ != nullptr) {
        add("vext", TORPOR_DTYPE_FLOAT64, 0);
        fields.back().unit = "mV";
        fields.back().accessor = &outside;
        fields.back().rank = 1;
        fields.back().shape[0] = static_cast<std::uint64_t>(nrn_nlayer_extracellular);
        fields.back().field_data = vext_;
    }
    for (const Field &field : fields_) {
        add(field.name.c_str(), TORPOR_DTYPE_FLOAT64, field.flags);
        fields.back().unit = field.unit.empty() ? nullptr : field.unit.c_str();
        fields.back().doc = field.doc.empty() ? nullptr : field.doc.c_str();
        fields.back().rank = field.n_elements > 1 ? 1 : 0;
        fields.back().shape[0] = static_cast<std::uint64_t>(field.n_elements);
    }
    auto type = make<torpor_type>();
    type.version = 1;
    type.name = name_.c_str();
    type.fields = fields.data();
    type.n_fields = static_cast<std::uint32_t>(fields.size());
    run(torpor_declare_type, session, &type);
}

torpor_population
Mechanism::description() const
{
    auto population = make<torpor_population>();
    population.layout = TORPOR_LAYOUT_COLUMNS;
    population.path = path_.c_str();
    population.type = name_.c_str();
    population.count = count();
    population.columns = columns_.data();
    population.n_columns = columns_.size();
    population.population_data = this;
    return population;
}

} // namespace torpor_neuron
