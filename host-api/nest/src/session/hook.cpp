// SPDX-License-Identifier: GPL-2.0-or-later
#include "session/hook.h"

#include <algorithm>
#include <atomic>
#include <vector>

#include "kernel_manager.h"
#include "model_manager_impl.h"
#include "sparse_node_array.h"
#include "vp_manager_impl.h"

#include "base/borrowed_threads.h"
#include "network/network.h"
#include "session/session.h"

namespace torpor_nest
{

namespace
{

Session* armed_session = nullptr;
bool stop_asked = false;
std::vector< Hook* > hooks; // one on each thread; empty while not armed

// Do the threads meet at the end of a slice? The master thread decides a slice ahead, and all threads look at the end of the
// slice. Between two slices NEST has barriers, so that no thread is a slice behind: there is a place for slices of even and one
// for slices of odd number.
std::atomic< bool > meets[ 2 ];

void
set_meets( uint64_t slice, bool meet )
{
  std::atomic< bool >& place = meets[ slice % 2 ];
  if ( place.load( std::memory_order_relaxed ) != meet ) { place.store( meet, std::memory_order_relaxed ); }
}

// All threads call this. While the master thread may save, the others lend it their time.
void
meet( Session& session, bool is_master, long n_steps )
{
  if ( is_master ) { begin_borrowing(); }
#pragma omp barrier
  if ( is_master )
  {
    stop_asked = session.step();
    if ( stop_asked ) { nest::kernel().simulation_manager.to_do_ = n_steps; }
    end_borrowing();
  }
  else
  {
    lend_thread();
  }
#pragma omp barrier
}

// After a slice of so many steps. What comes after the last slice cannot be noticed any more, so the threads always meet there.
bool
is_due_next( Session& session, long n_steps )
{
  const auto& kernel = nest::kernel();
  const long left = kernel.simulation_manager.to_do_ - n_steps;
  const long next = std::min( left, kernel.connection_manager.get_min_delay() );
  return next == left or session.is_due_in( next );
}

// Hooks are updated like other nodes. But they are not in NEST's count of nodes, its collections and its device numbers, so
// that what a script creates later is the same as without checkpoints.
void
insert_hooks()
{
  auto& manager = nest::kernel().node_manager;
  nest::Model& model = *nest::kernel().model_manager.get_node_model(
    nest::kernel().model_manager.get_node_model_id( HOOK_MODEL ) );
  for ( size_t tid = 0; tid < manager.local_nodes_.size(); ++tid )
  {
    auto* hook = static_cast< Hook* >( model.create_() );
    hook->set_node_id_( manager.size() + 1 );
    hook->set_model_id( model.get_model_id() );
    hook->set_thread( tid );
    hook->set_vp( nest::kernel().vp_manager.thread_to_vp( tid ) );
    hook->set_initialized();
    manager.local_nodes_[ tid ].nodes_.push_back( nest::SparseNodeArray::NodeEntry( *hook, hook->get_node_id() ) );
    hooks.push_back( hook );
  }
}

void
remove_hooks()
{
  for ( Hook* hook : hooks )
  {
    auto& nodes = nest::kernel().node_manager.local_nodes_[ hook->get_thread() ].nodes_;
    nodes.erase( nodes.begin() + ( nodes.size() - 1 ), nodes.end() );
    delete hook;
  }
  hooks.clear();
}

} // namespace

void
Hook::forget()
{
  armed_session = nullptr;
  hooks.clear();
}

void
Hook::arm( Session* session )
{
  disarm();
  insert_hooks();
  stop_asked = false;
  set_meets( 0, true );
  armed_session = session;
}

void
Hook::disarm()
{
  armed_session = nullptr;
  remove_hooks();
}

bool
Hook::stopped()
{
  return stop_asked;
}

void
Hook::update( nest::Time const&, const long from, const long to )
{
  if ( not armed_session ) { return; }
  const bool is_master = get_thread() == 0;
  const uint64_t slice = n_slices_++;
  if ( meets[ slice % 2 ].load( std::memory_order_relaxed ) ) { meet( *armed_session, is_master, to - from ); }
  if ( is_master ) { set_meets( slice + 1, is_due_next( *armed_session, to - from ) ); }
}

} // namespace torpor_nest
