// SPDX-License-Identifier: GPL-2.0-or-later
// NEST's threads, lent to the core: while the master thread saves or restores, the others take shares of its work.
#ifndef TORPOR_NEST_BORROWED_THREADS_H
#define TORPOR_NEST_BORROWED_THREADS_H

#include <cstdint>
#include <functional>

namespace torpor_nest
{

// In a parallel region of NEST: the master opens before the others help, works, and closes; the others return from
// lend_thread() when it has closed. Waiting threads sleep, so that the core's own threads find a processor.
void begin_borrowing();
void lend_thread();
void end_borrowing();

// Call `work` on this thread, NEST's others being there to help. Outside of parallel regions; inside of one it is only
// called. Throws what it throws.
void with_borrowed_threads( const std::function< void() >& work );

// Run task( task_data, i ) for i in [0, n_tasks) on NEST's threads. By the master; `task` must not throw.
void share_work( uint64_t n_tasks, void ( *task )( void* task_data, uint64_t index ), void* task_data );

} // namespace torpor_nest

#endif
