// SPDX-License-Identifier: MIT
// What the wheel's headers leave out: the layouts of a few classes of NEURON 9.0.2, declared by
// hand.
#ifndef TORPOR_NEURON_LAYOUTS_H
#define TORPOR_NEURON_LAYOUTS_H

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "wheel/event_queue.h"
#include "wheel/nrn.h"

namespace torpor_neuron
{

struct HocCommand;

// The first members of a Section.
struct SectionHead {
    int n_references;
    short n_nodes;
    Section *parent;
};

struct SelfEvent {
    const void *vtable;
    double flag;
    Point_process *target;
    double *weight;
    Datum *movable;
};

struct PreSyn {
    const void *vtable;
    double valold;
    double told;
    double valthresh;
    QueueItem *qthresh;
    bool flag;
    std::vector<void *> netcons;
    double threshold;
    double delay;
    neuron::container::data_handle<double> variable; // that it watches
    Object *object;
    Section *section;
    IvocVect *times, *ids; // that record its spikes
    HocCommand *statement;
    NrnThread *thread;
    const void *item;
    long row; // in the list of all; NEURON sets it when a SaveState saves or restores
};

struct NetCon {
    const void *vtable;
    double delay;
    PreSyn *source;
    Point_process *target;
    double *weight;
    Object *object;
    int n_weights;
    bool active;
};

// The conditions of WATCH statements.
struct WatchCondition {
    const void *vtable;
    double valold;
    double told;
    double valthresh;
    QueueItem *qthresh;
    bool flag;
    struct List {
        const void *vtable;
        void *object;
        List *next;
        List *previous;
    } list;
    double nrflag;
    Point_process *target;
    double (*condition)(Point_process *);
    int index;
};

// An event that runs a statement of hoc, or calls Python.
struct HocCommand {
    const void *vtable;
    Object *object;
    std::string *statement;
    Object *callable;
};

// What hoc's class PythonObject holds.
struct PythonObject {
    int type;
    void *object;
};

struct HocEvent {
    const void *vtable;
    HocCommand *command;
    Object *target;
    int reinitialises;
};

// A Vector that is played into a variable, or that records one.
struct PlayRecord {
    const void *bases[6];
    const void *solver; // that steps its variable, a Cvode; NEURON sets it in a run
    int thread;         // of the variable
    IvocVect *values;
};

// One that records at equal intervals.
struct VecRecordDt {
    PlayRecord record;
    double interval;
};

// One that is played in steps, and one that is interpolated: how far it has come.
struct VecPlayStep {
    PlayRecord record;
    IvocVect *times;
    double interval;
    int next;
};

struct VecPlayContinuous {
    PlayRecord record;
    IvocVect *times, *discontinuities;
    int last, discontinuity, upper;
};

// The next number of a Vector that is played or recorded at times of its own.
struct PlayRecordEvent {
    const void *vtable;
    PlayRecord *record;
};

// Threads, or ranks, exchange spikes.
struct NetParEvent {
    const void *vtable;
    double exchange_at, deliver_at;
    int thread;
};

// hoc's class Random: a generator, and a distribution that draws from it. Normal, and LogNormal,
// which is derived from it, draw two numbers at a time and keep one.
struct Random {
    static constexpr int MCELL_RAN4 = 2, RANDOM123 = 4;
    struct Normal {
        const void *vtable;
        void *generator;
        bool has_kept;
        double kept;
    };
    struct MCellRan4 {
        const void *vtable;
        std::uint32_t high, original, low;
    };
    struct Random123 {
        const void *vtable;
        nrnran123_State *stream;
    };
    void *generator;
    void *distribution;
    int type;
};

// What nrnran123.h calls nrnran123_State.
struct Random123Stream {
    std::uint32_t counter[4], numbers[4];
    char which;
};

static_assert(sizeof(WatchCondition) == 112 && offsetof(WatchCondition, list) == 48);
static_assert(offsetof(PlayRecord, solver) == 0x30 && offsetof(PlayRecord, thread) == 0x38 &&
              sizeof(PlayRecord) == 0x48);
static_assert(offsetof(VecPlayStep, next) == 0x58 && offsetof(VecPlayContinuous, last) == 0x58);
static_assert(sizeof(NetCon) == 56 && offsetof(PreSyn, threshold) == 72);
static_assert(offsetof(PreSyn, thread) == 0xa0 && offsetof(PreSyn, row) == 0xb0);

// Is the running NEURON the one that these layouts are of? Throws Error if not.
void check_layouts();

// Which class an object of the event queue is of, such as "SelfEvent", by the name of its vtable.
const std::string &class_of(const void *object);

} // namespace torpor_neuron

#endif
