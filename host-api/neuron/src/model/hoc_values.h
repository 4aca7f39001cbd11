// SPDX-License-Identifier: MIT
// What all variables of hoc held at one moment, so that what has changed since then is known.
#ifndef TORPOR_NEURON_HOC_VALUES_H
#define TORPOR_NEURON_HOC_VALUES_H

#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "model/hoc_symbols.h"

namespace torpor_neuron
{

class HocValues
{
  public:
    void take();
    // Does this one hold something else than then? Nobody knows before take(): false.
    bool has_changed(const HocVariable &variable) const;
    // Its value then; false: it was not there.
    bool find(const HocVariable &variable, std::vector<double> &numbers, std::string &text) const;

  private:
    struct Key {
        const Symbol *symbol;
        int index; // of the object; -1: none
        bool
        operator==(const Key &other) const
        {
            return symbol == other.symbol && index == other.index;
        }
    };
    struct Hash {
        std::size_t
        operator()(const Key &key) const
        {
            return std::hash<const void *>()(key.symbol) * 31 + static_cast<std::size_t>(key.index);
        }
    };
    static Key key_of(const HocVariable &variable);

    bool is_taken_ = false;
    std::vector<double> numbers_;
    std::unordered_map<Key, std::pair<std::size_t, std::uint64_t>, Hash> places_; // in numbers_
    std::unordered_map<Key, std::string, Hash> texts_;
};

// When finitialize() was called last; when the run began that is made now.
HocValues &hoc_at_initialisation();
HocValues &hoc_at_begin_of_run();

} // namespace torpor_neuron

#endif
