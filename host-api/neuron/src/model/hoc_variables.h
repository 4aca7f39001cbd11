// SPDX-License-Identifier: MIT
// The tree "hoc": variables of hoc (numbers, arrays of them, strdefs; also those of objects of a
// template) that a run has changed, by statements that NEURON calls. What a script has set before
// is its own and not saved.
#ifndef TORPOR_NEURON_HOC_VARIABLES_H
#define TORPOR_NEURON_HOC_VARIABLES_H

#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/error.h"
#include "wheel/nrn.h"

namespace torpor_neuron
{

// Where NEURON keeps one variable. A number or an array of numbers, or if `text` is not NULL, a
// strdef.
struct HocVariable {
    const Symbol *symbol;
    const Object *object; // NULL: it belongs to no object
    const Arrayinfo *array;
    double *numbers;
    std::uint64_t count;
    char **text;
};

// What all variables of hoc held at one moment.
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

class HocVariables
{
  public:
    // Save what differs from these. Until then, from those at the initialisation.
    void
    compare_with(const HocValues &before)
    {
        before_ = &before;
    }
    void write(const torpor_tree_writer &writer) const;
    void read(const torpor_tree_reader &reader);
    void commit();

  private:
    struct Restored {
        std::string name; // of a number that is not there yet; empty: it is there
        HocVariable variable;
        std::vector<double> numbers;
        std::string text;
    };
    Restored found(const torpor_tree_reader &reader, const std::string &name);
    HocVariable variable_named(const std::string &name);

    const HocValues *before_ = &hoc_at_initialisation();
    std::unordered_map<std::string, std::vector<Object *>> objects_; // of templates, in a restore
    std::vector<Restored> restored_;
};

} // namespace torpor_neuron

#endif
