// SPDX-License-Identifier: MIT
// The tree "events": all events that are under way, a row for each, in the order in which NEURON
// keeps them. It decides between those at the same time.
#ifndef TORPOR_NEURON_EVENTS_H
#define TORPOR_NEURON_EVENTS_H

#include <string>
#include <unordered_map>
#include <vector>

#include "base/error.h"
#include "model/hoc_statements.h"
#include "model/netcons.h"

class TQueue;

namespace torpor_neuron
{

class Events
{
  public:
    // `netcons` outlive this, and are refreshed before it.
    explicit Events(const NetCons &netcons) : netcons_(netcons)
    {
    }
    // List them as they are now.
    void refresh();
    // Of these, look at those only that a script may have put into the queue itself: with others,
    // the tree is no state to restore.
    void keep_those_of_script();
    void
    forget()
    {
        events_ = {};
        ends_ = {};
    }
    // Throws Error if one cannot be saved exactly, naming it.
    void refuse_what_cannot_be_saved() const;

    void write(const torpor_tree_writer &writer);
    void read(const torpor_tree_reader &reader);
    // Call it when t is restored.
    void commit();

  private:
    static constexpr std::uint32_t NONE = UINT32_MAX;

    // There are many, so the kind is kept in the lowest bits of the object's address, which are 0.
    class Event
    {
      public:
        static constexpr std::uint32_t MOST_KINDS = 8;
        Event(double event_time, void *object, std::uint32_t kind)
            : time(event_time), tagged_(static_cast<char *>(object) + kind)
        {
        }
        std::uint32_t
        kind() const
        {
            return static_cast<std::uint32_t>(reinterpret_cast<std::uintptr_t>(tagged_) %
                                              MOST_KINDS);
        }
        void
        set_kind(std::uint32_t kind)
        {
            tagged_ = static_cast<char *>(object()) + kind;
        }
        void *
        object() const
        {
            return tagged_ - kind();
        }
        double time;

      private:
        char *tagged_;
    };
    // What the restore will put into the queue.
    struct Row {
        double time = 0.;
        std::uint32_t kind = 0, thread = 0;
        std::uint32_t target = NONE; // number of a NetCon or point process, row of a PreSyn, ...
        void *object = nullptr;      // that it goes to: Point_process, NetCon, PreSyn or PlayRecord
    };
    // What a self event has besides, as it is read: the mechanism of its target, the NetCon whose
    // weights it carries, and the Datum of its target that NEURON finds it by.
    struct SelfRow {
        std::size_t row;
        double flag = 0.;
        std::uint32_t mechanism = NONE, netcon = NONE, movable = NONE;
        double *weight = nullptr;
        Datum *datum = nullptr;
    };
    // By address: number of a NetCon that has these weights, of a PlayRecord, of a HocEvent.
    struct Numbers {
        std::unordered_map<const void *, std::uint32_t> netcons, records, statements;
    };
    // The point processes of a mechanism.
    struct Mechanism {
        std::string name;
        int type;
        std::vector<Object *> objects;
    };
    using Mechanisms = std::unordered_map<std::uint64_t, Mechanism>; // by number in the file

    void touch_entries(TQueue *queue);
    Numbers numbers() const;
    // What a column reads of an event's object.
    enum Reads { NOTHING, OF_SELF, OF_TARGET };
    void ask_for_target(std::size_t i) const;
    template <auto Column, Reads reads = NOTHING>
    void put(const torpor_tree_writer &writer, const char *key, const char *unit = nullptr);
    // What the columns have.
    double
    time_of(const Event &event) const
    {
        return event.time;
    }
    std::uint32_t
    kind_of(const Event &event) const
    {
        return event.kind();
    }
    std::uint32_t thread_of(const Event &event) const; // whose queue it is in
    std::uint32_t number_of_target(const Event &event) const;
    double flag_of(const Event &event) const;
    std::uint32_t mechanism_of(const Event &event) const;
    std::uint32_t netcon_of(const Event &event) const;
    std::uint32_t movable_of(const Event &event) const;
    static Mechanisms read_mechanisms(const torpor_tree_reader &reader);
    void *object_of(const Row &row) const;
    void find_target(Row &row, SelfRow &self, const Mechanisms &mechanisms) const;
    void read_selves(const torpor_tree_reader &reader);

    const NetCons &netcons_;
    std::vector<Event> events_;
    std::vector<std::size_t> ends_; // of the events of each thread
    bool are_of_script_ = false;
    Numbers numbers_; // of these, while they are saved
    // What the restore will put back:
    std::vector<Row> rows_;
    std::vector<SelfRow> selves_; // in the order of their rows
    HocStatements statements_;
};

} // namespace torpor_neuron

#endif
