// SPDX-License-Identifier: GPL-2.0-or-later
#include "hook.h"

#include <condition_variable>
#include <mutex>
#include <omp.h>

#include "kernel_manager.h"
#include "nest_impl.h"
#include "node_collection.h"

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

// While the master thread saves, NEST's other threads wait in the hook, and take shares of its work.
class Crew
{
public:
  void
  open()
  {
    std::lock_guard lock( mutex_ );
    open_ = true;
  }

  void
  close()
  {
    {
      std::lock_guard lock( mutex_ );
      open_ = false;
    }
    changed_.notify_all();
  }

  // Of the other threads: help until the master closes.
  void
  help()
  {
    std::unique_lock lock( mutex_ );
    while ( true )
    {
      changed_.wait( lock, [ this ] { return not open_ or next_ < n_tasks_; } );
      if ( next_ >= n_tasks_ ) { return; }
      work( lock );
    }
  }

  // Of the master thread.
  void
  share( uint64_t n_tasks, void ( *task )( void*, uint64_t ), void* task_data )
  {
    std::unique_lock lock( mutex_ );
    task_ = task;
    task_data_ = task_data;
    next_ = 0;
    n_tasks_ = n_tasks;
    changed_.notify_all();
    work( lock );
    changed_.wait( lock, [ this ] { return busy_ == 0; } );
    n_tasks_ = next_ = 0;
  }

private:
  void
  work( std::unique_lock< std::mutex >& lock )
  {
    ++busy_;
    while ( next_ < n_tasks_ )
    {
      const uint64_t index = next_++;
      lock.unlock();
      task_( task_data_, index );
      lock.lock();
    }
    if ( --busy_ == 0 ) { changed_.notify_all(); }
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  bool open_ = false;
  uint64_t next_ = 0;
  uint64_t n_tasks_ = 0;
  uint32_t busy_ = 0;
  void ( *task_ )( void*, uint64_t ) = nullptr;
  void* task_data_ = nullptr;
};

Crew crew;

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
  if ( is_master ) { crew.open(); }
#pragma omp barrier
  if ( is_master )
  {
    stop_asked = armed_session->step();
    if ( stop_asked ) { nest::kernel().simulation_manager.to_do_ = to - from; }
    crew.close();
  }
  else
  {
    crew.help();
  }
#pragma omp barrier
  if ( stop_asked and stop_throws )
  {
    throw nest::KernelException( "torpor: stopped at " + std::to_string( nest::kernel().simulation_manager.clock_.get_ms() )
      + " ms after a checkpoint; the same script again goes on from there" );
  }
}

void
share_work( uint64_t n_tasks, void ( *task )( void* task_data, uint64_t index ), void* task_data )
{
  if ( omp_in_parallel() )
  {
    crew.share( n_tasks, task, task_data );
    return;
  }
#pragma omp parallel for schedule( dynamic )
  for ( uint64_t i = 0; i < n_tasks; ++i ) { task( task_data, i ); }
}

} // namespace torpor_nest
