// SPDX-License-Identifier: GPL-2.0-or-later
#include "reflect/nest_build.h"

#include <array>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <elf.h>
#include <link.h>
#include <typeinfo>

#include "kernel_manager.h"
#include "model_manager_impl.h"

#include "base/error.h"
#include "reflect/models.h"

namespace torpor_nest
{

namespace
{

const char*
segment( const dl_phdr_info& library, const ElfW( Phdr ) & header )
{
  return reinterpret_cast< const char* >( library.dlpi_addr + header.p_vaddr );
}

bool
contains( const dl_phdr_info& library, const void* address )
{
  const char* place = static_cast< const char* >( address );
  for ( const auto* h = library.dlpi_phdr; h != library.dlpi_phdr + library.dlpi_phnum; ++h )
  {
    const char* begin = segment( library, *h );
    if ( h->p_type == PT_LOAD and place >= begin and place < begin + h->p_memsz ) { return true; }
  }
  return false;
}

// "": these notes hold no build-id.
std::string
build_id_in( const char* note, size_t length )
{
  const auto padded = []( uint32_t n ) { return ( static_cast< size_t >( n ) + 3 ) & ~size_t { 3 }; };
  ElfW( Nhdr ) header;
  while ( length >= sizeof header )
  {
    std::memcpy( &header, note, sizeof header );
    const size_t size = sizeof header + padded( header.n_namesz ) + padded( header.n_descsz );
    if ( size > length ) { return ""; }
    const char* name = note + sizeof header;
    if ( header.n_type == NT_GNU_BUILD_ID and header.n_namesz == 4 and std::memcmp( name, "GNU", 4 ) == 0 )
    {
      std::string text;
      for ( uint32_t i = 0; i < header.n_descsz; ++i )
      {
        char digits[ 3 ];
        std::snprintf( digits, sizeof digits, "%02x", static_cast< unsigned char >( name[ 4 + i ] ) );
        text += digits;
      }
      return text;
    }
    note += size;
    length -= size;
  }
  return "";
}

// The CRC-32 of zlib and Python's zlib.crc32().
uint32_t
crc32( uint32_t crc, const char* data, size_t length )
{
  static const auto table = [] {
    std::array< uint32_t, 256 > t {};
    for ( uint32_t i = 0; i < t.size(); ++i )
    {
      t[ i ] = i;
      for ( int bit = 0; bit < 8; ++bit ) { t[ i ] = t[ i ] & 1 ? 0xedb88320U ^ t[ i ] >> 1 : t[ i ] >> 1; }
    }
    return t;
  }();
  crc = ~crc;
  for ( size_t i = 0; i < length; ++i )
  {
    crc = table[ ( crc ^ static_cast< unsigned char >( data[ i ] ) ) & 0xff ] ^ crc >> 8;
  }
  return ~crc;
}

std::string
build_of( const dl_phdr_info& library )
{
  uint32_t crc = 0;
  size_t length = 0;
  for ( const auto* h = library.dlpi_phdr; h != library.dlpi_phdr + library.dlpi_phnum; ++h )
  {
    const std::string id = h->p_type == PT_NOTE ? build_id_in( segment( library, *h ), h->p_filesz ) : "";
    if ( not id.empty() ) { return "build-id " + id; }
  }
  for ( const auto* h = library.dlpi_phdr; h != library.dlpi_phdr + library.dlpi_phnum; ++h )
  {
    if ( h->p_type != PT_LOAD or not( h->p_flags & PF_X ) ) { continue; }
    crc = crc32( crc, segment( library, *h ), h->p_filesz );
    length += h->p_filesz;
  }
  char text[ 64 ];
  std::snprintf( text, sizeof text, "code %08x, %zu bytes", crc, length );
  return text;
}

// Stops at the library that has NEST's kernel.
int
look_at( dl_phdr_info* library, size_t, void* found )
{
  if ( not contains( *library, &nest::KernelManager::kernel_manager_instance_ ) ) { return 0; }
  *static_cast< std::string* >( found ) = build_of( *library );
  return 1;
}

} // namespace

std::string
loaded_nest_build()
{
  std::string found;
  dl_iterate_phdr( &look_at, &found );
  return found;
}

void
check_nest_build()
{
  const std::string loaded = loaded_nest_build();
  if ( loaded == nest_build ) { return; }
  throw Error( TORPOR_STATUS_VERSION,
    "NEST's library is another build (" + loaded + ") than this module was made for (" + nest_build
      + "); build it again: pip install --force-reinstall ./host-api/nest" );
}

void
check_layouts()
{
  auto& models = nest::kernel().model_manager;
  for ( const nest::Model* model : models.node_models_ )
  {
    const Model* table = find_model( node_models, n_node_models, typeid( *model ).name() );
    const size_t live = const_cast< nest::Model* >( model )->get_element_size();
    if ( table and live != table->size )
    {
      throw Error( TORPOR_STATUS_VERSION,
        model->get_name() + ": NEST's objects have " + std::to_string( live ) + " bytes, this module was built for "
          + std::to_string( table->size ) + "; build it against the NEST that is installed" );
    }
  }
  for ( nest::ConnectorModel* model : models.connection_models_.at( 0 ) )
  {
    const Model* table = model ? find_model( *model ) : nullptr;
    if ( not table ) { continue; }
    Dictionary status;
    model->get_status( status );
    const auto size = status.find( "sizeof" );
    const long* live = size == status.end() ? nullptr : std::get_if< long >( &size->second.item );
    if ( live and *live != static_cast< long >( table->size ) )
    {
      throw Error( TORPOR_STATUS_VERSION,
        model->get_name() + ": NEST's synapses have " + std::to_string( *live ) + " bytes, this module was built for "
          + std::to_string( table->size ) + "; build it against the NEST that is installed" );
    }
  }
}

} // namespace torpor_nest
