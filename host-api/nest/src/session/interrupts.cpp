// SPDX-License-Identifier: GPL-2.0-or-later
#include "session/interrupts.h"

#include <csignal>

namespace torpor_nest
{

namespace
{

struct sigaction of_python;
volatile std::sig_atomic_t n_noted = 0;
volatile std::sig_atomic_t passes_on = 0;

void
on_interrupt( int number )
{
  if ( passes_on )
  {
    n_noted = 0;
    of_python.sa_handler( number );
    return;
  }
  n_noted = n_noted + 1;
  if ( n_noted == 1 ) { return; }
  struct sigaction end {};
  end.sa_handler = SIG_DFL;
  sigaction( number, &end, nullptr );
  raise( number ); // delivered when this handler returns
}

} // namespace

Interrupts::Interrupts()
{
  struct sigaction found {};
  sigaction( SIGINT, nullptr, &found );
  const bool is_simple = not( found.sa_flags & SA_SIGINFO );
  if ( not is_simple or found.sa_handler == SIG_DFL or found.sa_handler == SIG_IGN ) { return; }
  of_python = found;
  n_noted = 0;
  passes_on = 0;
  struct sigaction ours = found;
  ours.sa_handler = on_interrupt;
  is_installed_ = sigaction( SIGINT, &ours, nullptr ) == 0;
}

void
Interrupts::pass_on()
{
  passes_on = 1;
}

Interrupts::~Interrupts()
{
  if ( not is_installed_ ) { return; }
  struct sigaction now {};
  sigaction( SIGINT, nullptr, &now );
  if ( now.sa_handler == on_interrupt ) { sigaction( SIGINT, &of_python, nullptr ); }
  if ( n_noted > 0 ) { raise( SIGINT ); } // the core has not seen it
}

} // namespace torpor_nest
