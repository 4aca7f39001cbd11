// SPDX-License-Identifier: MIT
// NetCons, and the PreSyns that watch their sources, as populations of the core.
#ifndef TORPOR_NEURON_NETCONS_H
#define TORPOR_NEURON_NETCONS_H

#include <vector>

#include "base/error.h"
#include "wheel/layouts.h"

namespace torpor_neuron
{

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
        return netcons_.size();
    }
    const NetCon &
    at(std::uint64_t i) const
    {
        return *static_cast<const NetCon *>(netcons_[i]);
    }
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
        return row < sources_.size() ? sources_[row] : nullptr;
    }

  private:
    // Throws Error if this NetCon is not laid out as we know.
    void check_layout(const Object *object) const;

    std::vector<void *> &netcons_;
    std::vector<void *> sources_;
};

} // namespace torpor_neuron

#endif
