// SPDX-License-Identifier: MIT
// NetCons, and the PreSyns that watch their sources, as populations of the core.
#ifndef TORPOR_NEURON_NETCONS_H
#define TORPOR_NEURON_NETCONS_H

#include <vector>

#include "base/error.h"
#include "wheel/layouts.h"

namespace torpor_neuron
{

// All NetCons, as NEURON's list has them. To walk along it takes long, since each item has to be
// waited for. It is the same while none was removed and none was made: NEURON counts those that it
// made, and begins again at 0 only when it has removed the last.
struct ListedNetCons {
    std::vector<void *> netcons;
    std::vector<void *> sources; // listed at each save, into the same memory
    int n_made = -1;
    std::uint64_t n_removed = 0; // so far, then
    std::uint64_t n_moved = 0;   // the same of those that got another target
    int n_weights = -1;          // of each; -1: they have different numbers of them
};

class NetCons
{
  public:
    NetCons();
    // List them as they are now. Throws Error if their layout is not the one that we know.
    void refresh();
    static void declare(torpor *session);
    void describe(const torpor_description &description) const;

    std::uint64_t
    count() const
    {
        return listed_.netcons.size();
    }
    const NetCon &
    at(std::uint64_t i) const
    {
        return *static_cast<const NetCon *>(listed_.netcons[i]);
    }
    // Of each NetCon; -1: they have different numbers of them.
    int
    n_weights() const
    {
        return listed_.n_weights;
    }
    // How many of all have got another target so far, or may have.
    static std::uint64_t n_moved();
    // NULL if there is no NetCon of this number.
    NetCon *find(std::uint32_t number) const;
    // UINT32_MAX for NULL.
    static std::uint32_t
    row_of(const PreSyn *source)
    {
        return source != nullptr ? static_cast<std::uint32_t>(source->row) : UINT32_MAX;
    }
    // NULL if there is no such row.
    void *
    source(std::uint32_t row) const
    {
        return row < listed_.sources.size() ? listed_.sources[row] : nullptr;
    }

  private:
    // Throws Error if this NetCon is not laid out as we know.
    void check_layout(const Object *object) const;

    ListedNetCons &listed_;
};

} // namespace torpor_neuron

#endif
