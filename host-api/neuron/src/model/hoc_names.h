// SPDX-License-Identifier: MIT
// Which object of hoc something names. A script that is started again makes its objects in the same
// order, so that an object of the same name is the same one; addresses say nothing there.
#ifndef TORPOR_NEURON_HOC_NAMES_H
#define TORPOR_NEURON_HOC_NAMES_H

#include <cstdint>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/error.h"
#include "wheel/nrn.h"

namespace torpor_neuron
{

// `number`: the object's index in its template. NEURON makes another PythonObject for the same
// object of Python each time, so for these it is the address of Python's.
struct ObjectName {
    const cTemplate *of = nullptr; // NULL: no object
    std::uintptr_t number = 0;

    bool
    operator==(const ObjectName &other) const
    {
        return of == other.of && number == other.number;
    }
    bool
    operator!=(const ObjectName &other) const
    {
        return !(*this == other);
    }
};

// `object` may be NULL.
ObjectName object_name_of(const Object *object);
bool is_of_python(const ObjectName &name);
// "Vector[3]"; "" for none.
std::string text_of(const ObjectName &name);

// Finds objects and variables by their names. Lists the objects of a template once, so make one
// where none is made or deleted in the meantime.
class HocLookup
{
  public:
    // NULL: there is none of that name.
    Object *object(const std::string &name);
    Object *object(const ObjectName &name);
    // That a file names at `path`, and that `what` is to name; NULL for "". Throws Error if it is
    // not there.
    Object *object_in(const torpor_tree_reader &reader, const std::string &path,
                      const std::string &what);
    // That `what` has named before, and is to name again; NULL for none. The same.
    Object *object_again(const ObjectName &name, const std::string &what);
    // Of a variable such as "x" or "Cell[3].x". NULL: there is none. *owner: whose it is, NULL if
    // no object's.
    const Symbol *symbol(const std::string &name, const Object **owner);

  private:
    std::unordered_map<std::string, std::vector<Object *>> objects_; // of templates
};

} // namespace torpor_neuron

#endif
