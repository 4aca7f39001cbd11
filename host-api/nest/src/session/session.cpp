// SPDX-License-Identifier: GPL-2.0-or-later
#include "session/session.h"

#include <optional>
#include <utility>

#include "kernel_manager.h"
#include "logging.h"

#include "base/borrowed_threads.h"
#include "base/error.h"
#include "kernel/structural_plasticity.h"
#include "network/accessors.h"
#include "network/labels_tree.h"
#include "network/rewiring.h"
#include "network/uninitialized_members.h"
#include "session/peek.h"

namespace torpor_nest
{

namespace
{

Session&
session_of( void* host_data )
{
  return *static_cast< Session* >( host_data );
}

// The time of the state that would be saved now, in steps since the start.
int64_t
now_in_steps( bool simulating )
{
  const auto& s = nest::kernel().simulation_manager;
  return s.clock_.get_steps() + ( simulating ? s.to_step_ : s.from_step_ );
}

int32_t
clock_now( void* host_data, torpor_clock* out, torpor_error* )
{
  const Session& session = session_of( host_data );
  const int64_t steps = session.is_at_start ? session.start_step : now_in_steps( session.simulating );
  out->step = static_cast< uint64_t >( steps );
  out->time = nest::Time( nest::Time::step( steps ) ).get_ms();
  out->unit = "ms";
  return TORPOR_STATUS_OK;
}

int32_t
populations( void* host_data, const torpor_population** out, uint64_t* count, uint32_t* element_size,
  torpor_error* error )
{
  return guarded( error, [ & ] {
    Session& session = session_of( host_data );
    if ( not session.is_listed ) { session.network.refresh(); }
    session.is_listed = false;
    if ( session.saving )
    {
      for ( const auto& population : session.network.populations() ) { clear_uninitialized_members( *population ); }
      session.saved_connectivity = connectivity();
      session.network.attach( session.saved_connectivity );
    }
    session.populations.clear();
    if ( session.lists_earlier_runs ) { session.populations.push_back( EarlierRuns::instance().population() ); }
    if ( not session.is_ahead )
    {
      const auto& network = session.network.descriptions();
      session.populations.insert( session.populations.end(), network.begin(), network.end() );
    }
    *out = session.populations.data();
    *count = session.populations.size();
    *element_size = sizeof( torpor_population );
  } );
}

int32_t
trees( void* host_data, const torpor_tree** out, uint64_t* count, uint32_t* element_size, torpor_error* )
{
  const auto& list = session_of( host_data ).trees;
  *out = list.data();
  *count = list.size();
  *element_size = sizeof( torpor_tree );
  return TORPOR_STATUS_OK;
}

int32_t
generators( void* host_data, const torpor_generator** out, uint64_t* count, uint32_t* element_size,
  torpor_error* error )
{
  // A checkpoint that lies ahead and has no record of earlier runs must not be restored, whatever option `mismatch` says.
  if ( session_of( host_data ).is_ahead ) { return fill( error, TORPOR_STATUS_ORDER, LIES_AHEAD ); }
  return guarded( error, [ & ] {
    Generators& g = session_of( host_data ).generators;
    g.refresh();
    *out = g.list.data();
    *count = g.list.size();
    *element_size = sizeof( torpor_generator );
  } );
}

int32_t
outputs( void* host_data, const torpor_output** out, uint64_t* count, uint32_t* element_size, torpor_error* error )
{
  return guarded( error, [ & ] {
    const auto& list = session_of( host_data ).recordings.outputs();
    *out = list.data();
    *count = list.size();
    *element_size = sizeof( torpor_output );
  } );
}

int32_t
fingerprint_now( void* host_data, const char** out, torpor_error* error )
{
  return guarded( error, [ & ] {
    Session& session = session_of( host_data );
    session.fingerprint_text = fingerprint();
    *out = session.fingerprint_text.c_str();
  } );
}

int32_t
parallel_now( void*, torpor_parallel* out, torpor_error* )
{
  out->n_threads = static_cast< uint32_t >( nest::kernel().vp_manager.get_num_threads() );
  out->n_ranks = 1;
  out->rank = 0;
  return TORPOR_STATUS_OK;
}

int32_t
save_begin( void* host_data, torpor_error* error )
{
  return guarded( error, [ & ] {
    refuse_what_cannot_be_saved();
    session_of( host_data ).saving = true;
    session_of( host_data ).is_at_start = false;
  } );
}

void
save_end( void* host_data )
{
  session_of( host_data ).saving = false;
  session_of( host_data ).network.detach();
  session_of( host_data ).saved_connectivity.clear();
}

// Of a checkpoint that lies ahead, only the record of earlier runs is read.
int32_t
restore_begin( void* host_data, const torpor_clock* clock, torpor_error* )
{
  Session& session = session_of( host_data );
  using Purpose = EarlierRuns::Purpose;
  session.found_step = static_cast< int64_t >( clock->step );
  session.is_ahead = session.found_step > session.until_step;
  EarlierRuns::instance().begin_restore( session.is_ahead ? Purpose::RECORD_ONLY
      : session.until_step == INT64_MAX                   ? Purpose::STATE_BY_HAND
                                                          : Purpose::STATE_OF_THIS_RUN );
  return TORPOR_STATUS_OK;
}

void
restore_commit( void*, const torpor_clock* )
{
  auto& kernel = nest::kernel();
  auto& s = kernel.simulation_manager;
  kernel.event_delivery_manager.init_moduli();
  if ( saved_inside_run() )
  {
    // The state is that after the update of a slice. Do what NEST's master thread does next, in the same order.
    if ( s.to_step_ == kernel.connection_manager.get_min_delay() )
    {
      if ( kernel.connection_manager.has_primary_connections() ) { kernel.event_delivery_manager.gather_spike_data(); }
      if ( kernel.connection_manager.secondary_connections_exist() )
      {
        kernel.event_delivery_manager.gather_secondary_events( true );
      }
    }
    s.advance_time_();
  }
  s.to_do_ = 0;
}

void
log_message( void*, int32_t level, const char* message )
{
  const auto verbosity = level == TORPOR_LOG_ERROR ? nest::VerbosityLevel::ERROR
    : level == TORPOR_LOG_WARNING                  ? nest::VerbosityLevel::WARNING
    : level == TORPOR_LOG_INFO                     ? nest::VerbosityLevel::INFO
                                                   : nest::VerbosityLevel::DEBUG;
  nest::kernel().logging_manager.publish_log( verbosity, "torpor", message, __FILE__, __LINE__ );
}

void
parallel_for( void*, uint64_t n_tasks, void ( *task )( void* task_data, uint64_t index ), void* task_data )
{
  share_work( n_tasks, task, task_data );
}

} // namespace

void
refuse_what_cannot_be_saved()
{
  auto& kernel = nest::kernel();
  if ( kernel.simulation_manager.inconsistent_state_ )
  {
    throw Error( TORPOR_STATUS_REFUSED, "NEST's kernel is inconsistent after an error in a run; call ResetKernel" );
  }
  refuse_structural_plasticity();
  refuse_other_backends();
}

Session::Session( const std::vector< std::string >& options, bool takes_signals )
  : options_( options )
{
  host_.abi_major = TORPOR_ABI_MAJOR;
  host_.abi_minor = TORPOR_ABI_MINOR;
  host_.struct_size = sizeof host_;
  host_.flags = takes_signals ? 0 : TORPOR_HOST_NO_SIGNALS;
  host_.name = "nest";
  host_.version = NEST_VERSION;
  host_.clock = &clock_now;
  host_.populations = &torpor_nest::populations;
  host_.trees = &torpor_nest::trees;
  host_.generators = &torpor_nest::generators;
  host_.outputs = &outputs;
  host_.fingerprint = &fingerprint_now;
  host_.parallel = &parallel_now;
  host_.save_begin = &torpor_nest::save_begin;
  host_.save_end = &save_end;
  host_.restore_begin = &restore_begin;
  host_.restore_commit = &torpor_nest::restore_commit;
  host_.log = &log_message;
  host_.parallel_for = &parallel_for;
  trees = { identity_tree( saved_connectivity ), labels_tree( network ), defaults.tree(), recordings.tree() };

  start_step = now_in_steps( false );
  network.refresh();
  std::vector< const char* > texts;
  for ( const std::string& option : options ) { texts.push_back( option.c_str() ); }
  torpor_error error {};
  error.struct_size = sizeof error;
  torpor_ = torpor_open( &host_, this, texts.data(), texts.size(), &error );
  if ( not torpor_ ) { throw Error( error.status, error.message ); }
  const EarlierRuns& runs = EarlierRuns::instance();
  int32_t status = torpor_declare_type( torpor_, &runs.type(), &error );
  if ( status == TORPOR_STATUS_OK ) { status = torpor_declare_codec( torpor_, &runs.codec(), &error ); }
  for ( const auto& type : network.types() )
  {
    if ( status == TORPOR_STATUS_OK ) { status = torpor_declare_type( torpor_, type->declaration( accessors ), &error ); }
  }
  if ( status != TORPOR_STATUS_OK )
  {
    torpor_close( torpor_, nullptr );
    throw Error( status, error.message );
  }
}

Session::~Session()
{
  torpor_close( torpor_, nullptr );
}

void
Session::refuse_what_cannot_be_saved() const
{
  torpor_nest::refuse_what_cannot_be_saved();
  for ( const auto& population : network.populations() )
  {
    const Type& type = population->type();
    if ( not type.refusal().empty() )
    {
      throw Error( TORPOR_STATUS_REFUSED,
        "populations/" + population->path() + ": objects of type \"" + type.name() + "\" cannot be saved exactly: "
          + type.refusal() );
    }
  }
}

void
Session::save( const char* path )
{
  torpor_error error {};
  error.struct_size = sizeof error;
  int32_t status = TORPOR_STATUS_OK;
  with_borrowed_threads( [ & ] { status = torpor_save( torpor_, path, &error ); } );
  check( status, error );
}

std::unique_ptr< Rewiring >
Session::rewire( const char* path ) const
{
  if ( not synapses_come_and_go() ) { return nullptr; }
  refuse_structural_plasticity();
  auto rewiring = std::make_unique< Rewiring >();
  const bool has_read =
    peek_at_tree( options_, path, until_step, "labels", [ & ]( const torpor_tree_reader& r ) { rewiring->read( r ); } );
  return has_read ? std::move( rewiring ) : nullptr;
}

void
Session::settle_synapses( Rewiring* rewiring )
{
  if ( rewiring ) { rewiring->install(); }
  uint64_t n_synapses = 0;
  for ( const auto& p : network.populations() ) { n_synapses += p->synapse_model ? p->count() : 0; }
  const bool has_disconnected = n_synapses != nest::kernel().connection_manager.get_num_connections();
  if ( rewiring or has_disconnected ) { note_disconnected(); }
}

bool
Session::restore( const char* path )
{
  auto& s = nest::kernel().simulation_manager;
  if ( s.simulating_ ) { throw Error( TORPOR_STATUS_ORDER, "restore during Run: wait until NEST has returned" ); }
  const bool was_prepared = s.prepared_;
  if ( not was_prepared ) { s.prepare(); }
  is_listed = false;
  // Any failure leaves NEST as if restore() had not been called.
  struct Unprepared
  {
    bool is_due;
    ~Unprepared() { if ( is_due ) { nest::kernel().simulation_manager.prepared_ = false; } }
  } unprepared { not was_prepared };
  std::unique_ptr< Rewiring > rewiring;
  std::optional< Error > mismatch;
  try
  {
    rewiring = rewire( path );
  }
  catch ( const Error& e )
  {
    mismatch = e; // thrown below, unless the checkpoint is of a later run, whose network the script has not built yet
  }
  torpor_error error {};
  error.struct_size = sizeof error;
  int32_t resumed = 0;
  int32_t status = TORPOR_STATUS_OK;
  recordings.begin_restore();
  with_borrowed_threads( [ & ] { status = torpor_restore( torpor_, path, &resumed, &error ); } );
  if ( status == TORPOR_STATUS_MISMATCH and not is_ahead and not EarlierRuns::instance().was_found() )
  {
    lists_earlier_runs = false; // a checkpoint of an earlier build
    with_borrowed_threads( [ & ] { status = torpor_restore( torpor_, path, &resumed, &error ); } );
    lists_earlier_runs = true;
  }
  recordings.end_restore();
  knows_start_ = true;
  was_inside_run_ = status == TORPOR_STATUS_OK and resumed and saved_inside_run();
  unprepared.is_due = unprepared.is_due and not was_inside_run_;
  const std::string misfit = take_misfit();
  if ( status != TORPOR_STATUS_OK and status != TORPOR_STATUS_ORDER and mismatch ) { throw *mismatch; }
  check( status, error );
  try
  {
    if ( not misfit.empty() )
    {
      throw Error( TORPOR_STATUS_TORN, "the checkpoint's values of " + misfit + " do not fit this network" );
    }
    if ( resumed ) { settle_synapses( rewiring.get() ); }
  }
  catch ( const std::exception& e )
  {
    s.prepared_ = false;
    s.inconsistent_state_ = true;
    throw Error( TORPOR_STATUS_TORN,
      std::string( e.what() ) + ": this network is now unusable; call ResetKernel and build it as the saved run did" );
  }
  defaults.apply( network );
  return resumed != 0;
}

bool
Session::restore( const char* path, int64_t last_step, int64_t& ahead )
{
  until_step = last_step;
  ahead = NONE_AHEAD;
  try
  {
    return restore( path );
  }
  catch ( const Error& e )
  {
    const EarlierRuns& runs = EarlierRuns::instance();
    const bool lacks_record = is_ahead and not runs.was_found();
    if ( not( e.status == TORPOR_STATUS_ORDER and ( is_ahead or runs.lies_ahead() ) )
      and not( e.status == TORPOR_STATUS_MISMATCH and lacks_record ) )
    {
      throw;
    }
    if ( lacks_record )
    {
      log_message( this, TORPOR_LOG_WARNING,
        "an earlier build wrote this checkpoint, without the state of the random generators after earlier runs: "
        "what this script draws between its runs will differ" );
    }
    ahead = found_step;
    return false;
  }
}

bool
Session::step()
{
  simulating = true;
  is_listed = false;
  if ( not std::exchange( knows_start_, true ) )
  {
    // Report where the run began, so that a checkpoint that is due at its first step, which may be the only one, is saved.
    is_at_start = true;
    torpor_step( torpor_, start_step, nest::Time( nest::Time::step( start_step ) ).get_ms() );
    is_at_start = false;
  }
  torpor_clock now {};
  clock_now( this, &now, nullptr );
  const bool stop = torpor_step( torpor_, now.step, now.time ) == TORPOR_STOP;
  simulating = false;
  return stop;
}

void
Session::close()
{
  torpor_error error {};
  error.struct_size = sizeof error;
  torpor* closing = torpor_;
  torpor_ = nullptr;
  check( torpor_close( closing, &error ), error );
}

} // namespace torpor_nest
