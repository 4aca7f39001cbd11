// SPDX-License-Identifier: MIT
#include "model/watches.h"

#include <string>

#include "model/solver.h"
#include "wheel/layouts.h"

class WatchCondition
{
    char bytes_[sizeof(torpor_neuron::WatchCondition)]; // as layouts.h has it
};
class HTList
{
  public:
    virtual ~HTList();
    void Remove();
};
using WatchList = std::vector<WatchCondition *>;
extern void (**nrn_watch_allocate_)(Datum *);
extern void _nrn_watch_activate(Datum *, double (*)(Point_process *), int, Point_process *, int,
                                double);

namespace torpor_neuron
{

namespace
{

int
watch_data_of(int type)
{
    const int *kinds = memb_func[type].dparam_semantics.get();
    const int watch = nrn_dparam_semantics_to_int("watch");
    for (int i = 0; kinds != nullptr && i < nrn_prop_dparam_size_[type]; ++i)
        if (kinds[i] == watch)
            return i;
    return -1;
}

torpor_neuron::WatchCondition &
known(::WatchCondition *condition)
{
    return *reinterpret_cast<torpor_neuron::WatchCondition *>(condition);
}

HTList *
list_of(::WatchCondition *condition)
{
    void *list = &known(condition).list;
    return static_cast<HTList *>(list);
}

WatchList *
active_of(Datum *data, int begin)
{
    return data[begin].get<WatchList *>();
}

} // namespace

void
Watches::refresh(const std::vector<std::unique_ptr<Mechanism>> &mechanisms)
{
    instances_.clear();
    for (const auto &mechanism : mechanisms) {
        const int type = mechanism->type();
        if (nrn_watch_allocate_ == nullptr || nrn_watch_allocate_[type] == nullptr)
            continue;
        const int begin = watch_data_of(type);
        for (std::uint64_t i = 0; begin >= 0 && i < mechanism->count(); ++i)
            instances_.push_back({type, mechanism->data_of(i), begin});
    }
}

void
Watches::write(const torpor_tree_writer &writer) const
{
    std::vector<std::uint32_t> counts, index;
    std::vector<std::uint8_t> flag;
    std::vector<double> valold, told, nrflag;
    const bool has_told = remembers_conditions(); // else NEURON leaves it uninitialised
    for (const Instance &instance : instances_) {
        const WatchList *active = active_of(instance.data, instance.begin);
        counts.push_back(active != nullptr ? static_cast<std::uint32_t>(active->size()) : 0);
        for (std::uint32_t i = 0; i < counts.back(); ++i) {
            const auto &condition = known((*active)[i]);
            index.push_back(static_cast<std::uint32_t>(condition.index));
            flag.push_back(condition.flag ? 1 : 0);
            valold.push_back(condition.valold);
            told.push_back(has_told ? condition.told : 0.);
            nrflag.push_back(condition.nrflag);
        }
    }
    torpor_cpp::put(writer, "counts", counts);
    torpor_cpp::put(writer, "index", index);
    torpor_cpp::put(writer, "flag", flag);
    torpor_cpp::put(writer, "valold", valold);
    torpor_cpp::put(writer, "told", told, "ms");
    torpor_cpp::put(writer, "nrflag", nrflag);
}

void
Watches::read(const torpor_tree_reader &reader)
{
    const auto counts = torpor_cpp::get<std::uint32_t>(reader, "counts");
    const auto index = torpor_cpp::get<std::uint32_t>(reader, "index");
    const auto flag = torpor_cpp::get<std::uint8_t>(reader, "flag");
    const auto valold = torpor_cpp::get<double>(reader, "valold");
    const auto told = torpor_cpp::get<double>(reader, "told", "ms");
    const auto nrflag = torpor_cpp::get<double>(reader, "nrflag");
    if (counts.size() != instances_.size())
        throw Error(TORPOR_STATUS_MISMATCH, "watch: " + std::to_string(instances_.size()) +
                                                " instances have WATCH statements, but " +
                                                std::to_string(counts.size()) + " were saved");
    const std::size_t n = index.size();
    if (flag.size() != n || valold.size() != n || told.size() != n || nrflag.size() != n)
        throw Error(TORPOR_STATUS_MISMATCH, "watch: columns of different lengths");
    conditions_.assign(counts.size(), {});
    std::size_t row = 0;
    for (std::size_t i = 0; i < counts.size(); ++i) {
        const Instance &instance = instances_[i];
        const auto begin = static_cast<std::uint32_t>(instance.begin);
        const auto end = static_cast<std::uint32_t>(nrn_prop_dparam_size_[instance.type]);
        for (std::uint32_t k = 0; k < counts[i]; ++k, ++row) {
            if (row >= n || index[row] <= begin || index[row] >= end)
                throw Error(TORPOR_STATUS_MISMATCH, "watch: no such condition");
            conditions_[i].push_back(
                {index[row], flag[row] != 0, valold[row], told[row], nrflag[row]});
        }
    }
}

void
Watches::commit()
{
    for (std::size_t i = 0; i < conditions_.size(); ++i) {
        const Instance &instance = instances_[i];
        nrn_watch_allocate_[instance.type](instance.data);
        WatchList *active = active_of(instance.data, instance.begin);
        for (::WatchCondition *condition : *active)
            list_of(condition)->Remove();
        active->clear();
        int n_before = 0;
        for (const Condition &saved : conditions_[i]) {
            auto &condition = known(instance.data[saved.index].get<::WatchCondition *>());
            _nrn_watch_activate(instance.data + instance.begin, condition.condition,
                                static_cast<int>(saved.index) - instance.begin, condition.target,
                                n_before++, saved.nrflag);
            condition.flag = saved.flag;
            condition.valold = saved.valold;
            condition.told = saved.told;
        }
    }
    conditions_.clear();
}

} // namespace torpor_neuron
