// SPDX-License-Identifier: GPL-2.0-or-later
// What the core knows of the beginnings of a script's runs, see torpor/origin.h. Each run has a session of its own; they share
// this, which lasts as long as the network.
#ifndef TORPOR_NEST_ORIGIN_H
#define TORPOR_NEST_ORIGIN_H

#include <cstdint>

#include <torpor/host.hpp>

namespace torpor_nest
{

class Origin
{
public:
  static Origin& instance();
  // ResetKernel: another network.
  void forget();
  // The session takes part from now on. Throws Error.
  void share( torpor* session );

  // Does the core know that this run begins, so that it has compared or kept what the script has set?
  bool has_begun( uint64_t run ) const { return run < n_begun_; }
  void note_begun( uint64_t run ) { n_begun_ = run + 1; }

private:
  torpor_cpp::Session keeper_; // open, without signals or a folder
  uint64_t n_begun_ = 0;
};

} // namespace torpor_nest

#endif
