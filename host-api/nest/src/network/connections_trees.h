// SPDX-License-Identifier: GPL-2.0-or-later
// Who is connected to whom, as trees: one for each virtual process, which has the same connections on any number of ranks.
#ifndef TORPOR_NEST_CONNECTIONS_TREES_H
#define TORPOR_NEST_CONNECTIONS_TREES_H

#include <optional>
#include <string>
#include <vector>

#include <torpor/host.hpp>

#include "network/connectivity.h"

namespace torpor_nest
{

class ConnectionsTrees
{
public:
  // A save writes digests. A restore compares them with the live network before anything is changed. `of_save` must hold the
  // connectivity during a save. They must be used up before the next call.
  std::vector< torpor_tree > list( Connectivity& of_save );

private:
  // One digest that is not known before all columns are gathered.
  struct Late
  {
    Links* links;
    size_t tid;
  };

  struct OfProcess
  {
    ConnectionsTrees* all;
    size_t tid;
    std::string path;
    std::vector< Late > late {};
  };

  static void gather_digest( Late& late, void* value );
  static void write( OfProcess& of, const torpor_tree_writer& w );
  static void read( OfProcess& of, const torpor_tree_reader& r );

  Connectivity* of_save_ = nullptr;
  std::optional< Connectivity > live_; // while the trees are read
  std::vector< OfProcess > processes_;
};

} // namespace torpor_nest

#endif
