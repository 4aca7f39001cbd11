// SPDX-License-Identifier: GPL-2.0-or-later
// Errors cross the host ABI as a status and a text; inside the adapter they are exceptions.
#ifndef TORPOR_NEST_ERROR_H
#define TORPOR_NEST_ERROR_H

#include <cstdio>
#include <exception>
#include <string>

#include <torpor/host.h>

namespace torpor_nest
{

struct Error : std::exception
{
  int32_t status;
  std::string text;
  Error( int32_t s, std::string t ) : status( s ), text( std::move( t ) ) {}
  const char* what() const noexcept override { return text.c_str(); }
};

inline int32_t
fill( torpor_error* error, int32_t status, const char* text ) noexcept
{
  if ( error )
  {
    error->status = status;
    std::snprintf( error->message, sizeof error->message, "%s", text );
  }
  return status;
}

// Run `body` for a caller in C: whatever it throws becomes a status and a text.
template < class F >
int32_t
guarded( torpor_error* error, F&& body ) noexcept
{
  try
  {
    body();
    return TORPOR_STATUS_OK;
  }
  catch ( const Error& e )
  {
    return fill( error, e.status, e.what() );
  }
  catch ( const std::bad_alloc& )
  {
    return fill( error, TORPOR_STATUS_NO_MEMORY, "not enough memory" );
  }
  catch ( const std::exception& e )
  {
    return fill( error, TORPOR_STATUS_HOST, *e.what() ? e.what() : "NEST failed; its own message says at what" );
  }
  catch ( ... )
  {
    return fill( error, TORPOR_STATUS_HOST, "an exception of an unknown kind in NEST" );
  }
}

// A key as one step of a path of a tree.
inline std::string
escaped( const std::string& key )
{
  std::string out;
  for ( const char c : key ) { out += c == '~' ? "~0" : c == '/' ? "~1" : std::string( 1, c ); }
  return out;
}

// A status of the core as an exception.
inline void
check( int32_t status, const torpor_error& error )
{
  if ( status != TORPOR_STATUS_OK )
  {
    throw Error( status, error.message );
  }
}

} // namespace torpor_nest

#endif
