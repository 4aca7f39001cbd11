// SPDX-License-Identifier: GPL-2.0-or-later
#include "session/earlier_runs.h"

#include <algorithm>
#include <cstring>
#include <iterator>

#include "kernel_manager.h"

#include "base/tree.h"
#include "kernel/generators.h"

namespace torpor_nest
{

namespace
{

const char* const NAME = "earlier_runs";
const char* const PATH = "kernel/earlier_runs";

// Generators of one kind. They are neighbours in the list of all generators.
struct Kind
{
  const char* name;
  size_t first;
  size_t count;
};

std::vector< Kind >
kinds()
{
  const size_t n_threads = nest::kernel().vp_manager.get_num_threads();
  return { { "rank_synced", 0, 1 }, { "thread_synced", 1, n_threads }, { "thread", 1 + n_threads, n_threads } };
}

size_t
size_of( const torpor_array& state )
{
  return state.shape[ 0 ] * ( state.dtype == TORPOR_DTYPE_UINT64 ? 8 : 4 );
}

const std::string&
live_algorithm()
{
  return nest::kernel().random_manager.current_rng_type_;
}

std::string
live_states()
{
  std::string states;
  for ( const Generator& generator : live_generators() )
  {
    states.append( static_cast< const char* >( generator.state.data ), size_of( generator.state ) );
  }
  return states;
}

void
set_time( int64_t step )
{
  auto& s = nest::kernel().simulation_manager;
  const long min_delay = nest::kernel().connection_manager.get_min_delay();
  s.slice_ = step / min_delay;
  s.clock_ = nest::Time::step( s.slice_ * min_delay );
  s.from_step_ = step % min_delay;
  s.to_step_ = min_delay;
  s.simulated_ = step > 0;
}

double
in_ms( int64_t step )
{
  return nest::Time( nest::Time::step( step ) ).get_ms();
}

int64_t
now_in_steps()
{
  return nest::kernel().simulation_manager.get_time().get_steps();
}

// An array [n_runs, ...state] of the generators of one kind; `state` is that of one of them.
torpor_array
array_of_kind( const Kind& kind, torpor_array state, size_t n_runs, std::string& bytes )
{
  state.rank = 3;
  state.shape[ 2 ] = state.shape[ 0 ];
  state.shape[ 1 ] = kind.count;
  state.shape[ 0 ] = n_runs;
  state.data = bytes.data();
  return state;
}

// The same, read from a checkpoint: n_runs times so many bytes. Throws Error if its shape differs.
std::string
read_kind( const torpor_tree_reader& r, const Kind& kind, size_t n_runs )
{
  auto array = get< torpor_array >( r, r.describe, kind.name ); // its algorithm may differ from that of this network
  const bool is_64 = array.dtype == TORPOR_DTYPE_UINT64;
  if ( ( not is_64 and array.dtype != TORPOR_DTYPE_UINT32 ) or array.rank != 3 or array.shape[ 0 ] != n_runs
    or array.shape[ 1 ] != kind.count )
  {
    throw Error( TORPOR_STATUS_MISMATCH,
      std::string( kind.name ) + ": expected one state for each run and generator of this network, found another shape" );
  }
  std::string bytes( n_runs * kind.count * array.shape[ 2 ] * ( is_64 ? 8 : 4 ), '\0' );
  array.data = bytes.data();
  run( r.read_array, r.data, kind.name, &array );
  return bytes;
}

// In steps.
std::vector< int64_t >
read_times( const torpor_tree_reader& r, const char* name, size_t n )
{
  const auto times_ms = torpor_cpp::get< double >( r, name, "ms" );
  if ( times_ms.size() != n )
  {
    throw Error( TORPOR_STATUS_MISMATCH,
      std::string( name ) + ": expected " + std::to_string( n ) + " times, found " + std::to_string( times_ms.size() ) );
  }
  std::vector< int64_t > steps;
  for ( const double time_ms : times_ms ) { steps.push_back( nest::Time( nest::Time::ms( time_ms ) ).get_steps() ); }
  return steps;
}

} // namespace

EarlierRuns&
EarlierRuns::instance()
{
  static EarlierRuns earlier_runs;
  return earlier_runs;
}

void
EarlierRuns::declare( torpor* session )
{
  auto type = make< torpor_type >();
  type.version = 3;
  type.name = NAME;
  type.doc = "completed runs of the script after which it drew random numbers";
  run( torpor_declare_type, session, &type );
  auto codec = make< torpor_codec >();
  codec.flags = TORPOR_ORIGIN_NONE; // no part of the model
  codec.type = NAME;
  codec.codec_data = this;
  codec.to_state = []( void* self, void*, const torpor_population*, const torpor_tree_writer* w, torpor_error* error )
  { return guarded( error, [ & ] { static_cast< EarlierRuns* >( self )->write( *w ); } ); };
  codec.from_state =
    []( void* self, void*, const torpor_population*, const torpor_tree_reader* r, int32_t, torpor_error* error )
  { return guarded( error, [ & ] { static_cast< EarlierRuns* >( self )->read( *r ); } ); };
  codec.commit = []( void*, void*, const torpor_population*, torpor_error* ) { return TORPOR_STATUS_OK; };
  run( torpor_declare_codec, session, &codec );
}

void
EarlierRuns::forget()
{
  n_runs_ = 0;
  runs_.clear();
  reads_.clear();
  network_end_.clear();
  saved_.clear();
}

torpor_population
EarlierRuns::population() const
{
  auto p = make< torpor_population >();
  p.path = PATH;
  p.type = NAME;
  p.count = 1;
  p.layout = TORPOR_LAYOUT_ACCESSORS;
  return p;
}

void
EarlierRuns::begin_restore( Purpose purpose )
{
  purpose_ = purpose;
  lies_ahead_ = purpose == Purpose::RECORD_ONLY;
}

void
EarlierRuns::begin()
{
  first_step_ = now_in_steps();
  if ( runs_.empty() or runs_.back().index + 1 != n_runs_ ) { return; }
  FinishedRun& last = runs_.back();
  last.next_step = first_step_;
  if ( last.next_step == last.end_step and last.generators == live_states() ) { runs_.pop_back(); }
}

void
EarlierRuns::end()
{
  runs_.push_back( { n_runs_, now_in_steps(), now_in_steps(), live_algorithm(), live_states() } );
  ++n_runs_;
}

const EarlierRuns::FinishedRun*
EarlierRuns::find_saved( uint64_t index ) const
{
  const auto run = std::find_if( saved_.begin(), saved_.end(), [ = ]( const FinishedRun& r ) { return r.index == index; } );
  return run == saved_.end() ? nullptr : &*run;
}

void
EarlierRuns::set_live_states( const FinishedRun& run )
{
  if ( run.algorithm != live_algorithm() or run.generators.size() != live_states().size() ) { return; }
  const char* next = run.generators.data();
  for ( const Generator& generator : live_generators() )
  {
    std::memcpy( generator.state.data, next, size_of( generator.state ) );
    next += size_of( generator.state );
  }
}

void
EarlierRuns::pass_over( int64_t end_step )
{
  const FinishedRun* run = find_saved( n_runs_ );
  if ( run and run->end_step == end_step ) { set_live_states( *run ); }
  set_time( end_step );
  end();
}

void
EarlierRuns::pass_over_restore()
{
  const FinishedRun* run = n_runs_ > 0 ? find_saved( n_runs_ - 1 ) : nullptr;
  if ( run ) { set_time( run->next_step ); }
}

void
EarlierRuns::write( const torpor_tree_writer& w ) const
{
  std::vector< FinishedRun > runs; // runs with another algorithm are left out: resuming there is refused
  std::copy_if( runs_.begin(), runs_.end(), std::back_inserter( runs ),
    []( const FinishedRun& r ) { return r.algorithm == live_algorithm(); } );
  std::vector< uint64_t > indices;
  std::vector< double > ends;
  std::vector< double > next;
  for ( const FinishedRun& run : runs )
  {
    indices.push_back( run.index );
    ends.push_back( in_ms( run.end_step ) );
    next.push_back( in_ms( run.next_step ) );
  }
  w.put_uint( w.data, "n_runs", n_runs_ );
  torpor_cpp::put( w, "start", std::vector< double > { in_ms( first_step_ ) }, "ms" );
  w.put_text( w.data, "algorithm", live_algorithm().c_str() );
  torpor_cpp::put( w, "run", indices );
  torpor_cpp::put( w, "end", ends, "ms" );
  torpor_cpp::put( w, "next_start", next, "ms" );
  torpor_cpp::put( w, "reads", std::vector< uint8_t >( reads_.begin(), reads_.end() ) );
  w.put_text( w.data, "network_end", network_end_.c_str() );
  const std::vector< Generator > live = live_generators();
  size_t offset = 0;
  for ( const Kind& kind : kinds() )
  {
    const torpor_array& state = live.at( kind.first ).state;
    const size_t size = kind.count * size_of( state );
    std::string states;
    for ( const FinishedRun& run : runs ) { states.append( run.generators, offset, size ); }
    const torpor_array array = array_of_kind( kind, state, runs.size(), states );
    w.put_array( w.data, kind.name, &array );
    offset += size;
  }
}

void
EarlierRuns::look( const torpor_tree_reader& r, std::string& reads, std::string& network_end )
{
  const std::string path = std::string( "populations/" ) + PATH;
  const auto bytes = torpor_cpp::get< uint8_t >( r, ( path + "/reads" ).c_str() );
  reads.assign( bytes.begin(), bytes.end() );
  network_end = get< const char* >( r, r.get_text, path + "/network_end" );
}

void
EarlierRuns::read( const torpor_tree_reader& r )
{
  if ( purpose_ == Purpose::STATE_BY_HAND ) { return; }
  const std::string algorithm = get< const char* >( r, r.get_text, "algorithm" );
  const auto n_runs = get< uint64_t >( r, r.get_uint, "n_runs" );
  const int64_t first_step = read_times( r, "start", 1 ).at( 0 );
  const auto indices = torpor_cpp::get< uint64_t >( r, "run" );
  const size_t n = indices.size();
  const auto ends = read_times( r, "end", n );
  const auto next = read_times( r, "next_start", n );
  std::vector< FinishedRun > saved;
  bool was_set_back = false;
  for ( size_t i = 0; i < n; ++i )
  {
    saved.push_back( { indices[ i ], ends[ i ], next[ i ], algorithm, "" } );
    was_set_back = was_set_back or next[ i ] < ends[ i ];
  }
  for ( const Kind& kind : kinds() )
  {
    const std::string bytes = read_kind( r, kind, n );
    const size_t size = n > 0 ? bytes.size() / n : 0;
    for ( size_t i = 0; i < n; ++i ) { saved[ i ].generators.append( bytes, i * size, size ); }
  }
  saved_.swap( saved );
  // The same time may occur twice; then the number of runs decides which one is meant.
  lies_ahead_ = lies_ahead_ or ( was_set_back and n_runs > n_runs_ );
  if ( lies_ahead_ ) { throw Error( TORPOR_STATUS_ORDER, LIES_AHEAD ); }
  if ( was_set_back and ( n_runs != n_runs_ or first_step != first_step_ ) )
  {
    throw Error( TORPOR_STATUS_MISMATCH,
      "expected run " + std::to_string( n_runs_ ) + " of the script, which begins at " + std::to_string( in_ms( first_step_ ) )
        + " ms, found run " + std::to_string( n_runs ) + ", at " + std::to_string( in_ms( first_step ) )
        + " ms; make the same runs and restores as the saved script did" );
  }
}

} // namespace torpor_nest
