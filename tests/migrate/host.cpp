// cxx-host save|restore VERSION FILE: a simulator in C++17 against the C header.
//
// Its state is what C has no layout for: spike trains in a std::vector of std::vectors (ragged), a
// std::string of notes per cell (blob), and spikes in flight in a std::deque behind a codec. The
// model is version 1, 2 or 3: `restore 3` of what `save 1` wrote goes through two migrations. After
// a restore the state is compared with the one that was saved, and the report is printed.
#include <torpor/loader.h>

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <deque>
#include <stdexcept>
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
    torpor_population populations[2] = {};
    torpor_field fields[4] = {};
    torpor_type types[3] = {};
};

State
make(int seed)
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

// No exception may cross the ABI.
template <typename Work>
std::int32_t
guarded(torpor_error *error, Work work)
{
    try {
        return work();
    } catch (const std::exception &thrown) {
        std::snprintf(error->message, sizeof error->message, "%s", thrown.what());
        return TORPOR_STATUS_HOST;
    }
}

State &
live(void *host)
{
    return static_cast<Model *>(host)->live;
}
State &
pending(void *host)
{
    return static_cast<Model *>(host)->pending;
}

// ---- ragged: anything that is a vector of vectors or of strings ----

template <auto Member> struct Ragged {
    static std::int32_t
    lengths(void *host, const torpor_population *, const torpor_field *, std::uint64_t first,
            std::uint64_t count, std::uint64_t *lengths, torpor_error *)
    {
        for (std::uint64_t i = 0; i < count; i++)
            lengths[i] = (live(host).*Member)[first + i].size();
        return TORPOR_STATUS_OK;
    }
    static std::int32_t
    gather(void *host, const torpor_population *, const torpor_field *, std::uint64_t first,
           std::uint64_t count, const std::uint64_t *, void *values, torpor_error *)
    {
        auto *to = static_cast<char *>(values);
        for (std::uint64_t i = 0; i < count; i++) {
            const auto &from = (live(host).*Member)[first + i];
            const auto bytes = from.size() * sizeof from[0];
            if (bytes > 0)
                std::memcpy(to, from.data(), bytes);
            to += bytes;
        }
        return TORPOR_STATUS_OK;
    }
    static std::int32_t
    set_lengths(void *host, const torpor_population *, const torpor_field *, std::uint64_t first,
                std::uint64_t count, const std::uint64_t *lengths, torpor_error *error)
    {
        return guarded(error, [&] {
            (pending(host).*Member).resize(n_cells);
            for (std::uint64_t i = 0; i < count; i++)
                (pending(host).*Member)[first + i].resize(lengths[i]);
            return TORPOR_STATUS_OK;
        });
    }
    static void
    scatter(void *host, const torpor_population *, const torpor_field *, std::uint64_t first,
            std::uint64_t count, const std::uint64_t *, const void *values)
    {
        const auto *from = static_cast<const char *>(values);
        for (std::uint64_t i = 0; i < count; i++) {
            auto &to = (pending(host).*Member)[first + i];
            const auto bytes = to.size() * sizeof to[0];
            if (bytes > 0)
                std::memcpy(&to[0], from, bytes);
            from += bytes;
            std::swap((live(host).*Member)[first + i], to);
        }
    }
    static torpor_accessor
    accessor()
    {
        torpor_accessor slots = {};
        slots.struct_size = sizeof slots;
        slots.lengths = lengths;
        slots.gather_ragged = gather;
        slots.set_lengths = set_lengths;
        slots.scatter_ragged = scatter;
        return slots;
    }
};

const torpor_accessor train_accessor = Ragged<&State::trains>::accessor();
const torpor_accessor note_accessor = Ragged<&State::notes>::accessor();

std::int32_t
gather_V(void *host, const torpor_population *, const torpor_field *, std::uint64_t first,
         std::uint64_t count, void *column, torpor_error *)
{
    std::memcpy(column, live(host).V.data() + first, count * sizeof(double));
    return TORPOR_STATUS_OK;
}

