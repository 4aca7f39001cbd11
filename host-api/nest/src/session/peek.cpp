// SPDX-License-Identifier: GPL-2.0-or-later
#include "session/peek.h"

#include <torpor/loader.h>

#include "kernel_manager.h"

#include "base/error.h"
#include "network/network_identity.h"

namespace torpor_nest
{

namespace
{

// A host that has only one tree, and that makes every restore fail before its commit.
struct Peek
{
  int64_t until_step;
  const std::function< void( const torpor_tree_reader& ) >& read;
  torpor_tree tree;
  std::string fingerprint_text;
  bool has_read = false;
  bool has_failed = false;
};

Peek&
peek_of( void* data )
{
  return *static_cast< Peek* >( data );
}

int32_t
clock_of( void*, torpor_clock* out, torpor_error* )
{
  out->unit = "ms";
  return TORPOR_STATUS_OK;
}

int32_t
no_populations( void*, const torpor_population** out, uint64_t* count, uint32_t* element_size, torpor_error* )
{
  *out = nullptr;
  *count = 0;
  *element_size = sizeof( torpor_population );
  return TORPOR_STATUS_OK;
}

int32_t
one_tree( void* data, const torpor_tree** out, uint64_t* count, uint32_t* element_size, torpor_error* )
{
  *out = &peek_of( data ).tree;
  *count = 1;
  *element_size = sizeof( torpor_tree );
  return TORPOR_STATUS_OK;
}

// The core calls this last before the commit.
int32_t
refuse_commit( void*, const torpor_output**, uint64_t*, uint32_t*, torpor_error* error )
{
  return fill( error, TORPOR_STATUS_ORDER, "the checkpoint was only read" );
}

int32_t
fingerprint_of( void* data, const char** out, torpor_error* error )
{
  return guarded( error, [ & ] {
    peek_of( data ).fingerprint_text = fingerprint();
    *out = peek_of( data ).fingerprint_text.c_str();
  } );
}

int32_t
begin( void* data, const torpor_clock* clock, torpor_error* error )
{
  if ( static_cast< int64_t >( clock->step ) <= peek_of( data ).until_step ) { return TORPOR_STATUS_OK; }
  return fill( error, TORPOR_STATUS_ORDER, "the checkpoint is of a later step" );
}

int32_t
from_state( void* data, const torpor_tree_reader* r, int32_t, torpor_error* error )
{
  Peek& peek = peek_of( data );
  const int32_t status = guarded( error, [ & ] { peek.read( *r ); } );
  peek.has_read = status == TORPOR_STATUS_OK;
  peek.has_failed = not peek.has_read;
  return status;
}

int32_t
to_state( void*, const torpor_tree_writer*, torpor_error* )
{
  return TORPOR_STATUS_OK;
}

} // namespace

bool
peek_at_tree( const std::vector< std::string >& options, const char* file, int64_t until_step, const char* path,
  const std::function< void( const torpor_tree_reader& ) >& read )
{
  Peek peek { until_step, read, {}, {} };
  peek.tree.path = path;
  peek.tree.tree_data = &peek;
  peek.tree.to_state = &to_state;
  peek.tree.from_state = &from_state;
  peek.tree.commit = []( void* ) {};
  torpor_host host {};
  host.abi_major = TORPOR_ABI_MAJOR;
  host.abi_minor = TORPOR_ABI_MINOR;
  host.struct_size = sizeof host;
  host.flags = TORPOR_HOST_NO_SIGNALS;
  host.name = "nest";
  host.version = NEST_VERSION;
  host.clock = &clock_of;
  host.populations = &no_populations;
  host.trees = &one_tree;
  host.outputs = &refuse_commit;
  host.fingerprint = &fingerprint_of;
  host.restore_begin = &begin;
  host.restore_commit = []( void*, const torpor_clock* ) {};
  host.log = []( void*, int32_t, const char* ) {};

  std::vector< const char* > texts;
  for ( const std::string& option : options ) { texts.push_back( option.c_str() ); }
  texts.push_back( "mismatch=ignore" ); // ignores everything but the tree
  torpor_error error {};
  error.struct_size = sizeof error;
  torpor* opened = torpor_open( &host, &peek, texts.data(), texts.size(), &error );
  if ( not opened ) { throw Error( error.status, error.message ); }
  int32_t resumed = 0;
  const int32_t status = torpor_restore( opened, file, &resumed, &error );
  torpor_close( opened, nullptr );
  if ( peek.has_failed ) { check( status, error ); }
  return peek.has_read;
}

} // namespace torpor_nest
