// SPDX-License-Identifier: GPL-2.0-or-later
// Trees of the core, and what is read from them.
#ifndef TORPOR_NEST_TREE_H
#define TORPOR_NEST_TREE_H

#include <functional>
#include <string>
#include <vector>

#include "base/error.h"

namespace torpor_nest
{

// What a tree does in a phase in which it has nothing to do.
struct Nothing
{
  template < class... Arguments > void operator()( Arguments&&... ) const {}
};

// The tree `path`: a save calls write( data, writer ); a restore calls read( data, reader ) while nothing is changed yet, and
// then commit( data ). All three may throw.
template < auto write, auto read, auto commit, class Data >
torpor_tree
tree_of( const char* path, Data& data )
{
  auto tree = make< torpor_tree >();
  tree.path = path;
  tree.tree_data = &data;
  tree.to_state = []( void* d, const torpor_tree_writer* w, torpor_error* error )
  { return guarded( error, [ & ] { std::invoke( write, *static_cast< Data* >( d ), *w ); } ); };
  tree.from_state = []( void* d, const torpor_tree_reader* r, int32_t, torpor_error* error )
  { return guarded( error, [ & ] { std::invoke( read, *static_cast< Data* >( d ), *r ); } ); };
  tree.commit = []( void* d, torpor_error* error )
  { return guarded( error, [ & ] { std::invoke( commit, *static_cast< Data* >( d ) ); } ); };
  return tree;
}

// Escape a key so that it is one step of a path in a tree.
inline std::string
escaped( const std::string& key )
{
  std::string out;
  for ( const char c : key ) { out += c == '~' ? "~0" : c == '/' ? "~1" : std::string( 1, c ); }
  return out;
}

// Read one value with a function of the reader, as in get< int64_t >( r, r.get_int, path ). Throws Error.
template < class Value, class Function >
Value
get( const torpor_tree_reader& r, Function function, const std::string& path )
{
  Value value {};
  run( function, r.data, path.c_str(), &value );
  return value;
}

// The keys of the map at `path`, not escaped. Throws Error.
inline std::vector< std::string >
keys( const torpor_tree_reader& r, const std::string& path )
{
  std::vector< std::string > found( get< uint64_t >( r, r.n_keys, path ) );
  for ( uint64_t i = 0; i < found.size(); ++i )
  {
    const char* key = nullptr;
    run( r.key_at, r.data, path.c_str(), i, &key );
    found[ i ] = key;
  }
  return found;
}

} // namespace torpor_nest

#endif
