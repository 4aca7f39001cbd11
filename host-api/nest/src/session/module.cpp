// SPDX-License-Identifier: GPL-2.0-or-later
// The extension module that nest.Install() loads, with the functions that the package torpor_nest calls.
#include <cstdlib>
#include <memory>
#include <optional>
#include <utility>

#include "kernel_manager.h"
#include "nest_extension_interface.h"

#include <torpor/interrupts.hpp>

#include "base/error.h"
#include "base/left_out.h"
#include "reflect/nest_build.h"
#include "kernel/ascii.h"
#include "kernel/generators.h"
#include "kernel/ranks.h"
#include "kernel/structural_plasticity.h"
#include "network/defaults.h"
#include "network/labels_tree.h"
#include "network/network.h"
#include "network/row_numbers.h"
#include "session/earlier_runs.h"
#include "session/hook.h"
#include "session/origin.h"
#include "session/session.h"

#define EXPORT extern "C" __attribute__( ( visibility( "default" ) ) )

using namespace torpor_nest;

namespace
{

std::unique_ptr< torpor_cpp::Interrupts > interrupts; // while there is a session with signals
std::unique_ptr< Session > open_session;

// End the session. The core raises the signal again that has stopped the run.
void
close( std::unique_ptr< Session > session )
{
  const auto guard = std::move( interrupts );
  if ( guard ) { guard->pass_on(); }
  session->close();
}

bool is_inside_run = false; // the kernel is inside a run that was restored

using Options = std::vector< std::string >;

RowNumbers
rows_of_all()
{
  std::string mine;
  agree( [ & ] {
    Network network;
    network.refresh();
    mine = network.pieces();
  } );
  return RowNumbers( gather_from_all( mine ) );
}

// A session on each rank, or on none.
std::unique_ptr< Session >
session_of_all( const Options& options, bool takes_signals )
{
  std::unique_ptr< Session > session;
  std::optional< RowNumbers > rows;
  if ( n_ranks() > 1 ) { rows = rows_of_all(); }
  agree( [ & ] { session = std::make_unique< Session >( options, takes_signals, rows ? &*rows : nullptr ); } );
  return session;
}

// A session for one save or restore between runs, without signals and schedule. A network that has run is not as the script
// built it; where synapses come and go, a restore lists those of the checkpoint.
std::unique_ptr< Session >
session_for_one_call( const char* dir )
{
  std::vector< std::string > options { std::string( "dir=" ) + dir, "mode=sync", "resume=never", "every_wall=1000000 h" };
  if ( nest::kernel().simulation_manager.get_time().get_steps() > 0 or synapses_come_and_go() )
  {
    options.push_back( "origin=ignore" );
  }
  return session_of_all( options, false );
}

// Preparing a run brings connections and nodes into their final order.
void
settle_order()
{
  auto& kernel = nest::kernel();
  auto& s = kernel.simulation_manager;
  if ( not s.prepared_
    and ( kernel.node_manager.have_nodes_changed() or kernel.connection_manager.connections_have_changed() ) )
  {
    s.prepare();
    s.prepared_ = false;
  }
}

// What NEST does after the last slice of a run. A checkpoint taken in that slice does not include it.
void
end_of_run( double time_ms )
{
  for ( const auto& local : nest::kernel().node_manager.local_nodes_ )
  {
    for ( auto entry = local.begin(); entry != local.end(); ++entry )
    {
      entry->get_node()->update_synaptic_elements( time_ms );
    }
  }
}

} // namespace

class TorporModule : public nest::NESTExtensionInterface
{
public:
  void
  initialize() override
  {
    // After ResetKernel, nothing is left of the network that a session belonged to.
    Hook::forget();
    open_session.reset();
    interrupts.reset();
    EarlierRuns::instance().forget();
    Origin::instance().forget();
    is_inside_run = false;
    nest::register_node_model< Hook >( HOOK_MODEL );
    AsciiBackend::instance();
    remember_defaults();
  }
};

EXPORT TorporModule torpormodule_LTX_module;
TorporModule torpormodule_LTX_module;

EXPORT const char*
torpor_nest_version()
{
  return TORPOR_VERSION;
}

// The version of NEST that this module was built for.
EXPORT const char*
torpor_nest_built_for()
{
  return NEST_VERSION;
}

// Is the loaded NEST the build that this module was built against? Call it before nest.Install().
EXPORT int32_t
torpor_nest_check_build( torpor_error* error )
{
  return guarded( error, [] { check_nest_build(); } );
}

// See nest_build.h. The text is valid until the next call.
EXPORT const char*
torpor_nest_loaded_build()
{
  static std::string text;
  text = loaded_nest_build();
  return text.c_str();
}

// Are the sizes of NEST's models those that this module was built for?
EXPORT int32_t
torpor_nest_check( torpor_error* error )
{
  return guarded( error, [] { check_layouts(); } );
}

