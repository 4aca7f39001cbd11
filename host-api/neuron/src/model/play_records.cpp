// SPDX-License-Identifier: MIT
#include "model/play_records.h"

#include <algorithm>

#include "base/tree.h"

class PlayRecord;
class VecPlayStepSave
{
  public:
    void savestate_restore();
};
class VecPlayContinuousSave
{
  public:
    void savestate_restore();
};
extern std::vector<PlayRecord *> *net_cvode_instance_prl();

namespace torpor_neuron
{

namespace
{

// In the order of their numbers in the column `kind`.
constexpr const char *KINDS[] = {"TvecRecord",  "YvecRecord",   "VecRecordDiscrete",
                                 "VecRecordDt", "VecPlayStep",  "VecPlayContinuous",
                                 "GLineRecord", "GVectorRecord"};
constexpr std::uint32_t N_KINDS = sizeof KINDS / sizeof *KINDS;
constexpr std::uint32_t PLAY_STEP = 4, PLAY_CONTINUOUS = 5;

std::vector<std::uint32_t>
kinds()
{
    std::vector<std::uint32_t> found;
    for (const void *record : *net_cvode_instance_prl()) {
        const auto *kind = std::find(KINDS, KINDS + N_KINDS, class_of(record));
        found.push_back(static_cast<std::uint32_t>(kind - KINDS));
    }
    return found;
}

// NEURON would run the statement again, which the saved run has done.
bool
set_position_of_statement(void *record, std::uint32_t kind, const std::int32_t *position)
{
    if (auto *step = static_cast<VecPlayStep *>(record);
        kind == PLAY_STEP && step->statement != nullptr) {
        step->next = position[0];
        return true;
    }
    if (auto *continuous = static_cast<VecPlayContinuous *>(record);
        kind == PLAY_CONTINUOUS && continuous->statement != nullptr) {
        continuous->last = position[0];
        continuous->discontinuity = position[1];
        continuous->upper = position[2];
        return true;
    }
    return false;
}

} // namespace

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
        if (set_position_of_statement(records[i], kind[i], &positions_[3 * i]))
            continue;
        PlayRecordSave save{
            nullptr, reinterpret_cast<PlayRecord *>(records[i]), static_cast<int>(i), {}};
        std::copy_n(&positions_[3 * i], 3, save.position);
        if (kind[i] == PLAY_STEP)
            reinterpret_cast<VecPlayStepSave *>(&save)->savestate_restore();
        else if (kind[i] == PLAY_CONTINUOUS)
            reinterpret_cast<VecPlayContinuousSave *>(&save)->savestate_restore();
    }
    positions_.clear();
}

} // namespace torpor_neuron
