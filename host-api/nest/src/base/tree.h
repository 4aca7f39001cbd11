// SPDX-License-Identifier: GPL-2.0-or-later
// Lists of numbers as arrays in a tree.
#ifndef TORPOR_NEST_TREE_H
#define TORPOR_NEST_TREE_H

#include <string>
#include <vector>

#include "base/dtype.h"

namespace torpor_nest
{

// Describe an array of `n` numbers; its memory is set later.
template < class T >
torpor_view
view_of( size_t n )
{
  torpor_view view {};
  view.dtype = dtype_of< T >();
  view.rank = 1;
  view.shape[ 0 ] = n;
  return view;
}

template < class T >
void
put_array( const torpor_tree_writer& w, const std::string& key, const std::vector< T >& values )
{
  torpor_view view = view_of< T >( values.size() );
  view.data = const_cast< T* >( values.data() );
  w.put_view( w.data, key.c_str(), &view );
}

} // namespace torpor_nest

#endif
