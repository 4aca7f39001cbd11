// SPDX-License-Identifier: GPL-2.0-or-later
// A node that is updated last in each slice, and then lets the core save.
#ifndef TORPOR_NEST_HOOK_H
#define TORPOR_NEST_HOOK_H

#include <cstdint>

#include "device_node.h"
#include "nest.h"

namespace torpor_nest
{

class Session;

// In cache lines of its own: each thread counts in its hook while the others read theirs.
class alignas( 64 ) Hook : public nest::DeviceNode
{
public:
  Hook() = default;
  Hook( const Hook& other ) : nest::DeviceNode( other ) {}

  // Call it after ResetKernel, which has deleted all nodes.
  static void forget();
  // Insert a hook after all other nodes, until disarm(), which calls session->step() at the end of those slices at which that
  // is due, and of the first and the last slice. No nodes may be created before disarm().
  static void arm( Session* session );
  static void disarm();
  static bool stopped();

  bool has_proxies() const override { return false; } // one on each thread
  void init_buffers_() override {}
  void pre_run_hook() override {}
  void update( nest::Time const&, const long, const long ) override;
  void get_status( Dictionary& ) const override {}
  void set_status( const Dictionary& ) override {}

private:
  uint64_t n_slices_ = 0; // that this thread has updated since arm()
};

} // namespace torpor_nest

#endif
