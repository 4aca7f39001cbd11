// SPDX-License-Identifier: GPL-2.0-or-later
#include "hook.h"

#include "kernel_manager.h"
#include "nest_impl.h"
#include "node_collection.h"

#include "crew.h"
#include "network.h"
#include "session.h"

namespace torpor_nest
{

namespace
{

Session* armed_session = nullptr;
size_t armed_id = 0; // node id of the hook that is last
bool stop_throws = false;
bool stop_asked = false;

bool
is_last( const nest::Node& node )
{
  const auto& nodes = nest::kernel().node_manager.get_local_nodes( node.get_thread() );
  return nodes.size() > 0 and nodes.get_node_by_index( nodes.size() - 1 ) == &node;
}

} // namespace

void
Hook::arm( Session* session, bool throws )
{
  auto& nodes = nest::kernel().node_manager;
  const auto& local = nodes.get_local_nodes( 0 );
  const nest::Node* last = local.size() ? local.get_node_by_index( local.size() - 1 ) : nullptr;
  if ( not dynamic_cast< const Hook* >( last ) )
  {
    nest::create( HOOK_MODEL, 1 );
  }
  armed_id = nodes.size();
  stop_throws = throws;
  stop_asked = false;
  armed_session = session;
}

void
Hook::disarm()
{
  armed_session = nullptr;
}

bool
Hook::stopped()
{
  return stop_asked;
}

void
Hook::pre_run_hook()
{
  if ( armed_session and get_node_id() == armed_id and not is_last( *this ) )
  {
    throw nest::KernelException( "torpor: nodes were created after torpor_nest.every(); call it right before Simulate" );
  }
}

void
Hook::update( nest::Time const&, const long from, const long to )
{
  if ( not armed_session or get_node_id() != armed_id ) { return; }
  const bool is_master = get_thread() == 0;
  if ( is_master ) { open_crew(); }
#pragma omp barrier
  if ( is_master )
  {
    stop_asked = armed_session->step();
    if ( stop_asked ) { nest::kernel().simulation_manager.to_do_ = to - from; }
    close_crew();
  }
  else
  {
    help_crew();
  }
#pragma omp barrier
  if ( stop_asked and stop_throws )
  {
    throw nest::KernelException( "torpor: stopped at " + std::to_string( nest::kernel().simulation_manager.clock_.get_ms() )
      + " ms after a checkpoint; the same script again goes on from there" );
  }
}

} // namespace torpor_nest