// Save to `path`, between runs. `dir` is the folder of `path`.
EXPORT int32_t
torpor_nest_save( const char* dir, const char* path, torpor_error* error )
{
  return guarded( error, [ & ] {
    if ( nest::kernel().simulation_manager.simulating_ )
    {
      throw Error( TORPOR_STATUS_ORDER, "save during Run: wait until NEST has returned, or use every()" );
    }
    agree( [] { refuse_what_cannot_be_saved(); } );
    settle_order();
    auto session = session_for_one_call( dir );
    session->save( path );
    session->close();
  } );
}

EXPORT int32_t
torpor_nest_restore( const char* dir, const char* path, torpor_error* error )
{
  return guarded( error, [ & ] {
    auto& s = nest::kernel().simulation_manager;
    const bool was_prepared = s.prepared_; // true: between two calls of Run; false: Simulate or Prepare follows
    auto session = session_for_one_call( dir );
    session->restore( path );
    s.prepared_ = was_prepared;
    session->close();
  } );
}

// See labels_tree.h.
EXPORT void
torpor_nest_set_most_targets( uint64_t n )
{
  set_most_targets( n );
}

// The number of processes that NEST runs on, if this module was built for a NEST with MPI; else 1.
EXPORT uint32_t
torpor_nest_n_ranks()
{
  return n_ranks();
}

EXPORT uint32_t
torpor_nest_rank()
{
  return this_rank();
}

// For tests only, see ranks.h. `lent` must stay where it is.
EXPORT void
torpor_nest_lend_collective( const torpor_collective* lent )
{
  lend_collective( lent );
}

// For tests only, see left_out.h.
EXPORT void
torpor_nest_leave_out( const char* text )
{
  leave_out( text );
}

// Start a session for the next run, up to `until_step`, with checkpoints inside it. With `resumes`, restore what option
// `resume` names. But if that checkpoint is of a later step or run, there is no session, nothing is restored, and `ahead` is
// the checkpoint's step; otherwise `ahead` is NONE_AHEAD. `inside_prepare`: the run may be one of several between a Prepare
// and a Cleanup. `handles_interrupts`: option `signals` has SIGINT; see torpor/interrupts.hpp. `is_at_end`: the network's end is restored
// after all runs, and no run begins.
EXPORT int32_t
torpor_nest_begin( const char* const* options, uint64_t n_options, int32_t resumes, int64_t until_step,
  int32_t inside_prepare, int32_t handles_interrupts, int32_t is_at_end, int32_t* resumed, int64_t* ahead,
  torpor_error* error )
{
  return guarded( error, [ & ] {
    if ( open_session ) { throw Error( TORPOR_STATUS_ORDER, "a run with checkpoints is in progress already" ); }
    auto& s = nest::kernel().simulation_manager;
    if ( s.simulating_ ) { throw Error( TORPOR_STATUS_ORDER, "NEST is running" ); }
    if ( s.prepared_ and not inside_prepare )
    {
      throw Error( TORPOR_STATUS_ORDER,
        "simulate() prepares and cleans up itself: call it outside nest.Prepare and nest.RunManager" );
    }
    *ahead = NONE_AHEAD;
    EarlierRuns::instance().begin();
    auto guard = handles_interrupts ? std::make_unique< torpor_cpp::Interrupts >() : nullptr;
    Options texts( options, options + n_options );
    if ( is_at_end ) { texts.push_back( "origin=ignore" ); } // all runs were compared
    else if ( Session::needs_order( resumes ) ) { settle_order(); }
    auto session = session_of_all( texts, true );
    agree( [ & ] { session->refuse_what_cannot_be_saved(); } );
    if ( is_at_end ) { session->share_origin(); }
    else { session->begin_run( resumes ); }
    *resumed = resumes and session->restore( nullptr, until_step, *ahead );
    interrupts = std::move( guard );
    if ( *ahead != NONE_AHEAD )
    {
      close( std::move( session ) );
      return;
    }
    if ( *resumed ) { is_inside_run = session->was_inside_run(); }
    open_session = std::move( session );
    Hook::arm( open_session.get() );
  } );
}

// Skip a run up to `end_step`, leaving time and generators for the script's next lines as that run left them. What the script
// has set is compared with what it had set in the earlier process.
EXPORT int32_t
torpor_nest_pass_over( const char* const* options, uint64_t n_options, int64_t end_step, torpor_error* error )
{
  return guarded( error, [ & ] {
    EarlierRuns& runs = EarlierRuns::instance();
    runs.begin();
    settle_order();
    if ( not Origin::instance().has_begun( runs.count() ) )
    {
      const auto session = session_of_all( Options( options, options + n_options ), false );
      session->begin_run( false );
      session->close();
    }
    agree( [ & ] { runs.pass_over( end_step ); } );
  } );
}

// Skip a restore by hand that follows a skipped run.
EXPORT int32_t
torpor_nest_pass_over_restore( torpor_error* error )
{
  return guarded( error, [] { EarlierRuns::instance().pass_over_restore(); } );
}