void
scatter_V(void *host, const torpor_population *, const torpor_field *, std::uint64_t first,
          std::uint64_t count, const void *column)
{
    std::memcpy(live(host).V.data() + first, column, count * sizeof(double));
}

torpor_accessor
make_V_accessor()
{
    torpor_accessor slots = {};
    slots.struct_size = sizeof slots;
    slots.gather = gather_V;
    slots.scatter = scatter_V;
    return slots;
}
const torpor_accessor V_accessor = make_V_accessor();

// ---- the codec of the deque: two arrays of any length ----

std::int32_t
queue_to_state(void *, void *host, const torpor_population *, const torpor_tree_writer *writer,
               torpor_error *error)
{
    return guarded(error, [&] {
        std::vector<std::uint32_t> senders;
        std::vector<double> times;
        for (const Spike &spike : live(host).in_flight) {
            senders.push_back(spike.sender);
            times.push_back(spike.time);
        }
        torpor_view view = {};
        view.rank = 1;
        view.shape[0] = senders.size();
        view.dtype = TORPOR_DTYPE_UINT32;
        view.data = senders.data();
        writer->put_view(writer->data, "senders", &view);
        view.dtype = TORPOR_DTYPE_FLOAT64;
        view.data = times.data();
        view.unit = "ms";
        return writer->put_view(writer->data, "times", &view);
    });
}

std::int32_t
queue_from_state(void *, void *host, const torpor_population *, const torpor_tree_reader *reader,
                 std::int32_t, torpor_error *error)
{
    return guarded(error, [&]() -> std::int32_t {
        torpor_view view = {};
        std::int32_t status = reader->describe(reader->data, "senders", &view, error);
        if (status != TORPOR_STATUS_OK)
            return status;
        if (view.rank != 1)
            throw std::runtime_error("spikes in flight are no list");
        std::vector<std::uint32_t> senders(view.shape[0]);
        std::vector<double> times(view.shape[0]);
        view.data = senders.data();
        status = reader->read_view(reader->data, "senders", &view, error);
        view.dtype = TORPOR_DTYPE_FLOAT64;
        view.unit = "ms";
        view.data = times.data();
        if (status == TORPOR_STATUS_OK)
            status = reader->read_view(reader->data, "times", &view, error);
        pending(host).in_flight.clear();
        for (std::size_t i = 0; status == TORPOR_STATUS_OK && i < senders.size(); i++)
            pending(host).in_flight.push_back({senders[i], times[i]});
        return status;
    });
}

void
queue_commit(void *, void *host, const torpor_population *)
{
    live(host).in_flight.swap(pending(host).in_flight);
}

