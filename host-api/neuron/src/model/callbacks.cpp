// SPDX-License-Identifier: MIT
#include "model/callbacks.h"

#include <algorithm>
#include <dlfcn.h>
#include <vector>

#include "wheel/layouts.h"

namespace torpor_neuron
{

namespace
{

struct Callback {
    Object *function;
    std::string name;
};

std::vector<Callback> callbacks;

void *
python_object(const Object *object)
{
    return static_cast<const PythonObject *>(object->u.this_pointer)->object;
}

// As Python's == says: each look at a method makes another object.
bool
are_equal(void *a, void *b)
{
    using Compare = int (*)(void *, void *, int);
    constexpr int EQUAL = 2; // Py_EQ
    static const auto compare =
        reinterpret_cast<Compare>(dlsym(RTLD_DEFAULT, "PyObject_RichCompareBool"));
    static const auto clear = reinterpret_cast<void (*)()>(dlsym(RTLD_DEFAULT, "PyErr_Clear"));
    const int result = a == b || compare == nullptr ? a == b : compare(a, b, EQUAL);
    if (result < 0)
        clear();
    return result == 1;
}

} // namespace

void
add_callback(Object *function, const std::string &name, const void *address)
{
    if (python_object(function) != address)
        throw Error(TORPOR_STATUS_VERSION,
                    name + " is not laid out as in the NEURON that this adapter was built for: "
                           "install its wheel from PyPI");
    ++function->refcount;
    callbacks.push_back({function, name});
}

std::optional<std::uint64_t>
number_of_callback(const Object *function)
{
    const auto found = std::find_if(callbacks.begin(), callbacks.end(), [&](const Callback &known) {
        return are_equal(python_object(known.function), python_object(function));
    });
    if (found == callbacks.end())
        return std::nullopt;
    return static_cast<std::uint64_t>(found - callbacks.begin());
}

const std::string &
name_of_callback(std::uint64_t number)
{
    return callbacks.at(number).name;
}

Object *
find_callback(std::uint64_t number, const std::string &name)
{
    const bool is_known = number < callbacks.size() && callbacks[number].name == name;
    return is_known ? callbacks[number].function : nullptr;
}

} // namespace torpor_neuron
