// SPDX-License-Identifier: GPL-2.0-or-later
// The extension module that nest.Install() loads, and the functions that package torpor_nest calls in it.
#include <memory>
#include <utility>

#include "kernel_manager.h"
#include "nest_extension_interface.h"

#include "ascii.h"
#include "defaults.h"
#include "error.h"
#include "generators.h"
#include "hook.h"
#include "labels.h"
#include "network.h"
#include "session.h"

#define EXPORT extern "C" __attribute__( ( visibility( "default" ) ) )

using namespace torpor_nest;

namespace
{

std::unique_ptr< Session > open_session;
bool is_inside_run = false; // the kernel stands inside of a run that was restored

// One save or restore between runs: a session of its own, without signals and schedule.
std::unique_ptr< Session >
single( const char* dir )
{
  return std::make_unique< Session >(
    std::vector< std::string > { std::string( "dir=" ) + dir, "mode=sync", "resume=never", "every_wall=1000000 h" },
    false );
}

// Connections and nodes are put in their final order by the preparation of a run.
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

} // namespace

class TorporModule : public nest::NESTExtensionInterface
{
public:
  void
  initialize() override
  {
    // After ResetKernel nothing of the network is left that a session could speak of.
    Hook::disarm();
    open_session.reset();
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

// NEST's version as this module was built for.
EXPORT const char*
torpor_nest_built_for()
{
  return NEST_VERSION;
}

// Does the NEST that is running have the layouts that this module was built for?
EXPORT int32_t
torpor_nest_check( torpor_error* error )
{
  return guarded( error, [] { check_layouts(); } );
}

// Save to `path`, between runs. `dir`: its folder.
EXPORT int32_t
torpor_nest_save( const char* dir, const char* path, torpor_error* error )
{
  return guarded( error, [ & ] {
    if ( nest::kernel().simulation_manager.simulating_ )
    {
      throw Error( TORPOR_STATUS_ORDER, "save during Run: wait until NEST has returned, or use every()" );
    }
    refuse_what_cannot_be_saved();
    settle_order();
    auto session = single( dir );
    session->save( path );
    session->close();
  } );
}

EXPORT int32_t
torpor_nest_restore( const char* dir, const char* path, torpor_error* error )
{
  return guarded( error, [ & ] {
    auto& s = nest::kernel().simulation_manager;
    const bool was_prepared = s.prepared_; // between Run and Run; else a Simulate or Prepare follows
    auto session = single( dir );
    session->restore( path );
    s.prepared_ = was_prepared;
    session->close();
  } );
}

// See labels.h.
EXPORT void
torpor_nest_set_most_targets( uint64_t n )
{
  set_most_targets( n );
}

// Tests only, see population.h.
EXPORT void
torpor_nest_leave_out( const char* text )
{
  leave_out( text );
}

// Attach for the next run, with checkpoints inside of it. With `resumes`, resume if option `resume` says so; a
// later run of the same script goes on from where it is.
EXPORT int32_t
torpor_nest_begin( const char* const* options, uint64_t n_options, int32_t stop_throws, int32_t resumes,
  int32_t* resumed, torpor_error* error )
{
  return guarded( error, [ & ] {
    if ( open_session ) { throw Error( TORPOR_STATUS_ORDER, "checkpoints are armed already: call finish() first" ); }
    if ( nest::kernel().simulation_manager.simulating_ )
    {
      throw Error( TORPOR_STATUS_ORDER, "NEST is running" );
    }
    if ( nest::kernel().simulation_manager.prepared_ and not stop_throws and not is_inside_run )
    {
      throw Error( TORPOR_STATUS_ORDER,
        "simulate() prepares and cleans up itself: call it outside of nest.Prepare and nest.RunManager" );
    }
    Hook::arm( nullptr, false ); // creates the node, which is not part of what is saved
    auto session = std::make_unique< Session >( std::vector< std::string >( options, options + n_options ), true );
    *resumed = resumes and session->restore( nullptr );
    if ( *resumed ) { is_inside_run = session->was_inside_run(); }
    open_session = std::move( session );
    Hook::arm( open_session.get(), stop_throws );
  } );
}

// Simulated time now, in steps.
EXPORT int64_t
torpor_nest_now()
{
  const auto& s = nest::kernel().simulation_manager;
  return s.clock_.get_steps() + s.from_step_;
}

// Simulate until `until_step`, going on inside of the run that was restored, if there is one.
EXPORT int32_t
torpor_nest_run( int64_t until_step, int32_t* stopped, torpor_error* error )
{
  return guarded( error, [ & ] {
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
      kernel.io_manager.post_run_hook();
      kernel.random_manager.check_rng_synchrony();
    }
    else
    {
      kernel.prepare();
      s.run( nest::Time( nest::Time::step( left ) ) );
    }
    kernel.cleanup();
    *stopped = Hook::stopped();
  } );
}

// A Simulate of the user's own follows: let it do only what is left of it. NEST draws from the synchronized
// generators when a run begins, which this one did long ago.
EXPORT int32_t
torpor_nest_skip( int64_t steps_done, torpor_error* error )
{
  return guarded( error, [ & ] {
    auto& s = nest::kernel().simulation_manager;
    s.prepared_ = is_inside_run = false;
    s.to_do_ = -steps_done;
    AsciiBackend::instance().at_next_run( [ kept = SynchronizedGenerators() ] {
      const auto& s = nest::kernel().simulation_manager;
      if ( s.to_do_ < 0 )
      {
        throw nest::KernelException( "torpor: the checkpoint stands behind the end of this Simulate; a script of "
                                     "several runs resumes with torpor_nest.simulate()" );
      }
      kept.put_back();
    } );
  } );
}

// Has the last run been stopped after a checkpoint?
EXPORT int32_t
torpor_nest_stopped()
{
  return Hook::stopped();
}

// Detach after a run.
EXPORT int32_t
torpor_nest_finish( torpor_error* error )
{
  return guarded( error, [] {
    Hook::disarm();
    if ( open_session )
    {
      auto session = std::move( open_session );
      session->close();
    }
  } );
}