// See earlier_runs.h.
EXPORT void
torpor_nest_append_reads( const char* line, uint64_t length )
{
  EarlierRuns::instance().append_reads( line, length );
}

// Look at the checkpoint that option `resume` names: its step, what the script had read, and how its last run ended if it is of
// a network's end. Nothing is restored. `step` is NONE_AHEAD if there is none. The texts are valid until the next call.
// `is_built`: the network is complete, so that what cannot be saved of it is refused.
EXPORT int32_t
torpor_nest_look( const char* const* options, uint64_t n_options, int32_t is_built, int64_t* step, const char** reads,
  uint64_t* n_reads, const char** network_end, torpor_error* error )
{
  static std::string seen_reads;
  static std::string seen_end;
  return guarded( error, [ & ] {
    const auto session = session_of_all( Options( options, options + n_options ), false );
    if ( is_built )
    {
      agree( [ & ] { session->refuse_what_cannot_be_saved(); } );
    }
    seen_reads.clear();
    seen_end.clear();
    *step = NONE_AHEAD;
    const auto look = [ & ]( const torpor_glimpse& glimpse ) {
      // A restore reports a file of another simulator.
      if ( std::string( "nest" ) == glimpse.host_name )
      {
        EarlierRuns::look( *glimpse.reader, seen_reads, seen_end );
      }
      *step = static_cast< int64_t >( glimpse.clock->step );
    };
    agree( [ & ] { session->peek( nullptr, look ); } );
    session->close();
    *reads = seen_reads.data();
    *n_reads = seen_reads.size();
    *network_end = seen_end.c_str();
  } );
}

// Save the network's end into the folder of checkpoints, after the script's last run. `network_end`: see earlier_runs.h.
EXPORT int32_t
torpor_nest_save_end( const char* const* options, uint64_t n_options, const char* network_end, torpor_error* error )
{
  return guarded( error, [ & ] {
    agree( [] { refuse_what_cannot_be_saved(); } );
    settle_order();
    auto& earlier_runs = EarlierRuns::instance();
    earlier_runs.begin();
    const auto session = session_of_all( Options( options, options + n_options ), false );
    earlier_runs.set_network_end( network_end );
    struct Cleared
    {
      ~Cleared() { EarlierRuns::instance().set_network_end( "" ); }
    } cleared;
    session->share_origin();
    session->save( nullptr );
    session->close();
  } );
}

// The simulated time, in steps.
EXPORT int64_t
torpor_nest_now()
{
  const auto& s = nest::kernel().simulation_manager;
  return s.clock_.get_steps() + s.from_step_;
}

// Simulate until `until_step`. If a run was restored, continue inside it. `failure`: the name of the exception with which NEST
// itself has ended the run.
EXPORT int32_t
torpor_nest_run( int64_t until_step,
  int32_t inside_prepare,
  int32_t* stopped,
  const char** failure,
  torpor_error* error )
{
  const auto run = [ & ] {
    auto& kernel = nest::kernel();
    auto& s = kernel.simulation_manager;
    const long left = until_step - torpor_nest_now();
    if ( std::exchange( is_inside_run, false ) and s.prepared_ )
    {
      for ( auto* manager : kernel.managers )
      {
        if ( manager != &s ) { manager->prepare(); }
      }
      s.to_do_ = s.to_do_total_ = left;
      s.to_step_ = std::min( s.from_step_ + left, kernel.connection_manager.get_min_delay() );
      kernel.io_manager.pre_run_hook();
      if ( left > 0 ) { s.call_update_(); }
      else { end_of_run( nest::Time( nest::Time::step( until_step ) ).get_ms() ); }
      kernel.io_manager.post_run_hook();
      kernel.random_manager.check_rng_synchrony();
    }
    else
    {
      if ( not s.prepared_ ) { kernel.prepare(); }
      s.run( nest::Time( nest::Time::step( left ) ) );
    }
    if ( not inside_prepare ) { kernel.cleanup(); }
    EarlierRuns::instance().end();
    *stopped = Hook::stopped();
  };
  return guarded( error, [ & ] {
    try
    {
      run();
    }
    catch ( const nest::KernelException& e )
    {
      static std::string name;
      name = e.exception_name();
      *failure = name.c_str();
      if ( *e.what() == '\0' ) { throw Error( TORPOR_STATUS_HOST, "NEST gives no reason here; it may have logged one" ); }
      throw;
    }
  } );
}

// The process ends with status 1 instead of 0, after the exit handlers that are left have run.
EXPORT void
torpor_nest_fail_at_exit()
{
  on_exit( []( int status, void* ) { if ( status == 0 ) { std::exit( 1 ); } }, nullptr );
}

// End the session after a run.
EXPORT int32_t
torpor_nest_finish( torpor_error* error )
{
  return guarded( error, [] {
    Hook::disarm();
    if ( open_session )
    {
      close( std::move( open_session ) );
    }
  } );
}
