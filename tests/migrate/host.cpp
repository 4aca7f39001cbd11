// cxx-host save|restore VERSION FILE: a simulator in C++17, by means of torpor/host.hpp.
//
// Its state is what C has no layout for: spike trains in a std::vector of std::vectors (ragged), a
// std::string of notes per cell (blob), and spikes in flight in a std::deque behind a codec. The
// model is version 1, 2 or 3: `restore 3` of what `save 1` wrote goes through two migrations. After
// a restore the state is compared with the one that was saved, and the report is printed.
#include <torpor/host.hpp>

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <deque>
#include <string>
#include <vector>

namespace
{

constexpr std::uint64_t n_cells = 23;

struct Spike {
    std::uint32_t sender;
    double time;
    bool
    operator==(const Spike &other) const
    {
        return sender == other.sender && time == other.time;
    }
};

struct State {
    std::vector<double> V;                   // version 1: mV, "V_m"; from 2 on: V, "V"
    std::vector<std::vector<double>> trains; // ms
    std::vector<std::string> notes;
    std::deque<Spike> in_flight;
    std::uint64_t step = 0;
};

struct Model {
    State live, pending;
    std::uint32_t version = 1;
};

State
make_state(int seed)
{
    State state;
    for (std::uint64_t i = 0; i < n_cells; i++) {
        state.V.push_back(-70.0 + 0.37 * static_cast<double>(i) * seed);
        state.trains.emplace_back();
        for (std::uint64_t k = 0; k < i % 5 * static_cast<unsigned>(seed); k++)
            state.trains.back().push_back(0.1 * static_cast<double>(k + i) + seed);
        state.notes.push_back(std::string(i % 7, static_cast<char>('a' + seed)));
    }
    for (std::uint32_t i = 0; i < 9u * static_cast<unsigned>(seed); i++)
        state.in_flight.push_back({i * 3, 1.5 * i + seed});
    state.step = 100u * static_cast<unsigned>(seed);
    return state;
}

// ---- ragged: anything that is a vector of vectors or of strings ----

template <auto Member>
void
get_lengths(Model &model, const torpor_population *, const torpor_field *, std::uint64_t first,
            std::uint64_t count, std::uint64_t *lengths)
{
    for (std::uint64_t i = 0; i < count; i++)
        lengths[i] = (model.live.*Member)[first + i].size();
}

template <auto Member>
void
gather(Model &model, const torpor_population *, const torpor_field *, std::uint64_t first,
       std::uint64_t count, const std::uint64_t *, void *values)
{
    auto *to = static_cast<char *>(values);
    for (std::uint64_t i = 0; i < count; i++) {
        const auto &from = (model.live.*Member)[first + i];
        const auto bytes = from.size() * sizeof from[0];
        if (bytes > 0)
            std::memcpy(to, from.data(), bytes);
        to += bytes;
    }
}

template <auto Member>
void
set_lengths(Model &model, const torpor_population *, const torpor_field *, std::uint64_t first,
            std::uint64_t count, const std::uint64_t *lengths)
{
    (model.pending.*Member).resize(n_cells);
    for (std::uint64_t i = 0; i < count; i++)
        (model.pending.*Member)[first + i].resize(lengths[i]);
}

template <auto Member>
void
scatter(Model &model, const torpor_population *, const torpor_field *, std::uint64_t first,
        std::uint64_t count, const std::uint64_t *, const void *values)
{
    const auto *from = static_cast<const char *>(values);
    for (std::uint64_t i = 0; i < count; i++) {
        auto &to = (model.pending.*Member)[first + i];
        const auto bytes = to.size() * sizeof to[0];
        if (bytes > 0)
            std::memcpy(&to[0], from, bytes);
        from += bytes;
        std::swap((model.live.*Member)[first + i], to);
    }
}

template <auto Member>
const torpor_ragged_accessor
    ragged = torpor_cpp::ragged_accessor<get_lengths<Member>, gather<Member>, set_lengths<Member>,
                                         scatter<Member>>();

// ---- V, a vector of numbers ----

void
gather_V(Model &model, const torpor_population *, const torpor_field *, std::uint64_t first,
         std::uint64_t count, void *column)
{
    std::memcpy(column, model.live.V.data() + first, count * sizeof(double));
}

void
scatter_V(Model &model, const torpor_population *, const torpor_field *, std::uint64_t first,
          std::uint64_t count, const void *column)
{
    std::memcpy(model.live.V.data() + first, column, count * sizeof(double));
}

const torpor_accessor V_accessor = torpor_cpp::accessor<gather_V, scatter_V>();

// ---- the codec of the deque: two arrays of any length. Its codec_data is the model ----

void
queue_to_state(Model &model, void *, const torpor_population *, const torpor_tree_writer *writer)
{
    std::vector<std::uint32_t> senders;
    std::vector<double> times;
    for (const Spike &spike : model.live.in_flight) {
        senders.push_back(spike.sender);
        times.push_back(spike.time);
    }
    torpor_cpp::put(*writer, "senders", senders);
    torpor_cpp::put(*writer, "times", times, "ms");
}

void
queue_from_state(Model &model, void *, const torpor_population *, const torpor_tree_reader *reader,
                 std::int32_t)
{
    const auto senders = torpor_cpp::get<std::uint32_t>(*reader, "senders");
    const auto times = torpor_cpp::get<double>(*reader, "times", "ms");
    if (times.size() != senders.size())
        throw torpor_cpp::Error(TORPOR_STATUS_MISMATCH, "not as many times as senders");
    model.pending.in_flight.clear();
    for (std::size_t i = 0; i < senders.size(); i++)
        model.pending.in_flight.push_back({senders[i], times[i]});
}

void
queue_commit(Model &model, void *, const torpor_population *)
{
    model.live.in_flight.swap(model.pending.in_flight);
}

void
queue_abort(void *model, void *, const torpor_population *)
{
    static_cast<Model *>(model)->pending.in_flight.clear();
}

torpor_codec
queue_codec(Model &model)
{
    auto codec = torpor_cpp::make<torpor_codec>();
    codec.type = "queue";
    codec.codec_data = &model;
    codec.to_state = torpor_cpp::slot<queue_to_state>;
    codec.from_state = torpor_cpp::slot<queue_from_state>;
    codec.commit = torpor_cpp::slot<queue_commit>;
    codec.abort = queue_abort;
    return codec;
}

// ---- migrations: 1 -> 2 renames V_m to V; 2 -> 3 drops the notes and brings a threshold ----

std::int32_t
to_version_2(void *, const char *, std::uint64_t, const torpor_tree_reader *from,
             const torpor_tree_writer *to, torpor_error *)
{
    to->copy(to->data, "V", from->data, "V_m");
    to->copy(to->data, "train", from->data, "train");
    return to->copy(to->data, "notes", from->data, "notes");
}

std::int32_t
to_version_3(void *, const char *, std::uint64_t, const torpor_tree_reader *from,
             const torpor_tree_writer *to, torpor_error *)
{
    to->copy(to->data, "V", from->data, "V");
    return to->copy(to->data, "train", from->data, "train");
}

torpor_migration
migration_to(std::uint32_t version, decltype(torpor_migration::migrate) migrate)
{
    auto migration = torpor_cpp::make<torpor_migration>();
    migration.type = "cell";
    migration.from_version = version - 1;
    migration.to_version = version;
    migration.migrate = migrate;
    return migration;
}

// ---- what objects consist of ----

torpor_field
V_field(std::uint32_t version)
{
    auto field =
        torpor_cpp::field<double>(version == 1 ? "V_m" : "V", 0, version == 3 ? "V" : "mV");
    field.accessor = &V_accessor;
    return field;
}

torpor_field
ragged_field(const char *name, std::uint32_t kind, std::uint32_t dtype, const char *unit,
             const torpor_ragged_accessor &accessor)
{
    auto field = torpor_cpp::make<torpor_field>();
    field.name = name;
    field.kind = kind;
    field.dtype = dtype;
    field.unit = unit;
    field.ragged_accessor = &accessor;
    return field;
}

void
declare_type(torpor *session, const char *name, std::uint32_t version,
             const std::vector<torpor_field> &fields, const char *base = nullptr)
{
    auto type = torpor_cpp::make<torpor_type>();
    type.name = name;
    type.base = base;
    type.version = version;
    type.fields = fields.data();
    type.n_fields = static_cast<std::uint32_t>(fields.size());
    torpor_cpp::run(torpor_declare_type, session, &type);
}

void
declare_all(torpor *session, Model &model)
{
    std::vector<torpor_field> cell = {
        V_field(model.version), ragged_field("train", TORPOR_FIELD_RAGGED, TORPOR_DTYPE_FLOAT64,
                                             "ms", ragged<&State::trains>)};
    if (model.version < 3)
        cell.push_back(ragged_field("notes", TORPOR_FIELD_BLOB, TORPOR_DTYPE_UINT8, nullptr,
                                    ragged<&State::notes>));
    declare_type(session, "cell", model.version, cell);
    declare_type(session, "queue", 1, {});
    declare_type(session, "spike_queue", 1, {}, "queue"); // has its base's codec
    const torpor_codec codec = queue_codec(model);
    torpor_cpp::run(torpor_declare_codec, session, &codec);
    for (const auto &migration : {migration_to(2, to_version_2), migration_to(3, to_version_3)})
        torpor_cpp::run(torpor_declare_migration, session, &migration);
}

// ---- the host ----

void
describe(Model &, const torpor_description *description)
{
    auto population = torpor_cpp::make<torpor_population>();
    population.layout = TORPOR_LAYOUT_ACCESSORS;
    population.path = "cells";
    population.type = "cell";
    population.count = n_cells;
    description->add_population(description->data, &population);
    population.path = "in_flight";
    population.type = "spike_queue";
    population.count = 1;
    description->add_population(description->data, &population);
}

void
get_clock(Model &model, torpor_clock *out)
{
    out->step = model.live.step;
    out->time = 0.1 * static_cast<double>(out->step);
    out->unit = "ms";
}

void
set_clock(Model &model, const torpor_clock *clock)
{
    model.live.step = clock->step;
}

void
print_message(void *, std::int32_t level, const char *message)
{
    std::printf("log %d: %s\n", level, message);
}

torpor_host
make_host()
{
    auto host = torpor_cpp::make<torpor_host>();
    host.name = "cxx-host";
    host.version = "1";
    host.clock = torpor_cpp::slot<get_clock>;
    host.describe = torpor_cpp::slot<describe>;
    host.restore_commit = torpor_cpp::slot<set_clock>;
    host.log = print_message;
    return host;
}

bool
is_restored(const Model &model, State expected)
{
    if (model.version == 3) {
        expected.notes = make_state(2).notes; // version 3 has none: the live ones stay
        for (double &V : expected.V)
            V /= 1000; // mV to V
    }
    return model.live.V == expected.V && model.live.trains == expected.trains &&
           model.live.notes == expected.notes && model.live.in_flight == expected.in_flight &&
           model.live.step == expected.step;
}

void
save_or_restore(Model &model, bool saves, const char *path)
{
    auto session =
        torpor_cpp::open(make_host(), &model, {"every_wall=1 h", "fsync=no", "mode=sync"});
    declare_all(session.get(), model);
    std::int32_t resumed = 0;
    if (saves)
        torpor_cpp::run(torpor_save, session.get(), path);
    else
        torpor_cpp::run(torpor_restore, session.get(), path, &resumed);
    std::printf("%s", torpor_report(session.get()));
    torpor_cpp::run(torpor_close, session.release());
}

} // namespace

int
main(int argc, char **argv)
{
    if (argc != 4) {
        std::fprintf(stderr, "usage: cxx-host save|restore VERSION FILE\n");
        return 2;
    }
    const bool saves = std::strcmp(argv[1], "save") == 0;
    Model model;
    model.version = static_cast<std::uint32_t>(std::atoi(argv[2]));
    model.live = make_state(saves ? 1 : 2);
    try {
        save_or_restore(model, saves, argv[3]);
    } catch (const torpor_cpp::Error &error) {
        std::printf("status %d: %s\n", error.status, error.what());
        return 1;
    }
    if (!saves)
        std::puts(is_restored(model, make_state(1)) ? "restored what was saved" : "another state");
    return 0;
}
