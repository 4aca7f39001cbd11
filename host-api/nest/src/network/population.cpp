// SPDX-License-Identifier: GPL-2.0-or-later
#include "network/population.h"

#include <algorithm>
#include <cstring>

namespace torpor_nest
{

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

torpor_population
Population::description() const
{
  auto p = make< torpor_population >();
  p.path = path_.c_str();
  p.type = type_.name().c_str();
  p.count = count();
  p.layout = TORPOR_LAYOUT_ACCESSORS;
  p.population_data = this;
  return p;
}

} // namespace torpor_nest
