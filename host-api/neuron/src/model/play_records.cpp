// SPDX-License-Identifier: MIT
#include "model/play_records.h"

#include <algorithm>
#include <cstring>
#include <unordered_map>

#include "base/tree.h"
#include "model/segments.h"
#include "model/vectors.h"

class PlayRecord;
extern std::vector<PlayRecord *> *net_cvode_instance_prl();
extern bool nrn_use_fast_imem;

namespace torpor_neuron
{

namespace
{

// In the order of their numbers in the column `kind`.
constexpr const char *KINDS[] = {"TvecRecord",  "YvecRecord",   "VecRecordDiscrete",
                                 "VecRecordDt", "VecPlayStep",  "VecPlayContinuous",
                                 "GLineRecord", "GVectorRecord"};
constexpr std::uint32_t N_KINDS = sizeof KINDS / sizeof *KINDS;
constexpr std::uint32_t RECORD_DT = 3, PLAY_STEP = 4, PLAY_CONTINUOUS = 5, LAST_OF_VECTOR = 5;

std::uint32_t
kind_of(const void *record)
{
    static std::unordered_map<const void *, std::uint32_t> known; // by vtable
    const auto [place, is_new] = known.try_emplace(*static_cast<const void *const *>(record));
    if (is_new)
        place->second =
            static_cast<std::uint32_t>(std::find(KINDS, KINDS + N_KINDS, class_of(record)) - KINDS);
    return place->second;
}

std::vector<std::uint32_t>
kinds()
{
    std::vector<std::uint32_t> found;
    for (const void *record : *net_cvode_instance_prl())
        found.push_back(kind_of(record));
    return found;
}

// In ms; 0 for one that has none.
double
interval_of(const void *record)
{
    const std::uint32_t kind = kind_of(record);
    return kind == RECORD_DT   ? static_cast<const VecRecordDt *>(record)->interval
           : kind == PLAY_STEP ? static_cast<const VecPlayStep *>(record)->interval
                               : 0.;
}

// What lies in equal columns of NEURON's own memory: "mechanisms/hh/m", and where it begins.
struct Column {
    const double *begin, *end;
    std::string name;
};

// By address.
std::vector<Column>
columns()
{
    std::vector<Column> found;
    const auto add = [&](const double *begin, std::uint64_t n, const std::string &name) {
        if (n > 0)
            found.push_back({begin, begin + n, name});
    };
    const std::uint64_t n_segments = all_segments().count();
    add(nrn_threads->node_voltage_storage(), n_segments, "v");
    if (nrn_use_fast_imem)
        add(nrn_threads->node_sav_rhs_storage(), n_segments, "i_membrane_");
    for (int type = 0; type < n_memb_func; ++type) {
        const auto at = static_cast<std::size_t>(type);
        if (memb_func[at].sym == nullptr)
            continue;
        std::uint64_t n = 0;
        if (nrn_is_artificial_[type] != 0)
            n = static_cast<std::uint64_t>(memb_list[at].nodecount);
        else
            for (NrnThread *thread : for_threads(nrn_threads, nrn_nthread))
                for (NrnThreadMembList *part = thread->tml; part != nullptr; part = part->next)
                    if (part->index == type)
                        n += static_cast<std::uint64_t>(part->ml->nodecount);
        const int n_fields = n > 0 ? neuron::mechanism::get_field_count<double>(type) : 0;
        for (int f = 0; f < n_fields; ++f)
            add(neuron::mechanism::get_data_ptrs<double>(type)[f],
                n * static_cast<std::uint64_t>(neuron::mechanism::get_array_dims<double>(type)[f]),
                std::string(memb_func[at].sym->name) + "." + std::to_string(f));
    }
    std::sort(found.begin(), found.end(),
              [](const Column &a, const Column &b) { return a.begin < b.begin; });
    return found;
}

// Which variable it is, such as "v 12": that of segment 12. "": one elsewhere in memory.
std::string
variable_of(const void *record, const std::vector<Column> &known)
{
    const auto &handle = *reinterpret_cast<const neuron::container::data_handle<double> *>(
        static_cast<const char *>(record) + sizeof(void *));
    const auto *address = static_cast<const double *>(handle);
    const auto after = std::upper_bound(
        known.begin(), known.end(), address,
        [](const double *wanted, const Column &column) { return wanted < column.begin; });
    if (address == nullptr || after == known.begin() || address >= (after - 1)->end)
        return "";
    return (after - 1)->name + " " + std::to_string(address - (after - 1)->begin);
}

// The number of its Vector.
std::uint32_t
vector_of(const void *record)
{
    return kind_of(record) > LAST_OF_VECTOR
               ? NO_VECTOR
               : number_of(static_cast<const PlayRecord *>(record)->values);
}

// Which Vector records what: see PlayRecords::read().
struct Roles {
    std::vector<std::uint32_t> vectors;
    std::vector<double> intervals;
    std::vector<std::string> variables;
};

Roles
roles()
{
    Roles found;
    const std::vector<Column> known = columns();
    for (const void *record : *net_cvode_instance_prl()) {
        found.vectors.push_back(vector_of(record));
        found.intervals.push_back(interval_of(record));
        const bool has_variable = kind_of(record) <= LAST_OF_VECTOR;
        found.variables.push_back(has_variable ? variable_of(record, known) : "");
    }
    return found;
}

std::string
name_of_vector(std::uint32_t number)
{
    return "Vector[" + std::to_string(number) + "]";
}

} // namespace

std::size_t
PlayRecords::count()
{
    return net_cvode_instance_prl()->size();
}

std::vector<PlayRecords::Identity>
PlayRecords::identities()
{
    std::vector<Identity> found;
    for (const void *record : *net_cvode_instance_prl()) {
        Identity &one = found.emplace_back();
        std::memcpy(one.bytes, record, sizeof one.bytes);
        std::memset(one.bytes + offsetof(PlayRecord, solver), 0, sizeof(void *));
        std::memset(one.bytes + offsetof(PlayRecord, thread), 0, sizeof(int));
        one.interval = interval_of(record);
    }
    return found;
}

void
PlayRecords::write(const torpor_tree_writer &writer)
{
    const auto &records = *net_cvode_instance_prl();
    const std::vector<std::uint32_t> kind = kinds();
    std::vector<std::int32_t> positions;
    positions.reserve(3 * records.size());
    for (std::size_t i = 0; i < records.size(); ++i) {
        const void *record = records[i];
        std::int32_t position[3] = {};
        if (kind[i] == PLAY_STEP) {
            position[0] = static_cast<const VecPlayStep *>(record)->next;
        } else if (kind[i] == PLAY_CONTINUOUS) {
            const auto *played = static_cast<const VecPlayContinuous *>(record);
            position[0] = played->last;
            position[1] = played->discontinuity;
            position[2] = played->upper;
        }
        positions.insert(positions.end(), position, position + 3);
    }
    torpor_cpp::put(writer, "kind", kind);
    torpor_array array = torpor_cpp::array_of(positions);
    array.rank = 2;
    array.shape[0] = records.size();
    array.shape[1] = 3;
    writer.put_array(writer.data, "position", &array);
    const Roles role = roles();
    torpor_cpp::put(writer, "vector", role.vectors);
    torpor_cpp::put(writer, "interval", role.intervals, "ms");
    writer.begin_map(writer.data, "variables");
    for (std::size_t i = 0; i < role.variables.size(); ++i)
        writer.put_text(writer.data, std::to_string(i).c_str(), role.variables[i].c_str());
    writer.end_map(writer.data);
    writer.begin_map(writer.data, "kinds");
    for (std::uint32_t number = 0; number < N_KINDS; ++number)
        writer.put_uint(writer.data, KINDS[number], number);
    writer.end_map(writer.data);
}

void
PlayRecords::read(const torpor_tree_reader &reader)
{
    const auto saved = torpor_cpp::get<std::uint32_t>(reader, "kind");
    const auto live = kinds();
    if (saved != live)
        throw Error(TORPOR_STATUS_MISMATCH,
                    "play_records: the script has " + std::to_string(live.size()) +
                        " Vectors that are played or that record, where " +
                        std::to_string(saved.size()) +
                        " were saved: let it call Vector.play() and Vector.record() as it did "
                        "then, in the same order");
    const Roles live_roles = roles();
    const auto vectors = torpor_cpp::get<std::uint32_t>(reader, "vector");
    const auto intervals = torpor_cpp::get<double>(reader, "interval", "ms");
    for (std::size_t i = 0; i < saved.size(); ++i) {
        const auto differs = [&](const std::string &what, const std::string &then,
                                 const std::string &now) {
            throw Error(TORPOR_STATUS_MISMATCH,
                        "play_records: " + name_of_vector(live_roles.vectors[i]) + " has " + what +
                            " " + now + ", and had " + then +
                            " when this was saved: let the script call Vector.play() and "
                            "Vector.record() as it did then");
        };
        if (vectors.at(i) != live_roles.vectors[i])
            differs("the place of", name_of_vector(vectors[i]),
                    name_of_vector(live_roles.vectors[i]));
        if (intervals.at(i) != live_roles.intervals[i])
            differs("interval", std::to_string(intervals[i]),
                    std::to_string(live_roles.intervals[i]));
        const std::string variable =
            get<const char *>(reader, reader.get_text, "variables/" + std::to_string(i));
        if (variable != live_roles.variables[i])
            differs("variable", variable, live_roles.variables[i]);
    }
    positions_.resize(3 * saved.size());
    torpor_array array = torpor_cpp::array_of(positions_);
    array.rank = 2;
    array.shape[0] = saved.size();
    array.shape[1] = 3;
    run(reader.read_array, reader.data, "position", &array);
}

void
PlayRecords::commit()
{
    const auto &records = *net_cvode_instance_prl();
    const auto kind = kinds();
    for (std::size_t i = 0; i < records.size(); ++i) {
        void *record = records[i];
        const std::int32_t *position = &positions_[3 * i];
        if (kind[i] == PLAY_STEP) {
            static_cast<VecPlayStep *>(record)->next = position[0];
        } else if (kind[i] == PLAY_CONTINUOUS) {
            auto *played = static_cast<VecPlayContinuous *>(record);
            played->last = position[0];
            played->discontinuity = position[1];
            played->upper = position[2];
        }
    }
    positions_.clear();
}

} // namespace torpor_neuron
