// SPDX-License-Identifier: GPL-2.0-or-later
// NEST's threads, borrowed by the core: while the master thread saves or restores, the others do parts of its work.
#ifndef TORPOR_NEST_BORROWED_THREADS_H
#define TORPOR_NEST_BORROWED_THREADS_H

#include <cstdint>
#include <functional>

namespace torpor_nest
{

// For a parallel region of NEST. The master thread calls begin_borrowing(), works, and calls end_borrowing(). Meanwhile every
// other thread calls lend_thread(), which returns after end_borrowing(). A barrier must make sure that the master is first.
// Waiting threads sleep, so that the core's own threads get a processor.
void begin_borrowing();
void lend_thread();
void end_borrowing();

// Call `work` on this thread while NEST's other threads are lent to it. Inside a parallel region, `work` is called without
// their help. Throws what `work` throws.
void with_borrowed_threads( const std::function< void() >& work );

// Call task( task_data, i ) for each i in [0, n_tasks), on the threads that are lent. The master thread calls this, also in a
// forked child, where it does all of the work. `task` must not throw.
void share_work( uint64_t n_tasks, void ( *task )( void* task_data, uint64_t index ), void* task_data );

} // namespace torpor_nest

#endif