void
queue_abort(void *, void *host, const torpor_population *)
{
    pending(host).in_flight.clear();
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

// ---- what is where ----

std::int32_t
list_populations(void *host, const torpor_population **out, std::uint64_t *count,
                 std::uint32_t *element_size, torpor_error *)
{
    auto *model = static_cast<Model *>(host);
    *out = model->populations;
    *count = 2;
    *element_size = sizeof *model->populations;
    return TORPOR_STATUS_OK;
}

std::int32_t
tell_clock(void *host, torpor_clock *out, torpor_error *)
{
    out->step = live(host).step;
    out->time = 0.1 * static_cast<double>(out->step);
    out->unit = "ms";
    return TORPOR_STATUS_OK;
}

void
set_clock(void *host, const torpor_clock *clock)
{
    live(host).step = clock->step;
}

void
say(void *, std::int32_t level, const char *message)
{
    std::printf("log %d: %s\n", level, message);
}

torpor_host
make_host()
{
    torpor_host host = {};
    host.abi_major = TORPOR_ABI_MAJOR;
    host.abi_minor = TORPOR_ABI_MINOR;
    host.struct_size = sizeof host;
    host.name = "cxx-host";
    host.version = "1";
    host.clock = tell_clock;
    host.populations = list_populations;
    host.restore_commit = set_clock;
    host.log = say;
    return host;
}
const torpor_host host_table = make_host();

void
describe(Model &model)
{
    torpor_field field = {};
    field.dtype = TORPOR_DTYPE_FLOAT64;
    field.kind = TORPOR_FIELD_VALUE;
    field.name = model.version == 1 ? "V_m" : "V";
    field.unit = model.version == 3 ? "V" : "mV";
    field.accessor = &V_accessor;
    model.fields[0] = field;
    field.kind = TORPOR_FIELD_RAGGED;
    field.name = "train";
    field.unit = "ms";
    field.accessor = &train_accessor;
    model.fields[1] = field;
    field.unit = nullptr;
    field.kind = TORPOR_FIELD_BLOB;
    field.name = "notes";
    field.dtype = TORPOR_DTYPE_UINT8;
    field.accessor = &note_accessor;
    model.fields[2] = field;
    torpor_type type = {};
    type.struct_size = sizeof type;
    type.field_size = sizeof(torpor_field);
    type.version = model.version;
    type.name = "cell";
    type.fields = model.fields;
    type.n_fields = model.version == 3 ? 2 : 3;
    model.types[0] = type;
    type.version = 1;
    type.fields = nullptr;
    type.n_fields = 0;
    type.name = "queue";
    model.types[1] = type;
    type.name = "spike_queue"; // has its base's codec
    type.base = "queue";
    model.types[2] = type;
    torpor_population population = {};
    population.layout = TORPOR_LAYOUT_ACCESSORS;
    population.path = "cells";
    population.type = "cell";
    population.count = n_cells;
    model.populations[0] = population;
    population.path = "in_flight";
    population.type = "spike_queue";
    population.count = 1;
    model.populations[1] = population;
}

void
check(std::int32_t status, const torpor_error &error)
{
    if (status == TORPOR_STATUS_OK)
        return;
    std::printf("status %d: %s\n", status, error.message);
    std::exit(1);
}

bool
is_restored(const Model &model, State expected, int saved_version)
{
    if (model.version == 3)
        expected.notes = make(2).notes; // version 3 has none: the live ones stay
    if (model.version == 3 && saved_version < 3)
        for (double &V : expected.V)
            V /= 1000;
    return model.live.V == expected.V && model.live.trains == expected.trains &&
           model.live.notes == expected.notes && model.live.in_flight == expected.in_flight &&
           model.live.step == expected.step;
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
    model.live = make(saves ? 1 : 2);
    describe(model);
    torpor_error error = {};
    error.struct_size = sizeof error;
    const char *const options[] = {"every_wall=1 h", "fsync=no", "mode=sync"};
    torpor *session = torpor_open(&host_table, &model, options, 3, &error);
    check(session == nullptr ? error.status : TORPOR_STATUS_OK, error);
    for (const torpor_type &type : model.types)
        check(torpor_declare_type(session, &type, &error), error);
    torpor_codec codec = {};
    codec.struct_size = sizeof codec;
    codec.type = "queue";
    codec.to_state = queue_to_state;
    codec.from_state = queue_from_state;
    codec.commit = queue_commit;
    codec.abort = queue_abort;
    check(torpor_declare_codec(session, &codec, &error), error);
    torpor_migration migrations[2] = {};
    for (torpor_migration &migration : migrations) {
        const bool is_first = &migration == migrations;
        migration.struct_size = sizeof migration;
        migration.type = "cell";
        migration.from_version = is_first ? 1 : 2;
        migration.to_version = is_first ? 2 : 3;
        migration.migrate = is_first ? to_version_2 : to_version_3;
        check(torpor_declare_migration(session, &migration, &error), error);
    }
    std::int32_t resumed = 0;
    if (saves)
        check(torpor_save(session, argv[3], &error), error);
    else
        check(torpor_restore(session, argv[3], &resumed, &error), error);
    std::printf("%s", torpor_report(session));
    check(torpor_close(session, &error), error);
    if (!saves)
        std::puts(is_restored(model, make(1), 1) ? "restored what was saved" : "another state");
    return 0;
}
