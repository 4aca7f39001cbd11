// SPDX-License-Identifier: GPL-2.0-or-later
#include "session/earlier_runs.h"

#include <algorithm>
#include <cstring>
#include <iterator>

#include "kernel_manager.h"
#include "vp_manager_impl.h"

#include "base/tree.h"
#include "kernel/generators.h"

namespace torpor_nest
{

namespace
{

const char* const NAME = "earlier_runs";
const char* const PATH = "kernel/earlier_runs";

// The generators after these runs, of each virtual process.
const char* const GENERATORS_NAME = "generators_after_earlier_runs";
const std::string GENERATORS_PATH = "kernel/generators_after_earlier_runs/";

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

// Generators whose states a virtual process has in its record, and under which name: they stand in the list of all in this order,
// for each thread.
struct Kind
{
  const char* name;
  bool is_common; // the first of all: one for all threads
};
constexpr Kind KINDS[] = { { "rank_synced", true }, { "thread_synced", false }, { "thread", false } };

// One for each kind.
std::vector< torpor_array >
live_states( size_t tid )
{
  const std::vector< Generator > all = live_generators();
  const size_t n_threads = nest::kernel().vp_manager.get_num_threads();
  std::vector< torpor_array > states;
  size_t first = 0;
  for ( const Kind& kind : KINDS )
  {
    states.push_back( all.at( first + ( kind.is_common ? 0 : tid ) ).state );
    first += kind.is_common ? 1 : n_threads;
  }
  return states;
}

// The states of all threads, one after the other.
std::vector< std::string >
copy_live_states()
{
  std::vector< std::string > copies( nest::kernel().vp_manager.get_num_threads() );
  for ( size_t tid = 0; tid < copies.size(); ++tid )
  {
    for ( const torpor_array& state : live_states( tid ) )
    {
      copies[ tid ].append( static_cast< const char* >( state.data ), size_of( state ) );
    }
  }
  return copies;
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

// Read the states after n_runs runs: one after the other. Throws Error if their shape is none of a generator.
std::string
read_states( const torpor_tree_reader& r, const char* name, size_t n_runs )
{
  auto array = get< torpor_array >( r, r.describe, name ); // its algorithm may differ from that of this network
  const bool is_64 = array.dtype == TORPOR_DTYPE_UINT64;
  if ( ( not is_64 and array.dtype != TORPOR_DTYPE_UINT32 ) or array.rank != 2 or array.shape[ 0 ] != n_runs )
  {
    throw Error( TORPOR_STATUS_MISMATCH,
      std::string( name ) + ": expected one state for each run, found another shape" );
  }
  std::string bytes( n_runs * array.shape[ 1 ] * ( is_64 ? 8 : 4 ), '\0' );
  array.data = bytes.data();
  run( r.read_array, r.data, name, &array );
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

// A population stands for a thread.
size_t
thread_of( const torpor_population* p )
{
  return static_cast< size_t >( reinterpret_cast< uintptr_t >( p->population_data ) );
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
  type.version = 4;
  type.name = NAME;
  type.doc = "what the script has done before this run";
  run( torpor_declare_type, session, &type );
  auto generators = make< torpor_type >();
  generators.version = 1;
  generators.name = GENERATORS_NAME;
  generators.doc = "completed runs of the script after which it drew random numbers";
  run( torpor_declare_type, session, &generators );
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
  codec.type = GENERATORS_NAME;
  codec.to_state = []( void* self, void*, const torpor_population* p, const torpor_tree_writer* w, torpor_error* error )
  { return guarded( error, [ & ] { static_cast< EarlierRuns* >( self )->write_generators( thread_of( p ), *w ); } ); };
  codec.from_state =
    []( void* self, void*, const torpor_population* p, const torpor_tree_reader* r, int32_t, torpor_error* error )
  { return guarded( error, [ & ] { static_cast< EarlierRuns* >( self )->read_generators( thread_of( p ), *r ); } ); };
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

void
EarlierRuns::describe( const torpor_description& d ) const
{
  auto p = make< torpor_population >();
  p.count = 1;
  p.layout = TORPOR_LAYOUT_ACCESSORS;
  p.type = GENERATORS_NAME;
  const auto& processes = nest::kernel().vp_manager;
  for ( size_t tid = 0; tid < processes.get_num_threads(); ++tid )
  {
    const std::string path = GENERATORS_PATH + std::to_string( processes.thread_to_vp( tid ) );
    p.path = path.c_str();
    p.population_data = reinterpret_cast< const void* >( static_cast< uintptr_t >( tid ) );
    d.add_population( d.data, &p );
  }
  p.path = PATH;
  p.type = NAME;
  p.population_data = nullptr;
  d.add_population( d.data, &p );
}

void
EarlierRuns::begin_restore( Purpose purpose )
{
  purpose_ = purpose;
  incoming_.assign( nest::kernel().vp_manager.get_num_threads(), {} );
  lies_ahead_ = purpose == Purpose::RECORD_ONLY;
}

void
EarlierRuns::begin()
{
  first_step_ = now_in_steps();
  if ( runs_.empty() or runs_.back().index + 1 != n_runs_ ) { return; }
  FinishedRun& last = runs_.back();
  last.next_step = first_step_;
  if ( last.next_step == last.end_step and last.generators == copy_live_states() ) { runs_.pop_back(); }
}

void
EarlierRuns::end()
{
  runs_.push_back( { n_runs_, now_in_steps(), now_in_steps(), live_algorithm(), copy_live_states() } );
  ++n_runs_;
}

const EarlierRuns::FinishedRunOfThread*
EarlierRuns::find_saved( size_t tid, uint64_t index ) const
{
  if ( tid >= saved_.size() ) { return nullptr; }
  const auto& of_thread = saved_[ tid ];
  const auto run =
    std::find_if( of_thread.begin(), of_thread.end(), [ = ]( const auto& r ) { return r.index == index; } );
  return run == of_thread.end() ? nullptr : &*run;
}

void
EarlierRuns::set_live_states( size_t tid, const FinishedRunOfThread& run )
{
  if ( run.algorithm != live_algorithm() or run.generators.size() != copy_live_states().at( tid ).size() ) { return; }
  const char* next = run.generators.data();
  for ( const torpor_array& state : live_states( tid ) )
  {
    std::memcpy( state.data, next, size_of( state ) );
    next += size_of( state );
  }
}

void
EarlierRuns::pass_over( int64_t end_step )
{
  for ( size_t tid = 0; tid < saved_.size(); ++tid )
  {
    const FinishedRunOfThread* run = find_saved( tid, n_runs_ );
    if ( run and run->end_step == end_step ) { set_live_states( tid, *run ); }
  }
  set_time( end_step );
  end();
}

void
EarlierRuns::pass_over_restore()
{
  for ( size_t tid = 0; tid < saved_.size() and n_runs_ > 0; ++tid )
  {
    const FinishedRunOfThread* run = find_saved( tid, n_runs_ - 1 );
    if ( not run ) { continue; }
    set_time( run->next_step );
    return;
  }
}

void
EarlierRuns::write( const torpor_tree_writer& w ) const
{
  w.put_uint( w.data, "n_runs", n_runs_ );
  torpor_cpp::put( w, "start", std::vector< double > { in_ms( first_step_ ) }, "ms" );
  torpor_cpp::put( w, "reads", std::vector< uint8_t >( reads_.begin(), reads_.end() ) );
  w.put_text( w.data, "network_end", network_end_.c_str() );
}

void
EarlierRuns::write_generators( size_t tid, const torpor_tree_writer& w ) const
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
  w.put_text( w.data, "algorithm", live_algorithm().c_str() );
  torpor_cpp::put( w, "run", indices );
  torpor_cpp::put( w, "end", ends, "ms" );
  torpor_cpp::put( w, "next_start", next, "ms" );
  const std::vector< torpor_array > live = live_states( tid );
  size_t offset = 0;
  for ( size_t kind = 0; kind < live.size(); ++kind )
  {
    torpor_array array = live[ kind ];
    std::string states;
    for ( const FinishedRun& run : runs ) { states.append( run.generators.at( tid ), offset, size_of( array ) ); }
    offset += size_of( array );
    array.rank = 2;
    array.shape[ 1 ] = array.shape[ 0 ];
    array.shape[ 0 ] = runs.size();
    array.data = states.data();
    w.put_array( w.data, KINDS[ kind ].name, &array );
  }
}

void
EarlierRuns::look( const torpor_tree_reader& r, std::string& reads, std::string& network_end )
{
  const std::string path = std::string( "populations/" ) + PATH;
  const std::vector< std::string > names = keys( r, path );
  if ( std::find( names.begin(), names.end(), "reads" ) == names.end() ) // there is one for each rank, since they differ
  {
    throw Error( TORPOR_STATUS_UNSUPPORTED,
      "what the script has read between its runs was of the nodes of each rank, so it can be resumed on as many ranks as have "
      "saved it only; start as many, use another dir, or resume=never to start afresh" );
  }
  const auto bytes = torpor_cpp::get< uint8_t >( r, ( path + "/reads" ).c_str() );
  reads.assign( bytes.begin(), bytes.end() );
  network_end = get< const char* >( r, r.get_text, path + "/network_end" );
}

void
EarlierRuns::read_generators( size_t tid, const torpor_tree_reader& r )
{
  if ( purpose_ == Purpose::STATE_BY_HAND ) { return; }
  const std::string algorithm = get< const char* >( r, r.get_text, "algorithm" );
  const auto indices = torpor_cpp::get< uint64_t >( r, "run" );
  const size_t n = indices.size();
  const auto ends = read_times( r, "end", n );
  const auto next = read_times( r, "next_start", n );
  std::vector< FinishedRunOfThread > runs;
  for ( size_t i = 0; i < n; ++i ) { runs.push_back( { indices[ i ], ends[ i ], next[ i ], algorithm, "" } ); }
  for ( const Kind& kind : KINDS )
  {
    const std::string bytes = read_states( r, kind.name, n );
    const size_t size = n > 0 ? bytes.size() / n : 0;
    for ( size_t i = 0; i < n; ++i ) { runs[ i ].generators.append( bytes, i * size, size ); }
  }
  incoming_.at( tid ).swap( runs );
}

// Comes after the generators of all threads.
void
EarlierRuns::read( const torpor_tree_reader& r )
{
  if ( purpose_ == Purpose::STATE_BY_HAND ) { return; }
  const auto n_runs = get< uint64_t >( r, r.get_uint, "n_runs" );
  const int64_t first_step = read_times( r, "start", 1 ).at( 0 );
  const auto goes_back = []( const auto& run ) { return run.next_step < run.end_step; };
  const bool was_set_back = std::any_of( incoming_.begin(), incoming_.end(),
    [ & ]( const auto& of_thread ) { return std::any_of( of_thread.begin(), of_thread.end(), goes_back ); } );
  saved_.swap( incoming_ );
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
