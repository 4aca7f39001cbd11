// SPDX-License-Identifier: GPL-2.0-or-later
#include "network/population.h"

#include <algorithm>
#include <cstring>
#include <set>

#include "network/row_numbers.h"

namespace torpor_nest
{

namespace
{

// Containers of nodes, which are empty in most networks. Only a script makes the elements of these:
constexpr const char* OF_SCRIPTS[] = { "synaptic_elements_map_", "B_.logger_.data_loggers_", "logger_.data_loggers_" };
// Only a node that has plastic synapses, whose number is the other member, keeps a history of its spikes.
constexpr const char* HISTORY = "history_";
constexpr const char* N_PLASTIC = "n_incoming_";

bool
is_at( const Column& column, const char* path )
{
  return column.member and std::strcmp( column.member->path, path ) == 0;
}

} // namespace

std::vector< Span >::const_iterator
Population::find( uint64_t index ) const
{
  // Most spans are as long as the first one.
  const auto guess = spans_.begin() + std::min( index / spans_[ 0 ].count, spans_.size() - 1 );
  if ( guess->first <= index and index - guess->first < guess->count ) { return guess; }
  return std::upper_bound( spans_.begin(), spans_.end(), index,
           []( uint64_t i, const Span& span ) { return i < span.first; } )
    - 1;
}

Error
Population::refusal( uint64_t index, const std::string& why ) const
{
  std::string name;
  for ( const auto& [ label, value ] : labels_of( index ) )
  {
    name += ( name.empty() ? " (" : ", " ) + label + " " + std::to_string( value );
  }
  return Error( TORPOR_STATUS_MISMATCH,
    "object " + std::to_string( index ) + name + ( name.empty() ? ": " : "): " ) + why
      + "; build the network as the saved run did" );
}

std::vector< std::pair< std::string, uint64_t > >
Population::labels_of( uint64_t index ) const
{
  std::vector< std::pair< std::string, uint64_t > > found;
  for ( const auto& [ label, ids ] : labels.repeated )
  {
    uint64_t first = 0;
    for ( size_t i = 0; i < ids.values.size(); first += ids.counts[ i++ ] )
    {
      if ( index - first < ids.counts[ i ] ) { found.emplace_back( label, ids.values[ i ] ); }
    }
  }
  for ( const auto& [ label, ids ] : labels.ids ) { found.emplace_back( label, ids[ index ] ); }
  for ( const auto& [ label, name ] : labels.columns )
  {
    const Column* column = type_.find( name );
    uint64_t value = 0; // ids are integers
    if ( not column ) { continue; }
    const Member& member = *column->member;
    each( index, 1, [ & ]( char* object ) { std::memcpy( &value, object + member.offset, member.codec->size ); } );
    found.emplace_back( label, value );
  }
  return found;
}

std::vector< std::string >
Population::contents() const
{
  std::vector< std::string > contents;
  for ( const Column& column : type_.columns() )
  {
    if ( not column.member ) { continue; }
    const Codec& codec = *column.member->codec;
    each( 0, count(), [ & ]( char* object ) {
      const char* member = object + column.member->offset;
      const bool is_value = codec.kind == TORPOR_FIELD_VALUE;
      std::string& bytes = contents.emplace_back( codec.size * ( is_value ? 1 : codec.length( member ) ), '\0' );
      if ( is_value ) { get_values( codec, member, 0, 1, bytes.data() ); }
      else { codec.write( member, bytes.data() ); }
    } );
  }
  return contents;
}

void
Population::set_contents( const std::vector< std::string >& contents ) const
{
  auto bytes = contents.begin();
  for ( const Column& column : type_.columns() )
  {
    if ( not column.member ) { continue; }
    const Codec& codec = *column.member->codec;
    each( 0, count(), [ & ]( char* object ) {
      char* member = object + column.member->offset;
      if ( codec.kind == TORPOR_FIELD_VALUE ) { set_values( codec, member, 0, 1, bytes->data() ); }
      else { codec.read( member, bytes->data(), bytes->size() / codec.size ); }
      ++bytes;
    } );
  }
}

// Of a container without elements, no more than their number is saved.
bool
Population::is_empty( const Column& column ) const
{
  const Codec& codec = *column.member->codec;
  bool is_empty = codec.kind == TORPOR_FIELD_BLOB;
  each( 0, is_empty ? count() : 0, [ & ]( char* object ) {
    is_empty = is_empty and codec.length( object + column.member->offset ) == sizeof( uint64_t );
  } );
  return is_empty;
}

bool
Population::is_zero( const Column& column ) const
{
  bool is_zero = column.member->codec->kind == TORPOR_FIELD_VALUE;
  each( 0, is_zero ? count() : 0, [ & ]( char* object ) {
    const char* member = object + column.member->offset;
    is_zero = is_zero and std::all_of( member, member + column.member->codec->size, []( char byte ) { return byte == 0; } );
  } );
  return is_zero;
}

bool
Population::stays_empty( const Column& column ) const
{
  const auto is_column = [ & ]( const char* path ) { return is_at( column, path ); };
  if ( std::any_of( std::begin( OF_SCRIPTS ), std::end( OF_SCRIPTS ), is_column ) ) { return is_empty( column ); }
  const Column* n_plastic = is_column( HISTORY ) ? type_.find( N_PLASTIC ) : nullptr;
  return n_plastic and is_zero( *n_plastic ) and is_empty( column );
}

// Buffers get their length when NEST prepares a run.
std::optional< uint64_t >
Population::length_of_all( const Column& column ) const
{
  const Codec* codec = column.member ? column.member->codec : nullptr;
  if ( not codec or not codec->is_fixed or codec->kind != TORPOR_FIELD_RAGGED or count() == 0 ) { return std::nullopt; }
  std::set< uint64_t > lengths;
  each( 0, count(), [ & ]( char* object ) { lengths.insert( codec->length( object + column.member->offset ) ); } );
  return lengths.size() == 1 ? std::optional< uint64_t >( *lengths.begin() ) : std::nullopt;
}

std::optional< uint64_t >
Population::length_in_run( const Column& column ) const
{
  return lengths_in_run_.empty() ? std::nullopt : lengths_in_run_[ &column - type_.columns().data() ];
}

const std::vector< uint64_t >&
Population::revisions_in_run() const
{
  if ( revisions_in_run_.empty() )
  {
    revisions_in_run_ = type_.revisions_in_run();
    for ( const Column& column : type_.columns() ) { lengths_in_run_.push_back( length_of_all( column ) ); }
    for ( size_t i = 0; spans_.empty() and i < type_.columns().size(); ++i )
    {
      if ( stays_empty( type_.columns()[ i ] ) ) { revisions_in_run_[ i ] = 1; }
    }
  }
  return revisions_in_run_;
}

void
Population::begin_piece( uint64_t number )
{
  if ( pieces_.empty() or pieces_.back().number != number ) { pieces_.push_back( { count(), number, false } ); }
}

void
Population::number_next( uint64_t row )
{
  const bool follows = not pieces_.empty() and row == pieces_.back().number + count() - pieces_.back().first;
  if ( not follows ) { pieces_.push_back( { count(), row, true } ); }
}

void
Population::number_pieces( const RowNumbers& numbers )
{
  for ( size_t i = 0; i < pieces_.size(); ++i )
  {
    Piece& piece = pieces_[ i ];
    const uint64_t end = i + 1 < pieces_.size() ? pieces_[ i + 1 ].first : count();
    if ( not piece.is_row ) { piece = { piece.first, numbers.first( path_, piece.number, end - piece.first ), true }; }
  }
}

void
Population::rows( uint64_t first, uint64_t count, uint64_t* out ) const
{
  const auto begins_later = []( uint64_t index, const Piece& piece ) { return index < piece.first; };
  auto piece = std::upper_bound( pieces_.begin(), pieces_.end(), first, begins_later ) - 1;
  for ( uint64_t index = first; index < first + count; ++index )
  {
    while ( piece + 1 != pieces_.end() and piece[ 1 ].first <= index ) { ++piece; }
    *out++ = piece->number + index - piece->first;
  }
}

torpor_population
Population::description() const
{
  auto p = make< torpor_population >();
  p.path = path_.c_str();
  p.type = type_.name().c_str();
  p.count = count();
  p.layout = TORPOR_LAYOUT_ACCESSORS;
  p.population_data = this;
  p.flags = flags;
  if ( not pieces_.empty() ) { p.key = ROW; }
  return p;
}

} // namespace torpor_nest
