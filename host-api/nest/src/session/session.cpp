// SPDX-License-Identifier: GPL-2.0-or-later
#include "session/session.h"

#include <cstdio>
#include <optional>
#include <utility>

#include "kernel_manager.h"
#include "logging.h"

#include "base/borrowed_threads.h"
#include "base/tree.h"
#include "kernel/generators.h"
#include "kernel/ranks.h"
#include "kernel/structural_plasticity.h"
#include "network/accessors.h"
#include "network/labels_tree.h"
#include "network/rewiring.h"
#include "network/uninitialized_members.h"
#include "session/origin.h"

namespace torpor_nest
{

namespace
{

// The time of the state that would be saved now, in steps since the start.
int64_t
now_in_steps( bool simulating )
{
  const auto& s = nest::kernel().simulation_manager;
  return s.clock_.get_steps() + ( simulating ? s.to_step_ : s.from_step_ );
}

void
clock_now( Session& session, torpor_clock* out )
{
  const int64_t steps = session.is_at_start ? session.start_step : now_in_steps( session.simulating );
  out->step = static_cast< uint64_t >( steps );
  out->time = nest::Time( nest::Time::step( steps ) ).get_ms();
  out->unit = "ms";
}

[[noreturn]] void
refuse_ahead( Session&, const torpor_tree_reader& )
{
  throw Error( TORPOR_STATUS_ORDER, LIES_AHEAD );
}

// Its synapses are no longer those that the script made.
bool
comes_and_goes( const Population& population )
{
  return population.synapse_model and synapses_come_and_go() and population.path().starts_with( "synapses/" );
}

void
describe_network( Session& session, const torpor_description& d )
{
  if ( not session.is_listed )
  {
    session.network.refresh();
    session.saved_connectivity = {};
    session.spikes.forget_sources();
  }
  // Inside a run, nodes and synapses stay where they are, unless synapses come and go.
  session.is_listed = session.simulating and not synapses_come_and_go();
  if ( session.saving )
  {
    for ( const auto& population : session.network.populations() ) { clear_uninitialized_members( *population ); }
    if ( session.saved_connectivity.links.empty() )
    {
      session.saved_connectivity = connectivity();
      session.network.attach( session.saved_connectivity );
    }
  }
  for ( const auto& population : session.network.populations() )
  {
    const bool is_same = not comes_and_goes( *population );
    if ( session.begins_later_run and not is_same ) { continue; }
    torpor_population description = population->description();
    if ( session.simulating and is_same )
    {
      const std::vector< uint64_t >& revisions = population->revisions_in_run();
      description.revisions = revisions.data();
      description.n_revisions = revisions.size();
    }
    d.add_population( d.data, &description );
  }
}

void
describe_generators( const torpor_description& d )
{
  const std::string& algorithm = nest::kernel().random_manager.current_rng_type_;
  for ( const Generator& one : live_generators() )
  {
    auto generator = make< torpor_generator >();
    generator.path = one.path.c_str();
    generator.algorithm = algorithm.c_str();
    generator.state = one.state;
    d.add_generator( d.data, &generator );
  }
}

std::vector< torpor_tree >
trees_of( Session& session )
{
  const uint32_t of_connections = synapses_come_and_go() ? 0 : TORPOR_ORIGIN_PARAMETER;
  std::vector< torpor_tree > trees { identity_tree( session.network ) };
  for ( const torpor_tree& tree : session.connections.list( session.saved_connectivity ) ) { trees.push_back( tree ); }
  for ( torpor_tree& tree : trees ) { tree.flags = of_connections; }
  trees.push_back( labels_tree( session.network ) );
  trees.push_back( session.defaults.tree( session.simulating ) );
  trees.back().flags = TORPOR_ORIGIN_PARAMETER;
  trees.push_back( session.recordings.tree() );
  trees.back().flags = TORPOR_ORIGIN_NONE;
  for ( const torpor_tree& tree : session.spikes.trees() ) { trees.push_back( tree ); }
  return trees;
}

// The record of earlier runs comes first: a restore reads it before it compares the rest, which may be of a later run.
void
describe( Session& session, const torpor_description* d )
{
  EarlierRuns::instance().describe( *d );
  if ( session.is_ahead )
  {
    // Reading the record fails with LIES_AHEAD. This holds where there is none, whatever option `mismatch` says.
    const torpor_tree guard = tree_of< nullptr, refuse_ahead, nullptr >( "network", session );
    d->add_tree( d->data, &guard );
    return;
  }
  describe_network( session, *d );
  for ( const torpor_tree& tree : trees_of( session ) ) { d->add_tree( d->data, &tree ); }
  describe_generators( *d );
  if ( session.saving ) { Recordings::describe_for_save( *d ); }
  else { Recordings::describe_for_restore( *d ); }
}

void
write_fingerprint( Session&, char* out, uint64_t size, uint64_t* length )
{
  const std::string text = fingerprint();
  *length = text.size();
  std::snprintf( out, size, "%s", text.c_str() );
}

void
count_threads( Session&, uint32_t* out )
{
  *out = static_cast< uint32_t >( nest::kernel().vp_manager.get_num_threads() );
}

void
save_begin( Session& session )
{
  // Inside a run that was looked at, recorders and synapse models stay what they are.
  if ( not session.simulating or not session.is_listed ) { refuse_what_cannot_be_saved(); }
  session.saving = true;
  session.is_at_start = false;
}

void
save_end( void* host_data )
{
  Session& session = *static_cast< Session* >( host_data );
  session.saving = false;
  session.network.detach();
  if ( not session.is_listed ) { session.saved_connectivity = {}; }
}

// Of a checkpoint that lies ahead, only the record of earlier runs is read.
void
restore_begin( Session& session, const torpor_clock* clock )
{
  using Purpose = EarlierRuns::Purpose;
  session.found_step = static_cast< int64_t >( clock->step );
  session.is_ahead = session.found_step > session.until_step;
  EarlierRuns::instance().begin_restore( session.is_ahead ? Purpose::RECORD_ONLY
      : session.until_step == INT64_MAX                   ? Purpose::STATE_BY_HAND
                                                          : Purpose::STATE_OF_THIS_RUN );
}

void
restore_commit( Session& session, const torpor_clock* )
{
  auto& kernel = nest::kernel();
  auto& s = kernel.simulation_manager;
  kernel.event_delivery_manager.init_moduli();
  const bool has_other_ranks = session.spikes.settle();
  if ( has_other_ranks and not saved_inside_run() and s.from_step_ == 0 and s.slice_ > 0 )
  {
    // Between two slices these spikes were exchanged.
    if ( kernel.connection_manager.has_primary_connections() ) { kernel.event_delivery_manager.gather_spike_data(); }
  }
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

const std::string RESUMED = "resumed from ";

// "resumed from FILE at step N", as a script's user wants to know it.
std::string
resumed_message( const Session& session, const std::string& message )
{
  char time[ 32 ];
  std::snprintf( time, sizeof time, "%g", nest::Time( nest::Time::step( session.found_step ) ).get_ms() );
  const std::string file = message.substr( RESUMED.size(), message.rfind( " at step " ) - RESUMED.size() );
  const uint64_t n = EarlierRuns::instance().count();
  return std::string( "resumed at " ) + time + " ms from " + file + "; " + std::to_string( n ) + ( n == 1 ? " run" : " runs" )
    + " passed over";
}

void
log_message( void* host_data, int32_t level, const char* message )
{
  const Session& session = *static_cast< const Session* >( host_data );
  if ( level == TORPOR_LOG_INFO and session.until_step != INT64_MAX and std::string( message ).starts_with( RESUMED ) )
  {
    // Seen at every verbosity above errors: results of the runs before come from another process.
    nest::kernel().logging_manager.publish_log(
      nest::VerbosityLevel::WARNING, "torpor", resumed_message( session, message ), __FILE__, __LINE__ );
    return;
  }
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

Session::Session( const std::vector< std::string >& options, bool takes_signals, const RowNumbers* rows )
{
  auto host = make< torpor_host >();
  host.flags = TORPOR_HOST_CONCURRENT | TORPOR_HOST_FINGERPRINT_MUST_MATCH | TORPOR_HOST_FORKABLE
    | ( takes_signals ? 0 : TORPOR_HOST_NO_SIGNALS );
  host.name = "nest";
  host.version = NEST_VERSION;
  host.clock = slot< clock_now >;
  host.describe = slot< describe >;
  host.fingerprint = slot< write_fingerprint >;
  host.n_threads = slot< count_threads >;
  host.collective = collective();
  host.save_begin = slot< save_begin >;
  host.save_end = &save_end;
  host.restore_begin = slot< restore_begin >;
  host.restore_commit = slot< restore_commit >;
  host.log = &log_message;
  host.parallel_for = &parallel_for;

  start_step = now_in_steps( false );
  if ( rows ) { network.set_rows( *rows ); }
  network.refresh();
  std::vector< const char* > texts;
  for ( const std::string& option : options ) { texts.push_back( option.c_str() ); }
  torpor_ = torpor_cpp::open( host, this, texts );
  EarlierRuns::instance().declare( torpor_.get() );
  for ( const auto& type : network.types() ) { type->declare( torpor_.get(), accessors ); }
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
  with_borrowed_threads( [ & ] { run( torpor_save, torpor_.get(), path ); } );
}

void
Session::peek( const char* path, const std::function< void( const torpor_glimpse& ) >& look )
{
  using Look = std::function< void( const torpor_glimpse& ) >;
  const auto show = []( void* data, const torpor_glimpse* glimpse, torpor_error* error )
  { return guarded( error, [ & ] { ( *static_cast< const Look* >( data ) )( *glimpse ); } ); };
  int32_t found = 0;
  run( torpor_peek, torpor_.get(), path, show, const_cast< Look* >( &look ), &found );
}

std::unique_ptr< Rewiring >
Session::rewire( const char* path )
{
  if ( not synapses_come_and_go() ) { return nullptr; }
  refuse_structural_plasticity();
  std::unique_ptr< Rewiring > rewiring;
  try
  {
    peek( path, [ & ]( const torpor_glimpse& glimpse ) {
      const bool is_ahead = static_cast< int64_t >( glimpse.clock->step ) > until_step;
      if ( is_ahead or glimpse.fingerprint != fingerprint() ) { return; }
      rewiring = std::make_unique< Rewiring >();
      rewiring->read( *glimpse.reader );
    } );
  }
  catch ( const Error& )
  {
    if ( rewiring ) { throw; } // a restore reports what is wrong with the file itself
  }
  return rewiring;
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

// A restore compares the network as it was built. But where synapses come and go, it lists those of the checkpoint.
bool
Session::needs_order( bool restore_follows )
{
  return EarlierRuns::instance().count() > 0 or not restore_follows or synapses_come_and_go();
}

void
Session::begin_run( bool restore_follows )
{
  Origin& origin = Origin::instance();
  const uint64_t number = EarlierRuns::instance().count();
  share_origin();
  if ( origin.has_begun( number ) ) { return; }
  if ( needs_order( restore_follows ) )
  {
    begins_later_run = number > 0;
    with_borrowed_threads( [ & ] { run( torpor_begin_run, torpor_.get(), number ); } );
    begins_later_run = false;
  }
  origin.note_begun( number );
}

void
Session::share_origin()
{
  Origin::instance().share( torpor_.get() );
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
    mismatch.emplace( e ); // thrown below, unless the checkpoint is of a later run, whose network the script has not built yet
  }
  int32_t resumed = 0;
  knows_start_ = true;
  was_inside_run_ = false;
  try
  {
    with_borrowed_threads( [ & ] { run( torpor_restore, torpor_.get(), path, &resumed ); } );
    was_inside_run_ = resumed and saved_inside_run();
    unprepared.is_due = unprepared.is_due and not was_inside_run_;
    if ( resumed ) { settle_synapses( rewiring.get() ); }
  }
  catch ( const std::exception& e )
  {
    const auto* error = dynamic_cast< const Error* >( &e );
    if ( not resumed and error and error->status != TORPOR_STATUS_TORN )
    {
      if ( error->status != TORPOR_STATUS_ORDER and mismatch ) { throw *mismatch; }
      throw;
    }
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
    if ( e.status != TORPOR_STATUS_ORDER or not EarlierRuns::instance().lies_ahead() ) { throw; }
    ahead = found_step;
    return false;
  }
}

bool
Session::step()
{
  simulating = true;
  if ( not std::exchange( has_stepped_, true ) ) { is_listed = false; } // NEST has prepared the run
  if ( not std::exchange( knows_start_, true ) )
  {
    // Report where the run began, so that a checkpoint that is due at its first step, which may be the only one, is saved.
    is_at_start = true;
    torpor_step( torpor_.get(), start_step, nest::Time( nest::Time::step( start_step ) ).get_ms() );
    is_at_start = false;
  }
  torpor_clock now {};
  clock_now( *this, &now );
  const bool stop = torpor_step( torpor_.get(), now.step, now.time ) == TORPOR_STOP;
  simulating = false;
  return stop;
}

bool
Session::is_due_in( int64_t n_steps )
{
  const int64_t now = now_in_steps( true );
  const auto in_ms = []( int64_t step ) { return nest::Time( nest::Time::step( step ) ).get_ms(); };
  return torpor_due_next( torpor_.get(), now, in_ms( now ), now + n_steps, in_ms( now + n_steps ) ) != 0;
}

void
Session::close()
{
  run( torpor_close, torpor_.release() );
}

} // namespace torpor_nest
