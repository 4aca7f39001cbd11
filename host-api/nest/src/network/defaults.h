// SPDX-License-Identifier: GPL-2.0-or-later
// The effects of SetDefaults and CopyModel: parameters of nodes and synapses that are yet to be created, and parameters that
// all synapses of a model share, such as e-prop's optimizer.
#ifndef TORPOR_NEST_DEFAULTS_H
#define TORPOR_NEST_DEFAULTS_H

#include <map>
#include <optional>
#include <string>

#include "dictionary.h"

#include <torpor/host.hpp>

namespace torpor_nest
{

// Remember the models as they are before a script changes them. A save writes what differs from this.
void remember_defaults();

class Network;

class Defaults
{
public:
  // The tree "defaults": model -> parameter -> value. A run does not change it, so it is looked at once then.
  torpor_tree tree( bool is_inside_run );
  // Apply what a restore has read, on all of NEST's threads. Call it outside parallel regions, when the populations of the
  // network are restored.
  void apply( const Network& network );

private:
  void write( const torpor_tree_writer& w );
  void read( const torpor_tree_reader& r );
  void commit();

  std::map< std::string, Dictionary > changes_; // read from the checkpoint, to be applied
  bool is_due_ = false;
  bool is_inside_run_ = false;
  std::optional< std::map< std::string, Dictionary > > differences_; // inside a run: what a save writes
};

} // namespace torpor_nest

#endif
