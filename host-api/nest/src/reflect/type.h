// SPDX-License-Identifier: GPL-2.0-or-later
// One class of NEST as a type of the core: a column for each member, under the name that NEST uses for it.
#ifndef TORPOR_NEST_TYPE_H
#define TORPOR_NEST_TYPE_H

#include <cstdint>
#include <cstring>
#include <string>
#include <vector>

#include <torpor/host.h>

#include "reflect/models.h"

namespace torpor_nest
{

// Where a double of an object is: at an offset, or an element of the array that is pointed to from there.
struct Place
{
  uint32_t offset;
  int32_t element; // -1: at the offset itself

  char*
  in( char* object ) const
  {
    if ( element < 0 ) { return object + offset; }
    char* array;
    std::memcpy( &array, object + offset, sizeof array );
    return array + 8 * element;
  }
};

// A column of a type: a member, a sum of members that NEST shows under a name of its own, or the list of its components.
struct Column
{
  std::string name;
  bool is_hidden;
  const Member* member;
  // Derived columns only (not written back): numbers at these places, added up.
  std::vector< Place > sum_of;
  // Lists of components only (compared on restore): those of this class.
  const Model* model = nullptr;
  const ComponentClass* components = nullptr;
};

// How columns of each kind are read and written: see network/accessors.h.
struct Accessors
{
  torpor_accessor values[ 2 ]; // [ 1 ]: whose codec checks what is to be restored
  torpor_accessor ragged[ 2 ];
  torpor_accessor derived;
  torpor_accessor components;
};

// A class as it is declared to the core; its texts live here.
class Type
{
public:
  Type( std::string name, const Member* members, uint32_t n_members, const char* refusal );

  // Give a member the name that NEST uses; it is then no longer hidden. False: no such member, or the name is taken.
  bool rename( const std::string& path, const std::string& name );
  // Add a column that is saved for readers and never written back: the sum of the doubles at `places`.
  void add_derived( const std::string& name, std::vector< Place > places );
  // Put columns first that say which components each node of a model has.
  void add_components( const Model& model );
  // The declaration, whose columns are read and written by these. Valid as long as the type, and unchanged from then on.
  const torpor_type* declaration( const Accessors& accessors );

  const std::string& name() const { return name_; }
  const std::string& refusal() const { return refusal_; } // "": none
  const std::vector< Column >& columns() const { return columns_; }
  const Column* find( const std::string& name ) const; // NULL: there is none

private:
  std::string name_;
  std::string refusal_;
  std::vector< Column > columns_;
  std::vector< torpor_field > fields_;
  torpor_type type_ {};
};

} // namespace torpor_nest

#endif
