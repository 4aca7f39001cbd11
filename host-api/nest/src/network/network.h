// SPDX-License-Identifier: GPL-2.0-or-later
// NEST's network as populations: the nodes of each model, the synapses of each model, recorders' data and managers.
#ifndef TORPOR_NEST_NETWORK_H
#define TORPOR_NEST_NETWORK_H

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "network/connectivity.h"
#include "network/population.h"
#include "network/row_numbers.h"

namespace torpor_nest
{

constexpr const char* HOOK_MODEL = "torpor_hook"; // nodes of this model belong to the adapter, not to the network

class Network
{
public:
  // List all objects as they are in memory now. Throws Error.
  void refresh();
  // On several ranks: which objects there are, for RowNumbers.
  std::string pieces() const;
  // On several ranks: which rows they are. The network keeps a copy.
  void set_rows( const RowNumbers& rows ) { rows_ = rows; }

  const std::optional< RowNumbers >& rows() const { return rows_; }

  std::vector< std::unique_ptr< Type > >& types() { return types_; }
  const std::vector< std::unique_ptr< Population > >& populations() const { return populations_; }
  Population* find( const std::string& path ) const; // NULL: there is none
  // During a save: whenever a synapse's columns are gathered, its target is added to `connectivity`, until detach().
  void attach( Connectivity& connectivity );
  void detach();

private:
  // `has_rows`: its objects are divided among ranks.
  Type& type( const std::string& key, bool has_rows, const std::function< std::unique_ptr< Type >() >& make );
  Population& population( const std::string& path, Type& type );
  void list_nodes();
  void list_components( const Model& table, const std::string& model, const nest::Node& node, char* object );
  void list_synapses();
  Population& list_connector( const std::string& path, size_t tid, size_t syn_id, void* connector );
  void list_kernel();

  std::vector< std::unique_ptr< Type > > types_;
  std::map< std::string, Type* > types_by_key_;
  std::vector< std::unique_ptr< Population > > populations_;
  std::map< std::string, Population* > populations_by_path_;
  std::optional< RowNumbers > rows_;
};

} // namespace torpor_nest

#endif
