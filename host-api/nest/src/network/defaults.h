// SPDX-License-Identifier: GPL-2.0-or-later
// What SetDefaults and CopyModel made of the models: parameters of nodes and synapses that are still to be created,
// and those that all synapses of a model share, such as the optimizer of e-prop.
#ifndef TORPOR_NEST_DEFAULTS_H
#define TORPOR_NEST_DEFAULTS_H

#include <map>
#include <string>

#include "dictionary.h"

#include <torpor/host.h>

namespace torpor_nest
{

// The models as they are before a script has changed them; saved is what differs from this.
void remember_defaults();

class Network;

class Defaults
{
public:
  // The tree "defaults": model -> parameter -> value.
  torpor_tree tree();
  // Make what a restore has read live, on all of NEST's threads: not from inside of a parallel region. The populations of
  // the network have been restored.
  void apply( const Network& network );

private:
  void write( const torpor_tree_writer& w );
  void read( const torpor_tree_reader& r );

  std::map< std::string, Dictionary > changes_; // that a restore makes
  bool is_due_ = false;
};

} // namespace torpor_nest

#endif
