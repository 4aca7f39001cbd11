// SPDX-License-Identifier: GPL-2.0-or-later
// Errors are exceptions inside the adapter, and a status with a text where they cross the host ABI.
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

// Call `body` for a caller in C: an exception becomes a status and a text.
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
    return fill( error, TORPOR_STATUS_HOST, *e.what() ? e.what() : "NEST failed; see its own message for the reason" );
  }
  catch ( ... )
  {
    return fill( error, TORPOR_STATUS_HOST, "NEST threw an exception of an unknown type" );
  }
}

// Escape a key so that it is one step of a path in a tree.
inline std::string
escaped( const std::string& key )
{
  std::string out;
  for ( const char c : key ) { out += c == '~' ? "~0" : c == '/' ? "~1" : std::string( 1, c ); }
  return out;
}

// Throw a status of the core as an exception, unless it is TORPOR_STATUS_OK.
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
