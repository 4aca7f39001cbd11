// SPDX-License-Identifier: GPL-2.0-or-later
#include "kernel/recordings.h"

#include <algorithm>
#include <fstream>

#define XXH_INLINE_ALL
#include <xxhash.h>

#include "kernel_manager.h"
#include "recording_device.h"
#include "stimulation_device.h"

#include "base/error.h"
#include "kernel/ascii.h"

namespace torpor_nest
{

namespace
{

// Compute the digest of the first `length` bytes. Returns false if the file is shorter.
bool
digest_file( const std::string& path, uint64_t length, uint64_t& digest )
{
  std::ifstream file( path, std::ios::binary );
  std::vector< char > piece( 1 << 18 );
  XXH3_state_t state;
  XXH3_64bits_reset( &state );
  while ( length > 0 )
  {
    const uint64_t wanted = std::min< uint64_t >( piece.size(), length );
    if ( not file.read( piece.data(), static_cast< std::streamsize >( wanted ) ) ) { return false; }
    XXH3_64bits_update( &state, piece.data(), wanted );
    length -= wanted;
  }
  digest = XXH3_64bits_digest( &state );
  return file.good();
}

bool
length_of( const std::string& path, uint64_t& length )
{
  std::ifstream file( path, std::ios::binary | std::ios::ate );
  if ( not file ) { return false; }
  length = static_cast< uint64_t >( file.tellg() );
  return true;
}

int32_t
flush( void* device, torpor_error* error )
{
  auto& file = static_cast< nest::RecordingBackendASCII::DeviceData* >( device )->file_;
  file.flush();
  return file.good() ? TORPOR_STATUS_OK
                     : fill( error, TORPOR_STATUS_IO, "NEST could not write the complete file: is the disk full?" );
}

void
rolled_back( void* path, uint64_t byte_length )
{
  guarded( nullptr, [ & ] { AsciiBackend::instance().go_on_at( *static_cast< std::string* >( path ), byte_length ); } );
}

} // namespace

torpor_tree
Recordings::tree()
{
  torpor_tree tree {};
  tree.path = "recordings";
  tree.tree_data = this;
  tree.to_state = []( void* self, const torpor_tree_writer* w, torpor_error* error )
  { return guarded( error, [ & ] { static_cast< Recordings* >( self )->write( *w ); } ); };
  tree.from_state = []( void* self, const torpor_tree_reader* r, int32_t, torpor_error* error )
  { return guarded( error, [ & ] { static_cast< Recordings* >( self )->read( *r ); } ); };
  tree.commit = []( void* self ) { static_cast< Recordings* >( self )->commit(); };
  return tree;
}

const std::vector< torpor_output >&
Recordings::outputs()
{
  outputs_.clear();
  if ( is_restoring_ )
  {
    for ( File& file : files_ )
    {
      if ( file.is_open ) { outputs_.push_back( { file.path.c_str(), &file.path, nullptr, &rolled_back } ); }
    }
    return outputs_;
  }
  files_.clear();
  for ( const auto& recording : AsciiBackend::instance().recordings() )
  {
    if ( recording.is_open ) { files_.push_back( { recording.path, true, 0 } ); }
  }
  size_t next = 0;
  for ( const auto& recording : AsciiBackend::instance().recordings() )
  {
    if ( recording.is_open )
    {
      outputs_.push_back( { files_[ next++ ].path.c_str(), recording.device, &flush, nullptr } );
    }
  }
  return outputs_;
}

void
Recordings::begin_restore()
{
  is_restoring_ = true;
  files_.clear();
  for ( const auto& recording : AsciiBackend::instance().recordings() )
  {
    if ( recording.is_open ) { recording.device->file_.flush(); } // nothing may be written after the file is cut
  }
}

void
Recordings::end_restore()
{
  is_restoring_ = false;
}

void
Recordings::write( const torpor_tree_writer& w )
{
  w.begin_map( w.data, "ascii" );
  for ( const auto& recording : AsciiBackend::instance().recordings() )
  {
    uint64_t length = 0;
    uint64_t digest = 0;
    if ( recording.path.empty() ) { continue; }
    if ( not recording.is_open
      and not( length_of( recording.path, length ) and digest_file( recording.path, length, digest ) ) )
    {
      continue; // the script has moved it
    }
    w.begin_map( w.data, recording.path.c_str() );
    w.put_bool( w.data, "is_open", recording.is_open );
    if ( not recording.is_open )
    {
      w.put_uint( w.data, "byte_length", length );
      w.put_uint( w.data, "xxh3", digest );
    }
    w.end_map( w.data );
  }
  w.end_map( w.data );
}

void
Recordings::read( const torpor_tree_reader& r )
{
  torpor_error e {};
  e.struct_size = sizeof e;
  std::vector< std::string > live;
  for ( const auto& recording : AsciiBackend::instance().recordings() )
  {
    live.push_back( AsciiBackend::path_of( *recording.device ) );
  }
  files_.clear();
  uint64_t n_files = 0;
  check( r.n_keys( r.data, "ascii", &n_files, &e ), e );
  for ( uint64_t i = 0; i < n_files; ++i )
  {
    const char* key = nullptr;
    int32_t is_open = 0;
    check( r.key_at( r.data, "ascii", i, &key, &e ), e );
    const std::string path = key;
    const std::string place = "ascii/" + escaped( path );
    check( r.get_bool( r.data, ( place + "/is_open" ).c_str(), &is_open, &e ), e );
    const bool is_live = std::find( live.begin(), live.end(), path ) != live.end();
    if ( is_open and not is_live )
    {
      throw Error( TORPOR_STATUS_MISMATCH,
        "a recorder of the saved run writes to " + path + ", but none of this network does; set data_path, "
        "data_prefix, record_to and label as the saved run did" );
    }
    if ( is_open )
    {
      files_.push_back( { path, true, 0 } );
    }
    else if ( is_live )
    {
      uint64_t length = 0;
      uint64_t saved = 0;
      uint64_t digest = 0;
      check( r.get_uint( r.data, ( place + "/byte_length" ).c_str(), &length, &e ), e );
      check( r.get_uint( r.data, ( place + "/xxh3" ).c_str(), &saved, &e ), e );
      if ( digest_file( path, length, digest ) and digest == saved ) { files_.push_back( { path, false, length } ); }
    }
  }
}

void
Recordings::commit()
{
  for ( File& file : files_ )
  {
    if ( not file.is_open ) { rolled_back( &file.path, file.byte_length ); }
  }
}

void
refuse_other_backends()
{
  const auto& nodes = nest::kernel().node_manager;
  for ( const auto& local : nodes.local_nodes_ )
  {
    for ( auto entry = local.begin(); entry != local.end(); ++entry )
    {
      nest::Node* node = entry->get_node();
      std::string backend;
      if ( const auto* recorder = dynamic_cast< const nest::RecordingDevice* >( node ) )
      {
        const std::string& name = recorder->P_.record_to_;
        if ( name != "memory" and name != "ascii" and name != "screen" ) { backend = "records to \"" + name + "\""; }
      }
      else if ( const auto* stimulator = dynamic_cast< const nest::StimulationDevice* >( node ) )
      {
        const std::string& name = stimulator->P_.stimulus_source_;
        if ( not name.empty() and name != "internal" ) { backend = "is driven from \"" + name + "\""; }
      }
      if ( not backend.empty() )
      {
        throw Error( TORPOR_STATUS_REFUSED,
          node->get_name() + " " + std::to_string( node->get_node_id() ) + " " + backend
            + ", which cannot be rolled back; use memory or ascii" );
      }
    }
  }
}

} // namespace torpor_nest
