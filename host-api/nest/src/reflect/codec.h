// SPDX-License-Identifier: GPL-2.0-or-later
// One codec for each type of member: it turns values into columns of numbers or into bytes, and back.
//
// Members of fixed size are values, sequences of numbers are ragged columns, and everything nested is a blob: its members
// one after the other, each sequence after its length (8 bytes), in the machine's byte order.
#ifndef TORPOR_NEST_CODEC_H
#define TORPOR_NEST_CODEC_H

#include <array>
#include <cstdint>
#include <cstring>
#include <deque>
#include <map>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include <torpor/host.hpp>

namespace torpor_nest
{

// Numbers as the core names them; enumerations are saved as the integers that they are.
template < class T >
constexpr uint32_t
dtype_of()
{
  if constexpr ( std::is_enum_v< T > ) { return torpor_cpp::dtype_of< std::underlying_type_t< T > >(); }
  else { return torpor_cpp::dtype_of< T >(); }
}

struct Codec
{
  uint32_t kind;       // TORPOR_FIELD_VALUE, _RAGGED or _BLOB
  uint32_t dtype;      // of one number
  uint32_t size;       // bytes of one object's value, or of one element of a ragged one
  uint32_t rank;       // of one object's value or element: 0 or 1
  uint64_t shape;      // its length if rank is 1
  const char* unit;    // of the stored number; NULL: look it up by the member's name
  // VALUE: copy the values of `n` objects, `stride` bytes apart. NULL: copy `size` bytes of each.
  void ( *get )( const char* member, uint64_t stride, uint64_t n, char* out );
  void ( *set )( char* member, uint64_t stride, uint64_t n, const char* in );
  // RAGGED, BLOB: copy the elements of one object. `read` fails if the bytes are no value that this member can have.
  uint64_t ( *length )( const void* member );
  void ( *write )( const void* member, void* out );
  bool ( *read )( void* member, const void* in, uint64_t length );
  // Would `read` accept this, or `set` these values (of `length` objects)? Changes nothing. NULL: anything fits.
  bool ( *fits )( const void* member, const void* in, uint64_t length ) = nullptr;
  // RAGGED: the length must equal that of the live member.
  bool is_fixed = false;
};

// Copy the values of one member of `n` objects, `stride` bytes apart, into a column; and back.
void get_values( const Codec& codec, const char* member, uint64_t stride, uint64_t n, char* out );
void set_values( const Codec& codec, char* member, uint64_t stride, uint64_t n, const char* in );
// The same of objects that are anywhere; the member is `offset` bytes from the start of each.
void get_values( const Codec& codec, char* const* objects, uint32_t offset, uint64_t n, char* out );

// Visits the members of a class that is an element of containers. The generator writes one for each such class.
template < class T > struct Fields;

template < class T > concept Scalar = std::is_arithmetic_v< T > or std::is_enum_v< T >;
template < class T > struct is_sequence : std::false_type {};
template < class T > struct is_sequence< std::vector< T > > : std::true_type {};
template < class T > struct is_sequence< std::deque< T > > : std::true_type {};
template < class T > struct is_std_array : std::false_type {};
template < class T, size_t n > struct is_std_array< std::array< T, n > > : std::true_type {};
template < class T > struct is_map : std::false_type {};
template < class K, class T > struct is_map< std::map< K, T > > : std::true_type {};
template < class T > struct is_pair : std::false_type {};
template < class A, class B > struct is_pair< std::pair< A, B > > : std::true_type {};
// Classes that are copied byte by byte, as they have bit fields or const members. `copy` leaves out the padding.
template < class T > struct is_raw : std::false_type {};

// ---- blobs: one walk over a value, with four visitors ----
//
// A visitor's functions: `bytes` takes memory of the object; `own` takes a variable of the codec, which a Checker fills too;
// `fixed` takes a sequence whose length the network determines, as delays determine that of a ring buffer; `constant` takes a
// number that the network determines, which is compared instead of read.

template < class V, class T > void walk( V& visitor, T& object );

struct Sizer
{
  uint64_t total = 0;
  void bytes( const void*, uint64_t n ) { total += n; }
  void own( const void*, uint64_t n ) { total += n; }
  template < class C > void fixed( C& c ) { elements( c ); }
  template < class T > void constant( T& object ) { walk( *this, object ); }
  template < class T > void operator()( T& object ) { walk( *this, object ); }
  template < class C > void elements( C& c ) { total += 8; for ( auto&& e : c ) { element( c, e ); } }
  template < class C, class E > void element( C&, E&& e )
  {
    if constexpr ( std::is_same_v< typename C::value_type, bool > ) { total += 1; }
    else { walk( *this, e ); }
  }
};

struct Writer
{
  char* out;
  void bytes( const void* in, uint64_t n ) { if ( n ) { std::memcpy( out, in, n ); } out += n; }
  void own( const void* in, uint64_t n ) { bytes( in, n ); }
  template < class C > void fixed( C& c ) { elements( c ); }
  template < class T > void constant( T& object ) { walk( *this, object ); }
  template < class T > void operator()( T& object ) { walk( *this, object ); }
  template < class C > void elements( C& c )
  {
    const uint64_t n = c.size();
    bytes( &n, 8 );
    for ( auto&& e : c )
    {
      if constexpr ( std::is_same_v< typename C::value_type, bool > ) { const char b = e ? 1 : 0; bytes( &b, 1 ); }
      else { walk( *this, e ); }
    }
  }
};

// An element that belongs to no live object: it will be overwritten, or it only shows the structure of its class.
template < class E >
concept can_be_spare = not std::is_pointer_v< E >
  and ( std::is_default_constructible_v< E > or std::is_trivially_copyable_v< E >
    or std::is_constructible_v< E, long, double, double, double > or std::is_constructible_v< E, long, double > );

template < class E >
class Spare
{
public:
  E& element()
  {
    if constexpr ( std::is_default_constructible_v< E > or std::is_trivially_copyable_v< E > )
    {
      return *reinterpret_cast< E* >( &room_ );
    }
    else { return room_; }
  }

private:
  static auto make()
  {
    if constexpr ( std::is_default_constructible_v< E > ) { return E(); }
    else if constexpr ( std::is_trivially_copyable_v< E > )
    {
      struct Blank { alignas( E ) char bytes[ sizeof( E ) ]; };
      return Blank {};
    }
    else if constexpr ( std::is_constructible_v< E, long, double, double, double > )
    {
      return E( 0, 0.0, 0.0, 0.0 ); // histories of e-prop
    }
    else { return E( 0, 0.0 ); }
  }

