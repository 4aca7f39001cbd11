// SPDX-License-Identifier: MIT
#include "wheel/event_queue.h"

#include <array>
#include <cstddef>
#include <dlfcn.h>
#include <new>

// Classes of NEURON, as far as they are used here.
struct TQItem {
    torpor_neuron::QueueItem item;
    char rest[64]; // NEURON's may have more members
};
template <class Item> class SPTree
{
  public:
    void enqueue(Item *);
    void remove(Item *);
};

namespace torpor_neuron
{

namespace
{

constexpr std::size_t ROOM = 1024; // more than a queue takes

const void *
vtable(const char *symbol)
{
    const auto *found = static_cast<const char *>(dlsym(RTLD_DEFAULT, symbol));
    return found != nullptr ? found + 2 * sizeof(void *) : nullptr;
}

// What lies around the pointer to the tree: the bins, no first entry, and the pool that the queue
// was made with. What is looked at are the queue's words, and the bins that one of them points to.
bool
lies_as_expected(const void *const *words, const void *pool)
{
    const void *tree = words[offsetof(EventQueue, root) / sizeof(void *)];
    const void *bins = words[3];
    return words[0] == vtable("_ZTV6TQueue") && tree != nullptr && tree != pool &&
           bins != nullptr && bins != pool &&
           *static_cast<const void *const *>(bins) == vtable("_ZTV4BinQ") && words[4] == nullptr &&
           words[5] == pool;
}

// Are entries where events.cpp looks for them, and does NEURON visit them in that order?
bool
has_entries_as_expected(TQueue &queue, const EventQueue &seen)
{
    static std::array<const void *, 2> visited;
    static std::size_t n_visited;
    int early = 0, late = 0;
    TQItem first{{&early, 1., nullptr, nullptr, nullptr}, {}};
    TQItem second{{&late, 2., nullptr, nullptr, nullptr}, {}};
    auto &tree = *reinterpret_cast<SPTree<TQItem> *>(const_cast<QueueItem **>(seen.root));
    if (*seen.root != nullptr)
        return false;
    tree.enqueue(&first);
    tree.enqueue(&second);
    const bool is_tree = *seen.root == &second.item && second.item.left == &first.item &&
                         second.item.right == nullptr && first.item.parent == &second.item;
    n_visited = 0;
    queue.forall_callback([](const TQItem *entry, int) {
        if (n_visited < visited.size())
            visited[n_visited++] = entry->item.data;
    });
    tree.remove(&first);
    tree.remove(&second);
    return is_tree && n_visited == 2 && visited[0] == &early && visited[1] == &late;
}

} // namespace

bool
knows_event_queue()
{
    alignas(std::max_align_t) static char room[ROOM];
    auto *pool = reinterpret_cast<MutexPool<TQItem> *>(room + ROOM); // never looked at
    auto *queue = new (room) TQueue(pool, 0);
    const auto *seen = reinterpret_cast<const EventQueue *>(room);
    if (!lies_as_expected(reinterpret_cast<const void *const *>(room), pool) ||
        !has_entries_as_expected(*queue, *seen))
        return false;
    queue->~TQueue();
    return true;
}

} // namespace torpor_neuron
