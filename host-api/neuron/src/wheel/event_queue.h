// SPDX-License-Identifier: MIT
// NEURON's queue of events, whose classes no header of the wheel has.
#ifndef TORPOR_NEURON_EVENT_QUEUE_H
#define TORPOR_NEURON_EVENT_QUEUE_H

struct TQItem;
template <class Item> class MutexPool;

class TQueue
{
  public:
    TQueue(MutexPool<TQItem> *, int);
    ~TQueue();
    void forall_callback(void (*)(const TQItem *, int));
};

namespace torpor_neuron
{

// An entry of the event queue, a node of a splay tree that is ordered by time. `data` is an object
// of a class that is known by its vtable.
struct QueueItem {
    void *data;
    double t;
    QueueItem *left, *right, *parent;
};

// What NEURON calls TQueue, as far as it is read here.
struct EventQueue {
    const void *before[2];
    QueueItem *const *root; // of the tree that has all entries but the first
};

// Is a queue laid out like this? Looks into one that is made for that.
bool knows_event_queue();

} // namespace torpor_neuron

#endif
