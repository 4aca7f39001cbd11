// SPDX-License-Identifier: MIT
#include "model/events.h"

#include <algorithm>
#include <limits>
#include <map>
#include <set>
#include <type_traits>
#include <utility>

#include "base/ahead.h"
#include "base/tree.h"
#include "wheel/event_queue.h"
#include "wheel/hoc.h"

class DiscreteEvent;
class NetCvode
{
  public:
    TQItem *event(double, DiscreteEvent *, NrnThread *);
};
class NetParEvent
{
  public:
    void savestate_restore(double, NetCvode *);
};
class PlayRecordEvent
{
  public:
    void savestate_restore(double, NetCvode *);
};
class PlayRecord;
extern NetCvode *net_cvode_instance;
extern TQueue *net_cvode_instance_event_queue(NrnThread *);
extern std::vector<PlayRecord *> *net_cvode_instance_prl();
extern void clear_event_queue();
extern void nrn_net_send(Datum *, double *, Point_process *, double, double);
extern Point_process *ob2pntproc_0(Object *);

namespace torpor_neuron
{

namespace
{

// What an event is, in the order of their numbers in the column `kind`.
constexpr const char *KINDS[] = {"NetCon",   "SelfEvent",       "PreSyn",
                                 "HocEvent", "PlayRecordEvent", "NetParEvent"};
enum Kind : std::uint32_t { NETCON, SELF, PRESYN, HOC, PLAY_RECORD, NET_PAR, N_KINDS };

// To look for the names of classes takes long, and there are many events of few classes.
std::uint32_t
kind_of_class(const void *object)
{
    static std::vector<std::pair<const void *, std::uint32_t>> known; // by vtable
    const void *vtable = *static_cast<const void *const *>(object);
    for (const auto &[address, kind] : known)
        if (address == vtable)
            return kind;
    const auto *found = std::find(KINDS, KINDS + N_KINDS, class_of(object));
    known.emplace_back(vtable, static_cast<std::uint32_t>(found - KINDS));
    return known.back().second;
}

template <class Class>
Class &
as(void *object)
{
    return *static_cast<Class *>(object);
}

std::string
event_at(double time)
{
    return "an event at " + std::to_string(time) + " ms";
}

[[noreturn]] void
refuse(double time, const std::string &reason)
{
    throw Error(TORPOR_STATUS_REFUSED, event_at(time) + " " + reason);
}

[[noreturn]] void
mismatch(double time, const std::string &reason)
{
    throw Error(TORPOR_STATUS_MISMATCH, event_at(time) + " " + reason +
                                            ": build the model as the script did that saved it");
}

// Values of one column at a time are in memory. `at`: where the value of row i goes, NULL: nowhere.
template <class Value, class At>
void
get_each(const torpor_tree_reader &reader, const char *key, std::size_t n_rows, At &&at,
         const char *unit = nullptr)
{
    const auto column = torpor_cpp::get<Value>(reader, key, unit);
    if (column.size() != n_rows)
        throw Error(TORPOR_STATUS_MISMATCH, "events: columns of different lengths");
    for (std::size_t i = 0; i < n_rows; ++i)
        if (Value *place = at(i))
            *place = column[i];
}

} // namespace

// NEURON goes through its tree from the first entry to the last, and would wait for each: which one
// comes next, only the one before says. So all are touched beforehand, level by level of the tree,
// where many are under way at a time.
void
Events::touch_entries(TQueue *queue)
{
    const std::size_t first = events_.size();
    const auto add = [&](QueueItem *entry) {
        __builtin_prefetch(entry);
        if (entry != nullptr)
            events_.push_back({0., entry, N_KINDS});
    };
    add(*reinterpret_cast<const EventQueue *>(queue)->root);
    for (std::size_t i = first; i < events_.size(); ++i) {
        const auto *entry = static_cast<const QueueItem *>(events_[i].object());
        QueueItem *const left = entry->left, *const right = entry->right;
        add(left);
        add(right);
    }
    events_.erase(events_.begin() + static_cast<std::ptrdiff_t>(first), events_.end());
}

void
Events::refresh()
{
    static_assert(N_KINDS < Event::MOST_KINDS);
    static std::vector<Event> *collected;
    static std::size_t most = 0; // of this process; so that the list need not move while it grows
    events_.clear();
    ends_.clear();
    are_of_script_ = false;
    events_.reserve(most);
    collected = &events_;
    for (NrnThread *thread : for_threads(nrn_threads, nrn_nthread)) {
        TQueue *queue = net_cvode_instance_event_queue(thread);
        touch_entries(queue);
        queue->forall_callback([](const TQItem *item, int) {
            const auto *entry = reinterpret_cast<const QueueItem *>(item);
            __builtin_prefetch(entry->data); // whose class is asked for below
            collected->push_back({entry->t, entry->data, N_KINDS});
        });
        ends_.push_back(events_.size());
    }
    for (std::size_t i = 0; i < events_.size(); ++i) {
        ask_ahead(i, events_.size(), [&](std::size_t k) { return events_[k].object(); });
        events_[i].set_kind(kind_of_class(events_[i].object()));
    }
    most = std::max(most, events_.size());
}

void
Events::keep_those_of_script()
{
    std::size_t n_kept = 0, i = 0;
    for (std::size_t &end : ends_) {
        for (; i < end; ++i)
            if (events_[i].kind() != PLAY_RECORD && events_[i].kind() != NET_PAR)
                events_[n_kept++] = events_[i];
        end = n_kept;
    }
    events_.erase(events_.begin() + static_cast<std::ptrdiff_t>(n_kept), events_.end());
    are_of_script_ = true;
}

void
Events::refuse_what_cannot_be_saved() const
{
    for (const Event &event : events_) {
        if (event.kind() == N_KINDS)
            refuse(event.time, "is of class " + class_of(event.object()) +
                                   ", of which nothing is known that could be saved");
        if (event.kind() == PLAY_RECORD && as<PlayRecordEvent>(event.object()).record->thread !=
                                               static_cast<int>(thread_of(event)))
            refuse(event.time,
                   "records a Vector at times of its own, on another thread than its variable's, "
                   "which may be writing it: such a run of NEURON is not reproducible. Record "
                   "every step, or use one thread");
        if (event.kind() == HOC)
            HocStatements::refuse_what_cannot_be_saved(as<HocEvent>(event.object()),
                                                       event_at(event.time));
    }
}

// Those of each thread come together, in the order of threads.
std::uint32_t
Events::thread_of(const Event &event) const
{
    const auto i = static_cast<std::size_t>(&event - events_.data());
    std::uint32_t thread = 0;
    while (i >= ends_[thread])
        ++thread;
    return thread;
}

// ---- save ----

Events::Numbers
Events::numbers() const
{
    Numbers numbers;
    bool has_weights = false, has_records = false;
    for (const Event &event : events_) {
        has_weights |= event.kind() == SELF && as<SelfEvent>(event.object()).weight != nullptr;
        has_records |= event.kind() == PLAY_RECORD;
        if (event.kind() == HOC) // threads share one
            numbers.statements.emplace(event.object(),
                                       static_cast<std::uint32_t>(numbers.statements.size()));
    }
    if (has_weights)
        for (std::uint64_t i = 0; i < netcons_.count(); ++i)
            numbers.netcons.emplace(netcons_.at(i).weight,
                                    static_cast<std::uint32_t>(netcons_.at(i).object->index));
    if (has_records)
        for (const void *record : *net_cvode_instance_prl())
            numbers.records.emplace(record, static_cast<std::uint32_t>(numbers.records.size()));
    return numbers;
}

std::uint32_t
Events::number_of_target(const Event &event) const
{
    switch (event.kind()) {
    case NETCON:
        return static_cast<std::uint32_t>(as<NetCon>(event.object()).object->index);
    case SELF:
        return static_cast<std::uint32_t>(as<SelfEvent>(event.object()).target->ob->index);
    case PRESYN:
        return netcons_.row_of(&as<PreSyn>(event.object()));
    case HOC:
        return numbers_.statements.at(event.object());
    case PLAY_RECORD:
        return numbers_.records.at(as<PlayRecordEvent>(event.object()).record);
    default:
        return static_cast<std::uint32_t>(as<NetParEvent>(event.object()).thread);
    }
}

double
Events::flag_of(const Event &event) const
{
    return event.kind() == SELF ? as<SelfEvent>(event.object()).flag : 0.;
}

std::uint32_t
Events::mechanism_of(const Event &event) const
{
    if (event.kind() != SELF)
        return NONE;
    return static_cast<std::uint32_t>(
        _nrn_mechanism_get_type(as<SelfEvent>(event.object()).target->prop));
}

std::uint32_t
Events::netcon_of(const Event &event) const
{
    if (event.kind() != SELF || as<SelfEvent>(event.object()).weight == nullptr)
        return NONE;
    const SelfEvent &self = as<SelfEvent>(event.object());
    const auto found = numbers_.netcons.find(self.weight);
    if (found == numbers_.netcons.end())
        refuse(event.time, "of " + name_of(self.target->ob) +
                               " carries the weights of a NetCon that is no longer there");
    return found->second;
}

std::uint32_t
Events::movable_of(const Event &event) const
{
    if (event.kind() != SELF || as<SelfEvent>(event.object()).movable == nullptr)
        return NONE;
    const SelfEvent &self = as<SelfEvent>(event.object());
    return static_cast<std::uint32_t>(self.movable -
                                      _nrn_mechanism_access_dparam(self.target->prop));
}

// First for what events go to, then for what that leads to.
TORPOR_NEURON_ASKS void
Events::ask_for_target(std::size_t i) const
{
    const std::size_t n = events_.size();
    ask_ahead(i + AHEAD, n, [&](std::size_t k) -> const void * {
        void *object = events_[k].object();
        return events_[k].kind() == NETCON   ? &as<NetCon>(object).object
               : events_[k].kind() == PRESYN ? &as<PreSyn>(object).row
                                             : object;
    });
    if (i + AHEAD >= n)
        return;
    const Event &next = events_[i + AHEAD];
    if (next.kind() == NETCON)
        __builtin_prefetch(&as<NetCon>(next.object()).object->index);
    else if (next.kind() == SELF)
        __builtin_prefetch(&as<SelfEvent>(next.object()).target->ob);
}

// A column that is filled when the file has room for it, so that none is held in memory.
template <auto Column, Events::Reads reads>
void
Events::put(const torpor_tree_writer &writer, const char *key, const char *unit)
{
    using Value = decltype((this->*Column)(events_[0]));
    torpor_array array{};
    array.unit = unit;
    array.dtype = torpor_cpp::dtype_of<Value>();
    array.rank = 1;
    array.shape[0] = events_.size();
    writer.put_late(
        writer.data, key, &array,
        [](void *data, void *values, torpor_error *error) {
            return guarded(error, [&] {
                const Events &events = *static_cast<const Events *>(data);
                auto *out = static_cast<Value *>(values);
                const std::size_t n = events.events_.size();
                const auto of_self = [&](std::size_t k) {
                    const Event &event = events.events_[k];
                    return event.kind() == SELF ? event.object() : nullptr;
                };
                for (std::size_t i = 0; i < n; ++i) {
                    if constexpr (reads == OF_TARGET)
                        events.ask_for_target(i);
                    else if constexpr (reads == OF_SELF)
                        ask_ahead(i, n, of_self);
                    out[i] = (events.*Column)(events.events_[i]);
                }
            });
        },
        this);
}

void
Events::write(const torpor_tree_writer &writer)
{
    numbers_ = numbers();
    std::set<std::uint32_t> types;
    for (const Event &event : events_)
        if (event.kind() == SELF)
            types.insert(mechanism_of(event));
    std::map<std::string, std::uint32_t> mechanisms;
    for (const std::uint32_t type : types)
        mechanisms.emplace(memb_func[type].sym->name, type);
    put<&Events::time_of>(writer, "time", "ms");
    put<&Events::kind_of>(writer, "kind");
    put<&Events::thread_of>(writer, "thread");
    put<&Events::number_of_target, OF_TARGET>(writer, "target");
    put<&Events::flag_of, OF_SELF>(writer, "flag");
    put<&Events::mechanism_of, OF_SELF>(writer, "mechanism");
    put<&Events::netcon_of, OF_SELF>(writer, "netcon");
    put<&Events::movable_of, OF_SELF>(writer, "movable");
    writer.begin_map(writer.data, "kinds");
    for (std::uint32_t kind = 0; kind < N_KINDS; ++kind)
        writer.put_uint(writer.data, KINDS[kind], kind);
    writer.end_map(writer.data);
    writer.begin_map(writer.data, "mechanisms");
    for (const auto &[name, number] : mechanisms)
        writer.put_uint(writer.data, name.c_str(), number);
    writer.end_map(writer.data);
    std::vector<const HocEvent *> statements(numbers_.statements.size());
    for (const auto &[event, number] : numbers_.statements)
        statements[number] = static_cast<const HocEvent *>(event);
    HocStatements::write(writer, statements, !are_of_script_);
}

// ---- restore ----

Events::Mechanisms
Events::read_mechanisms(const torpor_tree_reader &reader)
{
    Mechanisms mechanisms;
    for (const std::string &name : keys(reader, "mechanisms")) {
        const auto number =
            get<std::uint64_t>(reader, reader.get_uint, "mechanisms/" + escaped(name));
        int type = 0;
        while (type < n_memb_func && (memb_func[static_cast<std::size_t>(type)].sym == nullptr ||
                                      name != memb_func[static_cast<std::size_t>(type)].sym->name))
            ++type;
        if (type == n_memb_func)
            throw Error(TORPOR_STATUS_MISMATCH,
                        "events: " + name + " was saved, a mechanism that is not loaded");
        mechanisms[number] = {name, type, objects_of(name.c_str())};
    }
    return mechanisms;
}

void
Events::find_target(Row &row, SelfRow &self, const Mechanisms &mechanisms) const
{
    const auto found = mechanisms.find(self.mechanism);
    if (found == mechanisms.end())
        mismatch(row.time, "goes to a mechanism that was not saved");
    const Mechanism &mechanism = found->second;
    const std::string name = mechanism.name + "[" + std::to_string(row.target) + "]";
    Object *object = object_with(mechanism.objects, row.target);
    if (object == nullptr)
        mismatch(row.time, "goes to " + name + ", which is not there");
    Point_process *process = ob2pntproc_0(object);
    row.object = process;
    if (self.netcon != NONE) {
        const NetCon *netcon = netcons_.find(self.netcon);
        if (netcon == nullptr || netcon->n_weights != pnt_receive_size[mechanism.type])
            mismatch(row.time, "of " + name + " carries the weights of NetCon[" +
                                   std::to_string(self.netcon) + "], which is not there");
        self.weight = netcon->weight;
    }
    const auto type = static_cast<std::size_t>(mechanism.type);
    const int *kinds = memb_func[type].dparam_semantics.get();
    const bool is_there = kinds != nullptr &&
                          self.movable < static_cast<std::uint32_t>(nrn_prop_dparam_size_[type]) &&
                          kinds[self.movable] == nrn_dparam_semantics_to_int("netsend");
    // NEURON writes there if the flag is 1.
    if (is_there)
        self.datum = _nrn_mechanism_access_dparam(process->prop) + self.movable;
    else if (self.movable != NONE || self.flag == 1.)
        mismatch(row.time, "of " + name + " cannot be found by it");
}

// NULL for one that goes to no object.
void *
Events::object_of(const Row &row) const
{
    const auto &records = *net_cvode_instance_prl();
    void *object = nullptr;
    if (row.kind == NETCON)
        object = netcons_.find(row.target);
    else if (row.kind == PRESYN)
        object = netcons_.source(row.target);
    else if (row.kind == PLAY_RECORD && row.target < records.size())
        object = records[row.target];
    else if ((row.kind == HOC && row.target < statements_.count()) || row.kind == NET_PAR)
        return nullptr;
    if (object == nullptr)
        mismatch(row.time,
                 "of kind " + (row.kind < N_KINDS ? KINDS[row.kind] : std::to_string(row.kind)) +
                     " goes to number " + std::to_string(row.target) + ", which is not there");
    return object;
}

void
Events::read_selves(const torpor_tree_reader &reader)
{
    selves_.clear();
    for (std::size_t i = 0; i < rows_.size(); ++i)
        if (rows_[i].kind == SELF) {
            selves_.emplace_back();
            selves_.back().row = i;
        }
    const auto read = [&](const char *key, auto member) {
        using Value = std::remove_reference_t<decltype(std::declval<SelfRow>().*member)>;
        auto next = selves_.begin();
        get_each<Value>(reader, key, rows_.size(), [&](std::size_t i) -> Value * {
            return next != selves_.end() && next->row == i ? &((*next++).*member) : nullptr;
        });
    };
    read("flag", &SelfRow::flag);
    read("mechanism", &SelfRow::mechanism);
    read("netcon", &SelfRow::netcon);
    read("movable", &SelfRow::movable);
}

void
Events::read(const torpor_tree_reader &reader)
{
    torpor_array times{};
    run(reader.describe, reader.data, "time", &times);
    rows_.assign(times.rank == 1 ? times.shape[0] : 0, {});
    const auto read = [&](const char *key, auto member, const char *unit = nullptr) {
        using Value = std::remove_reference_t<decltype(std::declval<Row>().*member)>;
        get_each<Value>(
            reader, key, rows_.size(), [&](std::size_t i) { return &(rows_[i].*member); }, unit);
    };
    read("time", &Row::time, "ms");
    read("kind", &Row::kind);
    read("thread", &Row::thread);
    read("target", &Row::target);
    read_selves(reader);
    statements_.read(reader);
    const Mechanisms mechanisms = read_mechanisms(reader);
    auto self = selves_.begin();
    for (Row &row : rows_) {
        if (row.thread >= static_cast<std::uint32_t>(nrn_nthread))
            mismatch(row.time,
                     "is on thread " + std::to_string(row.thread) + ", which is not there");
        if (row.kind == SELF)
            find_target(row, *self++, mechanisms);
        else
            row.object = object_of(row);
    }
}

static void
set_time_of_threads(double time)
{
    for (NrnThread *thread : for_threads(nrn_threads, nrn_nthread))
        thread->_t = time;
}

void
Events::commit()
{
    set_time_of_threads(t);
    clear_event_queue();
    // NEURON ends the process if a self event lies before the time of its thread.
    set_time_of_threads(std::numeric_limits<double>::lowest());
    const std::vector<void *> statements = statements_.make();
    auto self = selves_.cbegin();
    for (const Row &row : rows_) {
        if (row.kind == SELF) {
            nrn_net_send(self->datum, self->weight, static_cast<Point_process *>(row.object),
                         row.time, self->flag);
            ++self;
        } else if (row.kind == PLAY_RECORD) {
            PlayRecordEvent event{nullptr, static_cast<PlayRecord *>(row.object)};
            reinterpret_cast<::PlayRecordEvent *>(&event)->savestate_restore(row.time,
                                                                             net_cvode_instance);
        } else if (row.kind == NET_PAR) { // that of thread 0 puts back those of all
            NetParEvent event{nullptr, 0., 0., static_cast<int>(row.target)};
            reinterpret_cast<::NetParEvent *>(&event)->savestate_restore(row.time,
                                                                         net_cvode_instance);
        } else {
            void *object = row.kind == HOC ? statements[row.target] : row.object;
            net_cvode_instance->event(row.time, static_cast<DiscreteEvent *>(object),
                                      nrn_threads + row.thread);
        }
    }
    set_time_of_threads(t);
    rows_ = {};
    selves_ = {};
}

} // namespace torpor_neuron
