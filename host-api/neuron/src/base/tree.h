// SPDX-License-Identifier: MIT
// Trees of the core, and what is read from them: see torpor/host.hpp.
#ifndef TORPOR_NEURON_TREE_H
#define TORPOR_NEURON_TREE_H

#include "base/error.h"

namespace torpor_neuron
{

using torpor_cpp::escaped;
using torpor_cpp::get;
using torpor_cpp::keys;

template <class Data>
void
write_tree(Data &data, const torpor_tree_writer &writer)
{
    data.write(writer);
}

template <class Data>
void
read_tree(Data &data, const torpor_tree_reader &reader)
{
    data.read(reader);
}

template <class Data>
void
commit_tree(Data &data)
{
    data.commit();
}

// The tree `path` of `data`, by its write, read and commit, static or not. `flags`:
// TORPOR_ORIGIN_...
template <class Data>
torpor_tree
tree_of(const char *path, Data &data, std::uint32_t flags = 0)
{
    return torpor_cpp::tree_of<write_tree<Data>, read_tree<Data>, commit_tree<Data>>(path, data,
                                                                                     flags);
}

} // namespace torpor_neuron

#endif