  decltype( make() ) room_ = make();
};

// Bytes of a value that is being read or checked.
struct Input
{
  static constexpr bool is_input = true;
  const char* in;
  const char* end;
  bool good = true;

  uint64_t left() const { return static_cast< uint64_t >( end - in ); }
  void own( void* out, uint64_t n )
  {
    if ( not good or left() < n ) { good = false; return; }
    if ( n ) { std::memcpy( out, in, n ); }
    in += n;
  }
  void skip( uint64_t n, uint64_t size )
  {
    if ( not good or n > left() / size ) { good = false; return; }
    in += n * size;
  }
  // The number of elements of a sequence. Each takes at least one byte.
  uint64_t count()
  {
    uint64_t n = 0;
    own( &n, 8 );
    if ( n > left() ) { good = false; }
    return good ? n : 0;
  }
  template < Scalar T > void constant( const T& live )
  {
    T found {};
    own( &found, sizeof found );
    good = good and found == live;
  }
  // Is the next sequence as long as the live one?
  bool is_as_long_as( uint64_t live )
  {
    uint64_t n = 0;
    if ( good and left() >= 8 ) { std::memcpy( &n, in, 8 ); }
    good = good and left() >= 8 and n == live;
    return good;
  }
};

template < class V > concept InputVisitor = requires { V::is_input; };

struct Reader : Input
{
  void bytes( void* out, uint64_t n ) { own( out, n ); }
  template < class C > void fixed( C& c ) { if ( is_as_long_as( c.size() ) ) { elements( c ); } }
  template < class T > void operator()( T& object ) { walk( *this, object ); }
  template < class C > void elements( C& c )
  {
    using E = typename C::value_type;
    const uint64_t n = count();
    if ( not good ) { return; }
    if constexpr ( std::is_same_v< E, bool > )
    {
      c.resize( n );
      for ( uint64_t i = 0; i < n; ++i ) { char b = 0; bytes( &b, 1 ); c[ i ] = b != 0; }
    }
    else if constexpr ( is_raw< E >::value )
    {
      c.clear();
      for ( uint64_t i = 0; i < n and good; ++i )
      {
        alignas( E ) char element[ sizeof( E ) ];
        bytes( element, sizeof( E ) );
        if ( good ) { c.push_back( *reinterpret_cast< const E* >( element ) ); }
      }
    }
    else
    {
      if ( c.size() != n )
      {
        if constexpr ( std::is_default_constructible_v< E > and not std::is_pointer_v< E > ) { c.resize( n ); }
        else if constexpr ( can_be_spare< E > ) { c.resize( n, Spare< E >().element() ); }
        else { good = false; return; } // loggers: their number is that of the connected multimeters
      }
      for ( auto& e : c ) { walk( *this, e ); }
    }
  }
};

// Checks whether a Reader would accept these bytes. The live object shows the structure and is not changed.
struct Checker : Input
{
  void bytes( const void*, uint64_t n ) { skip( n, 1 ); }
  template < class T > void operator()( T& object ) { walk( *this, object ); }
  template < class C > void fixed( C& c ) { if ( is_as_long_as( c.size() ) ) { elements( c ); } }
  template < class C > void elements( C& c )
  {
    using E = typename C::value_type;
    uint64_t n = count();
    if ( not good ) { return; }
    if constexpr ( std::is_same_v< E, bool > ) { skip( n, 1 ); }
    else if constexpr ( Scalar< E > or is_raw< E >::value ) { skip( n, sizeof( E ) ); }
    else
    {
      if constexpr ( not can_be_spare< E > ) { good = n == c.size(); } // a Reader neither creates nor deletes them
      for ( auto live = c.begin(); n > 0 and good and live != c.end(); ++live, --n ) { walk( *this, *live ); }
      if constexpr ( can_be_spare< E > )
      {
        Spare< E > spare;
        for ( ; n > 0 and good; --n ) { walk( *this, spare.element() ); }
      }
    }
  }
};

template < class V, class T >
void
walk( V& visitor, T& object )
{
  using P = std::remove_cv_t< T >;
  if constexpr ( Scalar< P > )
  {
    visitor.bytes( const_cast< P* >( &object ), sizeof( P ) );
  }
  else if constexpr ( is_raw< P >::value )
  {
    if constexpr ( std::is_same_v< V, Writer > )
    {
      alignas( P ) char clean[ sizeof( P ) ] = {};
      is_raw< P >::copy( object, clean );
      visitor.bytes( clean, sizeof( P ) );
    }
    else { visitor.bytes( const_cast< std::remove_const_t< T >* >( &object ), sizeof( P ) ); }
  }
  else if constexpr ( std::is_array_v< P > or is_std_array< P >::value )
  {
    for ( auto& element : object ) { walk( visitor, element ); }
  }
  else if constexpr ( is_pair< P >::value )
  {
    walk( visitor, object.first );
    walk( visitor, object.second );
  }
  else if constexpr ( is_map< P >::value )
  {
    if constexpr ( InputVisitor< V > )
    {
      P made;
      for ( uint64_t n = visitor.count(); n > 0 and visitor.good; --n )
      {
        typename P::key_type key;
        walk( visitor, key );
        walk( visitor, made[ key ] );
      }
      if constexpr ( std::is_same_v< V, Reader > ) { if ( visitor.good ) { object.swap( made ); } }
    }
    else
    {
      uint64_t n = object.size();
      visitor.own( &n, 8 );
      for ( auto& [ key, value ] : object )
      {
        walk( visitor, key );
        walk( visitor, value );
      }
    }
  }
  else if constexpr ( is_sequence< P >::value )
  {
    visitor.elements( object );
  }
  else if constexpr ( std::is_same_v< P, std::string > )
  {
    visitor.elements( object );
  }
  else if constexpr ( std::is_pointer_v< P > and is_sequence< std::remove_pointer_t< P > >::value )
  {
    visitor.elements( *object );
  }
  else
  {
    Fields< P >::visit( visitor, object );
  }
}

// ---- codecs of whole members ----

template < class T > uint64_t
blob_length( const void* member )
{
  Sizer sizer;
  walk( sizer, *const_cast< T* >( static_cast< const T* >( member ) ) );
  return sizer.total;
}

template < class T > void
blob_write( const void* member, void* out )
{
  Writer writer { static_cast< char* >( out ) };
  walk( writer, *const_cast< T* >( static_cast< const T* >( member ) ) );
}

template < class T > bool
blob_read( void* member, const void* in, uint64_t length )
{
  Reader reader { { static_cast< const char* >( in ), static_cast< const char* >( in ) + length } };
  walk( reader, *static_cast< T* >( member ) );
  return reader.good and reader.in == reader.end;
}

template < class T, bool is_fixed > bool
blob_fits( const void* member, const void* in, uint64_t length )
{
  T& object = *const_cast< T* >( static_cast< const T* >( member ) );
  Checker checker { { static_cast< const char* >( in ), static_cast< const char* >( in ) + length } };
  if constexpr ( is_fixed ) { checker.fixed( object ); } else { walk( checker, object ); }
  return checker.good and checker.in == checker.end;
}

template < class T > uint64_t
ragged_length( const void* member )
{
  return static_cast< const T* >( member )->size();
}

template < class T > void
ragged_write( const void* member, void* out )
{
  using E = typename T::value_type;
  const T& values = *static_cast< const T* >( member );
  if constexpr ( requires { values.data(); } )
  {
    if ( not values.empty() ) { std::memcpy( out, values.data(), values.size() * sizeof( E ) ); }
  }
  else
  {
    char* place = static_cast< char* >( out );
    for ( const E& e : values ) { std::memcpy( place, &e, sizeof( E ) ); place += sizeof( E ); }
  }
}

template < class T > bool
ragged_read( void* member, const void* in, uint64_t length )
{
  using E = typename T::value_type;
  T& values = *static_cast< T* >( member );
  values.resize( length );
  const char* place = static_cast< const char* >( in );
  for ( E& e : values ) { std::memcpy( &e, place, sizeof( E ) ); place += sizeof( E ); }
  return true;
}

template < class T > struct ragged_element { static constexpr bool value = false; };
template < Scalar T > requires( not std::is_same_v< T, bool > )
struct ragged_element< T >
{
  static constexpr bool value = true;
  using number = T;
  static constexpr uint32_t rank = 0;
  static constexpr uint64_t shape = 0;
};
template < Scalar T, size_t n >
struct ragged_element< std::array< T, n > >
{
  static constexpr bool value = true;
  using number = T;
  static constexpr uint32_t rank = 1;
  static constexpr uint64_t shape = n;
};

template < class T, bool is_fixed = false >
constexpr Codec
make_codec()
{
  if constexpr ( Scalar< T > )
  {
    return { TORPOR_FIELD_VALUE, dtype_of< T >(), sizeof( T ), 0, 0, nullptr, nullptr, nullptr, nullptr, nullptr, nullptr };
  }
  else if constexpr ( std::is_array_v< T > and Scalar< std::remove_all_extents_t< T > > )
  {
    using E = std::remove_all_extents_t< T >;
    return { TORPOR_FIELD_VALUE, dtype_of< E >(), sizeof( T ), 1, sizeof( T ) / sizeof( E ), nullptr,
      nullptr, nullptr, nullptr, nullptr, nullptr };
  }
  else
  {
    if constexpr ( is_std_array< T >::value )
    {
      using E = typename T::value_type;
      if constexpr ( Scalar< E > )
      {
        return { TORPOR_FIELD_VALUE, dtype_of< E >(), sizeof( T ), 1, sizeof( T ) / sizeof( E ), nullptr,
          nullptr, nullptr, nullptr, nullptr, nullptr };
      }
    }
    if constexpr ( is_sequence< T >::value )
    {
      using E = ragged_element< typename T::value_type >;
      if constexpr ( E::value )
      {
        return { TORPOR_FIELD_RAGGED, dtype_of< typename E::number >(), sizeof( typename T::value_type ), E::rank,
          E::shape, nullptr, nullptr, nullptr, &ragged_length< T >, &ragged_write< T >, &ragged_read< T >, nullptr,
          is_fixed };
      }
    }
    return { TORPOR_FIELD_BLOB, TORPOR_DTYPE_UINT8, 1, 0, 0, nullptr,
      nullptr, nullptr, &blob_length< T >, &blob_write< T >, &blob_read< T >, &blob_fits< T, is_fixed >, is_fixed };
  }
}

template < class T > inline constexpr Codec codec_of = make_codec< T >();
template < class T > inline constexpr Codec fixed_codec_of = make_codec< T, true >();

} // namespace torpor_nest

#endif
