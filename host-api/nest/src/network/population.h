// SPDX-License-Identifier: GPL-2.0-or-later
// Objects of one class, as the core sees them: where they lie, and columns of their members.
#ifndef TORPOR_NEST_POPULATION_H
#define TORPOR_NEST_POPULATION_H

#include <string>
#include <vector>

#include "base/error.h"
#include "reflect/type.h"
#include "network/connectivity.h"
#include "network/labels.h"

namespace torpor_nest
{

class Population
{
public:
  Population( std::string path, const Type& type ) : path_( std::move( path ) ), type_( type ) {}

  void add( void* object ) { runs_.push_back( { static_cast< char* >( object ), count(), 1, 0 } ); }
  std::vector< Run >& runs() { return runs_; }
  const std::vector< Run >& runs() const { return runs_; }
  uint64_t count() const { return runs_.empty() ? 0 : runs_.back().first + runs_.back().count; }
  const std::string& path() const { return path_; }
  const Type& type() const { return type_; }
  torpor_population description() const;
  // A difference between an object and the one that was saved: names the object by its labels, too.
  Error refusal( uint64_t index, const std::string& why ) const;

  // What all members of all objects hold, as bytes of their codecs; and give it back to them.
  std::vector< std::string > contents() const;
  void set_contents( const std::vector< std::string >& contents ) const;

  Links* links = nullptr; // of synapses while they are saved, with as many runs
  Labels labels;
  const Model* synapse_model = nullptr; // NULL: these are no synapses

  // Call f( run, skip, n ) for each stretch of [first, first + count): `n` objects from the run's object `skip` on.
  template < class F > void
  each_run( uint64_t first, uint64_t count, F&& f ) const
  {
    if ( count == 0 ) { return; }
    for ( auto run = find( first ); count > 0; ++run )
    {
      const uint64_t skip = first - run->first;
      const uint64_t n = run->count - skip < count ? run->count - skip : count;
      f( *run, skip, n );
      first += n;
      count -= n;
    }
  }

  // Call f( object ) for each of [first, first + count).
  template < class F > void
  each( uint64_t first, uint64_t count, F&& f ) const
  {
    each_run( first, count, [ & ]( const Run& run, uint64_t skip, uint64_t n ) {
      char* object = run.base + skip * run.stride;
      for ( uint64_t i = 0; i < n; ++i, object += run.stride ) { f( object ); }
    } );
  }

private:
  std::vector< std::pair< std::string, uint64_t > > labels_of( uint64_t index ) const;
  std::vector< Run >::const_iterator find( uint64_t index ) const;

  std::string path_;
  const Type& type_;
  std::vector< Run > runs_;
};

inline const Population&
population_of( const torpor_population* p )
{
  return *static_cast< const Population* >( p->population_data );
}

inline const Column&
column_of( const torpor_field* field )
{
  return *static_cast< const Column* >( field->field_data );
}

} // namespace torpor_nest

#endif
