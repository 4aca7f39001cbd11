// SPDX-License-Identifier: GPL-2.0-or-later
// Objects of one class, as the core sees them: where they lie, and columns of their members.
#ifndef TORPOR_NEST_POPULATION_H
#define TORPOR_NEST_POPULATION_H

#include <cstring>
#include <memory>
#include <string>
#include <vector>

#include "base/error.h"
#include "reflect/models.h"
#include "network/connectivity.h"
#include "network/labels.h"

namespace torpor_nest
{

// Where a double of an object is: at an offset, or an element of the array that is pointed to from there.
struct Place
{
  uint32_t offset;
  int32_t element; // -1: at the offset itself

  char*
  in( char* object ) const
  {
    if ( element < 0 ) { return object + offset; }
    char* array;
    std::memcpy( &array, object + offset, sizeof array );
    return array + 8 * element;
  }
};

// A column of a type: a member, a sum of members that NEST shows under a name of its own, or the list of its parts.
struct Column
{
  std::string name;
  bool is_hidden;
  const Member* member;
  // Derived columns only (not written back): numbers at these places, added up.
  std::vector< Place > sum_of;
  // Lists of parts only (compared on restore): those of this class.
  const Model* model = nullptr;
  const PartClass* parts = nullptr;
};

// A class as it is declared to the core; its texts live here.
class Type
{
public:
  Type( std::string name, const Member* members, uint32_t n_members, const char* refusal );

  // Give a member the name that NEST uses; it is then no longer hidden. False: no such member, or the name is taken.
  bool rename( const std::string& path, const std::string& name );
  // Add a column that is saved for readers and never written back: the sum of the doubles at `places`.
  void add_derived( const std::string& name, std::vector< Place > places );
  // Put columns first that say which parts each node of a model has.
  void add_parts( const Model& model );
  // The declaration. Valid as long as the type, and unchanged from then on.
  const torpor_type* declaration();

  const std::string& name() const { return name_; }
  const std::string& refusal() const { return refusal_; } // "": none
  const std::vector< Column >& columns() const { return columns_; }
  const Column* find( const std::string& name ) const; // NULL: there is none

private:
  std::string name_;
  std::string refusal_;
  std::vector< Column > columns_;
  std::vector< torpor_field > fields_;
  torpor_type type_ {};
};

// Values of a member of `n` objects, `stride` bytes from one to the next, as a column has them; and back.
void get_values( const Codec& codec, const char* member, uint64_t stride, uint64_t n, char* out );
void set_values( const Codec& codec, char* member, uint64_t stride, uint64_t n, const char* in );

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

// Tests only: restores leave out every column whose "population/column" contains `text`; "" leaves out none.
// They show that each kind of state is needed.
void leave_out( const std::string& text );
bool is_left_out( const std::string& path );

// The column of which a value did not fit into a live object during a commit, "" if there was none; cleared.
std::string take_misfit();

} // namespace torpor_nest

#endif
