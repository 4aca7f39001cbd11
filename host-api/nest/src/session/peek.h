// SPDX-License-Identifier: GPL-2.0-or-later
// A look into a checkpoint before the network is listed for a restore of it.
#ifndef TORPOR_NEST_PEEK_H
#define TORPOR_NEST_PEEK_H

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include <torpor/host.h>

namespace torpor_nest
{

// Call `read` with tree `path` of the checkpoint that a session with these options would restore: the file, or with
// NULL whatever option `resume` says. Returns false, without a call, if there is none, if it is of a step later than
// `until_step`, of another model, or damaged: a restore says so. Throws what `read` throws, with the file's name.
bool peek_at_tree( const std::vector< std::string >& options, const char* file, int64_t until_step, const char* path,
  const std::function< void( const torpor_tree_reader& ) >& read );

} // namespace torpor_nest

#endif
