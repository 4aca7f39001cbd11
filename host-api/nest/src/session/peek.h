// SPDX-License-Identifier: GPL-2.0-or-later
// Read one tree of a checkpoint without restoring it.
#ifndef TORPOR_NEST_PEEK_H
#define TORPOR_NEST_PEEK_H

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include <torpor/host.h>

namespace torpor_nest
{

// Call `read` with the tree `path` of the checkpoint that a session with these options would restore: of `file`, or if that is
// NULL, of the checkpoint that option `resume` names. Returns false without calling `read` if there is no checkpoint, or if it
// is damaged, of another model, or of a step after `until_step`; a restore reports that. Throws what `read` throws, with the
// file's name.
bool peek_at_tree( const std::vector< std::string >& options, const char* file, int64_t until_step, const char* path,
  const std::function< void( const torpor_tree_reader& ) >& read );

} // namespace torpor_nest

#endif
