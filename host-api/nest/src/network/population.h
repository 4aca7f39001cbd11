// SPDX-License-Identifier: GPL-2.0-or-later
// All objects of one model, as the core sees them: where they are in memory, and what their columns are.
#ifndef TORPOR_NEST_POPULATION_H
#define TORPOR_NEST_POPULATION_H

#include <optional>
#include <string>
#include <vector>

#include "base/error.h"
#include "reflect/type.h"
#include "network/connectivity.h"
#include "network/labels.h"

namespace torpor_nest
{

class RowNumbers;

class Population
{
public:
  Population( std::string path, const Type& type ) : path_( std::move( path ) ), type_( type ) {}

  // Objects are added one by one, or in spans.
  void add( void* object ) { objects_.push_back( static_cast< char* >( object ) ); }
  std::vector< Span >& spans() { return spans_; }
  const std::vector< Span >& spans() const { return spans_; }
  // Only on several ranks: objects that are added from here on belong to this piece, see RowNumbers; or only the next object, and
  // this is its row.
  void begin_piece( uint64_t number );
  void number_next( uint64_t row );
  void number_pieces( const RowNumbers& numbers );
  void rows( uint64_t first, uint64_t count, uint64_t* out ) const;

  struct Piece
  {
    uint64_t first;  // index of its first object
    uint64_t number; // of the piece, or the row of that object
    bool is_row;
  };
  const std::vector< Piece >& pieces() const { return pieces_; }

  uint64_t count() const { return spans_.empty() ? objects_.size() : spans_.back().first + spans_.back().count; }
  // Where the objects are if they were added one by one; else NULL.
  char* const* objects() const { return spans_.empty() ? objects_.data() : nullptr; }
  const std::string& path() const { return path_; }
  const Type& type() const { return type_; }
  torpor_population description() const;
  // A number for each column: 1 if no run of this network changes it, else 0. Decided when it is first asked for.
  const std::vector< uint64_t >& revisions_in_run() const;
  // After that: how many values each object has, if all have as many and no run changes it.
  std::optional< uint64_t > length_in_run( const Column& column ) const;
  // An error that reports a difference between an object and the saved one, naming the object's index and labels.
  Error refusal( uint64_t index, const std::string& why ) const;

  // The values of all members of all objects, encoded; and write them back.
  std::vector< std::string > contents() const;
  void set_contents( const std::vector< std::string >& contents ) const;

  uint32_t flags = 0;     // TORPOR_POPULATION_...
  Links* links = nullptr; // of synapses, during a save; has the same spans
  Labels labels;
  const Model* synapse_model = nullptr; // NULL: these are not synapses

  // Call f( span, skip, n ) for each part of [first, first + count) that lies in one span: its `n` objects from `skip` on. An
  // object that was added alone has a span of its own, which is gone after the call.
  template < class F > void
  each_span( uint64_t first, uint64_t count, F&& f ) const
  {
    if ( count == 0 ) { return; }
    if ( spans_.empty() )
    {
      for ( uint64_t i = first; i < first + count; ++i ) { f( Span { objects_[ i ], i, 1, 0 }, 0, 1 ); }
      return;
    }
    for ( auto span = find( first ); count > 0; ++span )
    {
      const uint64_t skip = first - span->first;
      const uint64_t n = span->count - skip < count ? span->count - skip : count;
      f( *span, skip, n );
      first += n;
      count -= n;
    }
  }

  // Call f( object ) for each of [first, first + count).
  template < class F > void
  each( uint64_t first, uint64_t count, F&& f ) const
  {
    each_span( first, count, [ & ]( const Span& span, uint64_t skip, uint64_t n ) {
      char* object = span.base + skip * span.stride;
      for ( uint64_t i = 0; i < n; ++i, object += span.stride ) { f( object ); }
    } );
  }

private:
  std::vector< std::pair< std::string, uint64_t > > labels_of( uint64_t index ) const;
  std::vector< Span >::const_iterator find( uint64_t index ) const;
  bool is_empty( const Column& column ) const;
  bool is_zero( const Column& column ) const;
  bool stays_empty( const Column& column ) const;
  std::optional< uint64_t > length_of_all( const Column& column ) const;

  std::string path_;
  const Type& type_;
  std::vector< char* > objects_;
  std::vector< Span > spans_;
  mutable std::vector< uint64_t > revisions_in_run_;
  mutable std::vector< std::optional< uint64_t > > lengths_in_run_; // by column
  std::vector< Piece > pieces_;
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
