// SPDX-License-Identifier: MIT
#include "model/vectors.h"

#include <algorithm>
#include <string>
#include <unordered_map>

#include "base/tree.h"
#include "wheel/hoc.h"

namespace torpor_neuron
{

namespace
{

IvocVect *
vector_of(const Object *object)
{
    return static_cast<IvocVect *>(object->u.this_pointer);
}

} // namespace

std::uint32_t
number_of(IvocVect *vector)
{
    return vector != nullptr ? static_cast<std::uint32_t>((*vector_pobj(vector))->index)
                             : NO_VECTOR;
}

// Their values go from NEURON's memory to the file at once: they may be most of the state.
void
Vectors::write(const torpor_tree_writer &writer)
{
    const std::vector<Object *> objects = objects_of("Vector");
    saved_.clear();
    saved_.reserve(objects.size()); // their places stay as they are
    for (const Object *object : objects) {
        saved_.push_back(vector_of(object));
        torpor_array array{};
        array.dtype = TORPOR_DTYPE_FLOAT64;
        array.rank = 1;
        array.shape[0] = static_cast<std::uint64_t>(vector_capacity(saved_.back()));
        writer.put_late(
            writer.data, name_of(object).c_str(), &array,
            [](void *vector, void *values, torpor_error *) {
                IvocVect *from = *static_cast<IvocVect **>(vector);
                std::copy_n(vector_vec(from), vector_capacity(from), static_cast<double *>(values));
                return TORPOR_STATUS_OK;
            },
            &saved_.back());
    }
}

// A script that is started again makes its Vectors in the same order, so that their names are the
// same. Those that it made in the meantime are not there yet, and are not restored.
void
Vectors::read(const torpor_tree_reader &reader)
{
    values_.clear();
    std::unordered_map<std::string, IvocVect *> live;
    for (const Object *object : objects_of("Vector"))
        live.emplace(name_of(object), vector_of(object));
    std::string missing;
    for (const std::string &name : keys(reader, "")) {
        const auto found = live.find(name);
        if (found == live.end()) {
            missing = name;
            continue;
        }
        values_.emplace_back(found->second, torpor_cpp::get<double>(reader, escaped(name).c_str()));
        live.erase(found);
    }
    if (doubts_numbers_ && !missing.empty() && !live.empty())
        throw Error(
            TORPOR_STATUS_MISMATCH,
            "vectors: " + missing + " was saved and is not there, and " + live.begin()->first +
                " is there and was not saved. With reads=\"once\", a Vector that the script "
                "makes after a run that has made some has another number when it is started "
                "again: make it before the first run");
}

void
Vectors::commit()
{
    for (const auto &[vector, values] : values_) {
        if (static_cast<std::size_t>(vector_capacity(vector)) != values.size())
            vector_resize(vector, static_cast<int>(values.size()));
        std::copy(values.begin(), values.end(), vector_vec(vector));
    }
    values_.clear();
}

} // namespace torpor_neuron
