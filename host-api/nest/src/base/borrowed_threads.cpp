// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/borrowed_threads.h"

#include <condition_variable>
#include <exception>
#include <mutex>
#include <omp.h>
#include <unistd.h>

#include "kernel_manager.h"

namespace torpor_nest
{

namespace
{

class BorrowedThreads
{
public:
  void
  begin()
  {
    std::lock_guard lock( mutex_ );
    process_ = getpid();
    open_ = true;
  }

  void
  end()
  {
    {
      std::lock_guard lock( mutex_ );
      open_ = false;
    }
    changed_.notify_all();
  }

  // Called by the other threads: work until the master calls end().
  void
  lend()
  {
    std::unique_lock lock( mutex_ );
    while ( true )
    {
      changed_.wait( lock, [ this ] { return not open_ or next_ < n_tasks_; } );
      if ( next_ >= n_tasks_ ) { return; }
      work( lock );
    }
  }

  // Called by the master thread. A forked child has no other thread, and the lock as one of them may have left it.
  void
  share( uint64_t n_tasks, void ( *task )( void*, uint64_t ), void* task_data )
  {
    if ( getpid() != process_ )
    {
      for ( uint64_t index = 0; index < n_tasks; ++index ) { task( task_data, index ); }
      return;
    }
    std::unique_lock lock( mutex_ );
    task_ = task;
    task_data_ = task_data;
    next_ = 0;
    n_tasks_ = n_tasks;
    changed_.notify_all();
    work( lock );
    changed_.wait( lock, [ this ] { return busy_ == 0; } );
    n_tasks_ = next_ = 0;
  }

private:
  void
  work( std::unique_lock< std::mutex >& lock )
  {
    ++busy_;
    while ( next_ < n_tasks_ )
    {
      const uint64_t index = next_++;
      lock.unlock();
      task_( task_data_, index );
      lock.lock();
    }
    if ( --busy_ == 0 ) { changed_.notify_all(); }
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  pid_t process_ = 0;
  bool open_ = false;
  uint64_t next_ = 0;
  uint64_t n_tasks_ = 0;
  uint32_t busy_ = 0;
  void ( *task_ )( void*, uint64_t ) = nullptr;
  void* task_data_ = nullptr;
};

BorrowedThreads borrowed;

} // namespace

void
begin_borrowing()
{
  borrowed.begin();
}

void
lend_thread()
{
  borrowed.lend();
}

void
end_borrowing()
{
  borrowed.end();
}

void
with_borrowed_threads( const std::function< void() >& work )
{
  if ( omp_in_parallel() )
  {
    work();
    return;
  }
  std::exception_ptr failure;
  borrowed.begin();
#pragma omp parallel num_threads( static_cast< int >( nest::kernel().vp_manager.get_num_threads() ) )
  {
    if ( omp_get_thread_num() == 0 )
    {
      try
      {
        work();
      }
      catch ( ... )
      {
        failure = std::current_exception();
      }
      borrowed.end();
    }
    else
    {
      borrowed.lend();
    }
  }
  if ( failure ) { std::rethrow_exception( failure ); }
}

void
share_work( uint64_t n_tasks, void ( *task )( void* task_data, uint64_t index ), void* task_data )
{
  borrowed.share( n_tasks, task, task_data );
}

} // namespace torpor_nest
