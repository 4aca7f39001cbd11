// SPDX-License-Identifier: GPL-2.0-or-later
#include "session/origin.h"

#include "kernel_manager.h"

#include "base/error.h"

namespace torpor_nest
{

namespace
{

// A session must have these. The keeper never calls them.
int32_t
clock_of_keeper( void*, torpor_clock*, torpor_error* error )
{
  return torpor_error_set( error, TORPOR_STATUS_ORDER, "this session only keeps the origin" );
}

int32_t
describe_keeper( void*, const torpor_description*, torpor_error* error )
{
  return clock_of_keeper( nullptr, nullptr, error );
}

int32_t
commit_keeper( void*, const torpor_clock*, torpor_error* error )
{
  return clock_of_keeper( nullptr, nullptr, error );
}

} // namespace

Origin&
Origin::instance()
{
  static Origin origin;
  return origin;
}

void
Origin::forget()
{
  keeper_.reset();
  n_begun_ = 0;
}

void
Origin::share( torpor* session )
{
  if ( not keeper_ )
  {
    auto host = make< torpor_host >();
    host.flags = TORPOR_HOST_NO_SIGNALS | TORPOR_HOST_FORKABLE; // what is set in the environment counts here too
    host.name = "nest";
    host.version = NEST_VERSION;
    host.clock = clock_of_keeper;
    host.describe = describe_keeper;
    host.restore_commit = commit_keeper;
    host.log = []( void*, int32_t, const char* ) {}; // the sessions of the runs say it
    keeper_ = torpor_cpp::open( host, nullptr, {} );
  }
  run( torpor_share_origin, session, keeper_.get() );
}

} // namespace torpor_nest
