// SPDX-License-Identifier: MIT
#include "model/randoms.h"

#include <cmath>
#include <string>
#include <unordered_map>

#include "base/tree.h"
#include "wheel/hoc.h"

extern std::uint32_t mcell_lowindex();
extern void mcell_ran4_init(std::uint32_t);
extern bool use_mcran4();
extern void set_use_mcran4(bool);
extern double scop_random();
extern void set_seed(double);

namespace torpor_neuron
{

namespace
{

Random &
random_of(const Object *object)
{
    return *static_cast<Random *>(object->u.this_pointer);
}

// NULL for a distribution that keeps no number.
Random::Normal *
normal_of(const Random &random)
{
    if (random.distribution == nullptr)
        return nullptr;
    const std::string name = class_of(random.distribution);
    return name == "Normal" || name == "LogNormal"
               ? static_cast<Random::Normal *>(random.distribution)
               : nullptr;
}

// scop_random() of MOD files keeps its state in a static variable, which cannot be read. Without
// MCellRan4 it is a linear congruential generator, whose numbers tell its state: draw one, and go
// back by one.
std::uint32_t
scop_random_state()
{
    constexpr std::uint32_t FACTOR = 2147437301, INCREMENT = 453816981;
    std::uint32_t inverse = FACTOR; // of an odd number, by Newton's iteration: right in 3 bits
    for (int bits = 3; bits < 32; bits *= 2)
        inverse *= 2 - FACTOR * inverse;
    const bool uses_mcran4 = use_mcran4();
    set_use_mcran4(false);
    const auto next = static_cast<std::uint32_t>(std::llround(scop_random() * UINT32_MAX));
    const std::uint32_t state = (next - INCREMENT) * inverse;
    set_seed(state);
    set_use_mcran4(uses_mcran4);
    return state;
}

// As hoc makes one; where it is comes next.
void
set_generator(Object *object, std::uint32_t type)
{
    if (type == Random::MCELL_RAN4)
        call(object, "MCellRan4", {1., 0.});
    else
        call(object, "Random123", {0., 0., 0.});
}

} // namespace

void
Randoms::capture(const Object *object, Rows &rows)
{
    const Random &random = random_of(object);
    std::uint32_t numbers[NUMBERS] = {};
    if (random.type == Random::RANDOM123) {
        read_stream(static_cast<Random::Random123 *>(random.generator)->stream, numbers);
    } else if (random.type == Random::MCELL_RAN4) {
        const auto *generator = static_cast<const Random::MCellRan4 *>(random.generator);
        numbers[0] = generator->high;
        numbers[1] = generator->original;
        numbers[2] = generator->low;
    } else {
        throw Error(TORPOR_STATUS_REFUSED,
                    name_of(object) + " has a generator of type " + std::to_string(random.type) +
                        ", of which nothing is known: use Random123 or MCellRan4");
    }
    const Random::Normal *normal = normal_of(random);
    const bool has_kept = normal != nullptr && normal->has_kept;
    rows.object.push_back(static_cast<std::uint32_t>(object->index));
    rows.type.push_back(static_cast<std::uint32_t>(random.type));
    rows.numbers.insert(rows.numbers.end(), numbers, numbers + NUMBERS);
    rows.has_kept.push_back(has_kept ? 1 : 0);
    rows.kept.push_back(has_kept ? normal->kept : 0.);
    const Distribution distribution = torpor_neuron::distribution_of(object);
    rows.distribution.push_back(distribution.kind);
    rows.parameters.insert(rows.parameters.end(), distribution.parameters.begin(),
                           distribution.parameters.end());
}

void
Randoms::put_back(Object *object, const Rows &rows, std::size_t row)
{
    const Random &random = random_of(object);
    if (static_cast<std::uint32_t>(random.type) != rows.type[row])
        set_generator(object, rows.type[row]);
    if (!(torpor_neuron::distribution_of(object) == rows.distribution_of(row)))
        set_distribution(object, rows.distribution_of(row));
    const std::uint32_t *numbers = &rows.numbers[row * NUMBERS];
    if (random.type == Random::RANDOM123) {
        write_stream(static_cast<Random::Random123 *>(random.generator)->stream, numbers);
    } else {
        auto *generator = static_cast<Random::MCellRan4 *>(random.generator);
        generator->high = numbers[0];
        generator->original = numbers[1];
        generator->low = numbers[2];
    }
    if (Random::Normal *normal = normal_of(random)) {
        normal->has_kept = rows.has_kept[row] != 0;
        normal->kept = rows.kept[row];
    }
}

namespace
{

torpor_array
matrix_of(const void *values, std::uint32_t dtype, std::size_t n_rows, std::size_t n_columns)
{
    torpor_array array{};
    array.data = const_cast<void *>(values);
    array.dtype = dtype;
    array.rank = 2;
    array.shape[0] = n_rows;
    array.shape[1] = n_columns;
    return array;
}

} // namespace

void
Randoms::write(const torpor_tree_writer &writer)
{
    Rows rows;
    for (const Object *object : objects_of("Random"))
        capture(object, rows);
    const torpor_array numbers =
        matrix_of(rows.numbers.data(), TORPOR_DTYPE_UINT32, rows.object.size(), NUMBERS);
    const torpor_array parameters =
        matrix_of(rows.parameters.data(), TORPOR_DTYPE_FLOAT64, rows.object.size(), 2);
    torpor_cpp::put(writer, "Random", rows.object);
    torpor_cpp::put(writer, "type", rows.type);
    writer.put_array(writer.data, "numbers", &numbers);
    torpor_cpp::put(writer, "has_kept", rows.has_kept);
    torpor_cpp::put(writer, "kept", rows.kept);
    torpor_cpp::put(writer, "distribution", rows.distribution);
    writer.put_array(writer.data, "parameters", &parameters);
    writer.begin_map(writer.data, "distributions");
    for (std::uint32_t kind = 0; kind < DISTRIBUTIONS.size(); ++kind)
        writer.put_uint(writer.data, DISTRIBUTIONS[kind], kind);
    writer.end_map(writer.data);
    writer.put_uint(writer.data, "scop_random", scop_random_state());
    writer.put_uint(writer.data, "MCellRan4_low_index", mcell_lowindex());
    writer.put_uint(writer.data, "Random123_global_index", nrnran123_get_globalindex());
}

void
Randoms::read_distributions(const torpor_tree_reader &reader)
{
    const std::size_t n = rows_.object.size();
    rows_.distribution = torpor_cpp::get<std::uint32_t>(reader, "distribution");
    rows_.parameters.resize(2 * n);
    const torpor_array parameters = matrix_of(rows_.parameters.data(), TORPOR_DTYPE_FLOAT64, n, 2);
    run(reader.read_array, reader.data, "parameters", &parameters);
    if (rows_.distribution.size() != n)
        throw Error(TORPOR_STATUS_MISMATCH, "random: columns of different lengths");
    for (const std::uint32_t kind : rows_.distribution)
        if (kind >= DISTRIBUTIONS.size())
            throw Error(TORPOR_STATUS_MISMATCH,
                        "random: a distribution of kind " + std::to_string(kind) + " is not known");
}

void
Randoms::read(const torpor_tree_reader &reader)
{
    *this = {};
    rows_.object = torpor_cpp::get<std::uint32_t>(reader, "Random");
    rows_.type = torpor_cpp::get<std::uint32_t>(reader, "type");
    rows_.has_kept = torpor_cpp::get<std::uint8_t>(reader, "has_kept");
    rows_.kept = torpor_cpp::get<double>(reader, "kept");
    const std::size_t n = rows_.object.size();
    rows_.numbers.resize(n * NUMBERS);
    const torpor_array numbers = matrix_of(rows_.numbers.data(), TORPOR_DTYPE_UINT32, n, NUMBERS);
    run(reader.read_array, reader.data, "numbers", &numbers);
    if (rows_.type.size() != n || rows_.has_kept.size() != n || rows_.kept.size() != n)
        throw Error(TORPOR_STATUS_MISMATCH, "random: columns of different lengths");
    read_distributions(reader);
    scop_random_ =
        static_cast<std::uint32_t>(get<std::uint64_t>(reader, reader.get_uint, "scop_random"));
    low_index_ = static_cast<std::uint32_t>(
        get<std::uint64_t>(reader, reader.get_uint, "MCellRan4_low_index"));
    global_index_ = static_cast<std::uint32_t>(
        get<std::uint64_t>(reader, reader.get_uint, "Random123_global_index"));

    std::unordered_map<std::uint32_t, Object *> live;
    for (Object *object : objects_of("Random"))
        live.emplace(static_cast<std::uint32_t>(object->index), object);
    for (std::size_t row = 0; row < n; ++row) {
        const auto found = live.find(rows_.object[row]);
        if (found == live.end())
            continue; // the script has not made it yet
        if (rows_.type[row] != Random::RANDOM123 && rows_.type[row] != Random::MCELL_RAN4)
            throw Error(TORPOR_STATUS_MISMATCH,
                        name_of(found->second) + " was saved with a generator of type " +
                            std::to_string(rows_.type[row]) + ", of which nothing is known");
        objects_.push_back(found->second);
        row_of_.push_back(row);
    }
}

void
Randoms::commit()
{
    for (std::size_t i = 0; i < objects_.size(); ++i)
        put_back(objects_[i], rows_, row_of_[i]);
    set_seed(scop_random_);
    if (mcell_lowindex() != low_index_)
        mcell_ran4_init(low_index_);
    if (nrnran123_get_globalindex() != global_index_)
        nrnran123_set_globalindex(global_index_);
    *this = {};
}

} // namespace torpor_neuron
