// SPDX-License-Identifier: GPL-2.0-or-later
#include "kernel/recordings.h"

#include <algorithm>
#include <fstream>
#include <set>

#define XXH_INLINE_ALL
#include <xxhash.h>

#include "kernel_manager.h"
#include "recording_device.h"
#include "stimulation_device.h"

#include "base/tree.h"
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

using Device = nest::RecordingBackendASCII::DeviceData;

void
flush( Device& device )
{
  device.file_.flush();
  if ( device.file_.good() ) { return; }
  throw Error( TORPOR_STATUS_IO, "NEST could not write the complete file: is the disk full?" );
}

void
rolled_back( Device& device, uint64_t byte_length )
{
  AsciiBackend::instance().go_on_at( AsciiBackend::path_of( device ), byte_length );
}

} // namespace

torpor_tree
Recordings::tree()
{
  return tree_of< &Recordings::write, &Recordings::read, &Recordings::commit >( "recordings", *this );
}

void
Recordings::describe_for_save( const torpor_description& d )
{
  for ( const auto& recording : AsciiBackend::instance().recordings() )
  {
    if ( not recording.is_open ) { continue; }
    auto output = make< torpor_output >();
    output.flags = TORPOR_OUTPUT_OPTIONAL; // NEST makes its files empty by itself, and has written their headers
    output.path = recording.path.c_str();
    output.output_data = recording.device;
    output.flush = slot< flush >;
    d.add_output( d.data, &output );
  }
}

void
Recordings::describe_for_restore( const torpor_description& d )
{
  for ( const auto& recording : AsciiBackend::instance().recordings() )
  {
    if ( recording.is_open ) { recording.device->file_.flush(); } // nothing may be written after the file is cut
    const std::string path = AsciiBackend::path_of( *recording.device );
    auto output = make< torpor_output >();
    output.flags = TORPOR_OUTPUT_OPTIONAL; // the checkpoint has the files that were open
    output.path = path.c_str();
    output.output_data = recording.device;
    output.rolled_back = slot< rolled_back >;
    d.add_output( d.data, &output );
  }
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
  std::set< std::string > live;
  for ( const auto& recording : AsciiBackend::instance().recordings() )
  {
    live.insert( AsciiBackend::path_of( *recording.device ) );
  }
  closed_.clear();
  for ( const std::string& path : keys( r, "ascii" ) )
  {
    const std::string place = "ascii/" + escaped( path );
    const bool is_open = get< int32_t >( r, r.get_bool, place + "/is_open" );
    const bool is_live = live.count( path ) > 0;
    if ( is_open and not is_live )
    {
      throw Error( TORPOR_STATUS_MISMATCH,
        "a recorder of the saved run writes to " + path + ", but none of this network does; set data_path, "
        "data_prefix, record_to and label as the saved run did" );
    }
    if ( is_open or not is_live ) { continue; }
    const auto length = get< uint64_t >( r, r.get_uint, place + "/byte_length" );
    const auto saved = get< uint64_t >( r, r.get_uint, place + "/xxh3" );
    uint64_t digest = 0;
    if ( digest_file( path, length, digest ) and digest == saved ) { closed_[ path ] = length; }
  }
}

void
Recordings::commit()
{
  for ( const auto& [ path, length ] : closed_ ) { AsciiBackend::instance().go_on_at( path, length ); }
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
