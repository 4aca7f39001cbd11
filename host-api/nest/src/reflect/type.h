// SPDX-License-Identifier: GPL-2.0-or-later
// One class of NEST as a type of the core: a column for each member, with the name that NEST uses.
#ifndef TORPOR_NEST_TYPE_H
#define TORPOR_NEST_TYPE_H

#include <cstdint>
#include <cstring>
#include <string>
#include <vector>

#include <torpor/host.hpp>

#include "reflect/models.h"

namespace torpor_nest
{

// Where a double of an object is: at an offset, or in the array that a pointer at this offset points to.
struct Place
{
  uint32_t offset;
  int32_t element; // index in the array; -1: the double is at the offset itself

  char*
  in( char* object ) const
  {
    if ( element < 0 ) { return object + offset; }
    char* array;
    std::memcpy( &array, object + offset, sizeof array );
    return array + 8 * element;
  }
};

// A column of a type: a member, a sum of members that NEST shows under a separate name, a list of components, or what recorders
// keep of one quantity.
struct Column
{
  std::string name;
  bool is_hidden;
  const Member* member;
  // Only for derived columns, which a restore does not write: the doubles that are added up.
  std::vector< Place > sum_of;
  // Only for lists of components, which a restore compares: their class.
  const Model* model = nullptr;
  const ComponentClass* components = nullptr;
  // Only for what recorders keep of a quantity, a list for each recorder: TORPOR_DTYPE_FLOAT64 or _INT64.
  uint32_t recorded = 0;
  // Only for ROW.
  bool is_row = false;
};

constexpr const char* ROW = "row"; // the key of objects on several ranks, see network/row_numbers.h

// The functions that read and write columns of each kind; network/accessors.h has them.
struct Accessors
{
  torpor_accessor values[ 2 ]; // [ 1 ]: the codec checks values before a restore
  torpor_ragged_accessor ragged[ 2 ];
  torpor_accessor derived;
  torpor_ragged_accessor components;
  torpor_ragged_accessor recorded;
  torpor_accessor rows;
};

// A class as it is declared to the core.
class Type
{
public:
  Type( std::string name, const Member* members, uint32_t n_members, const char* refusal );

  // Give a member the name that NEST uses; its column is then no longer hidden. False: no such member, or the name is taken.
  bool rename( const std::string& path, const std::string& name );
  // Add a column that is saved for readers and never restored: the sum of the doubles at `places`.
  void add_derived( const std::string& name, std::vector< Place > places );
  // Add columns, before all others, that list the components of each node of a model.
  void add_components( const Model& model );
  // Add a column for a quantity that recorders keep, of this dtype; once, however often it is added.
  void add_recorded( const std::string& name, uint32_t dtype );
  // Add ROW.
  void add_row();
  // Declare it, with these functions for its columns. The session needs the columns as long as it is open; they must not
  // change any more. Throws Error.
  void declare( torpor* session, const Accessors& accessors ) const;

  const std::string& name() const { return name_; }
  const std::string& refusal() const { return refusal_; } // "": none
  const std::vector< Column >& columns() const { return columns_; }
  const Column* find( const std::string& name ) const; // NULL: there is none
  // For each column, whether no run changes it as long as objects neither come nor go: 1, as a revision of the core; else 0.
  std::vector< uint64_t > revisions_in_run() const;

  uint32_t version = 1; // of its columns

private:
  bool is_fixed_in_run( const Column& column ) const;
  torpor_field field_of( const Column& column, const Accessors& accessors ) const;

  std::string name_;
  std::string refusal_;
  std::vector< Column > columns_;
};

} // namespace torpor_nest

#endif
