/* torpor/interrupts.hpp: Ctrl-C during a run, for adapters in C++ of a simulator that runs inside
 * Python.
 *
 * SPDX-License-Identifier: MIT */
#ifndef TORPOR_INTERRUPTS_HPP
#define TORPOR_INTERRUPTS_HPP

#include <csignal>

namespace torpor_cpp
{

/* While one of these exists, the first SIGINT is only noted: the core, which takes signals before
 * this does, saves and stops the run, and Python raises KeyboardInterrupt afterwards. It would
 * otherwise raise it before the state is saved, or not before the run has ended. A second SIGINT
 * ends the process at once.
 *
 * Make it before the session is opened, and end it after the session is closed. There is one at a
 * time in a process. Without a handler of SIGINT in place, it does nothing. */
class Interrupts
{
  public:
    Interrupts()
    {
        struct sigaction found {
        };
        sigaction(SIGINT, nullptr, &found);
        const bool is_simple = (found.sa_flags & SA_SIGINFO) == 0;
        if (!is_simple || found.sa_handler == SIG_DFL || found.sa_handler == SIG_IGN)
            return;
        before = found;
        n_noted = 0;
        passes_on = 0;
        struct sigaction ours = found;
        ours.sa_handler = on_interrupt;
        is_installed_ = sigaction(SIGINT, &ours, nullptr) == 0;
    }

    ~Interrupts()
    {
        if (!is_installed_)
            return;
        struct sigaction now {
        };
        sigaction(SIGINT, nullptr, &now);
        if (now.sa_handler == on_interrupt)
            sigaction(SIGINT, &before, nullptr);
        if (n_noted > 0)
            raise(SIGINT); /* the core has not seen it */
    }

    Interrupts(const Interrupts &) = delete;
    Interrupts &operator=(const Interrupts &) = delete;

    /* From now on, SIGINT goes to the handler that was there before. Call it before the session is
     * closed, which raises a signal again that has stopped the run. */
    static void
    pass_on()
    {
        passes_on = 1;
    }

  private:
    static void
    on_interrupt(int number)
    {
        if (passes_on != 0) {
            n_noted = 0;
            before.sa_handler(number);
            return;
        }
        n_noted = n_noted + 1;
        if (n_noted == 1)
            return;
        struct sigaction end {
        };
        end.sa_handler = SIG_DFL;
        sigaction(number, &end, nullptr);
        raise(number); /* delivered when this handler returns */
    }

    inline static struct sigaction before {
    };
    inline static volatile std::sig_atomic_t n_noted = 0;
    inline static volatile std::sig_atomic_t passes_on = 0;
    bool is_installed_ = false;
};

} // namespace torpor_cpp

#endif /* TORPOR_INTERRUPTS_HPP */
