// SPDX-License-Identifier: MIT
// The library that NEURON loads with nrn_load_dll(), and the functions that the package
// torpor_neuron calls in it.
#include <cstdlib>
#include <memory>

#include "session/hoc_functions.h"
#include "session/hooks.h"
#include "session/run.h"
#include "session/session.h"
#include "session/stop.h"
#include "wheel/layouts.h"
#include "wheel/ranks.h"

#define EXPORT extern "C" __attribute__((visibility("default")))

using namespace torpor_neuron;

namespace
{

// A session for one save or restore between runs, without signals and schedule.
std::unique_ptr<Session>
session_for_one_call(const char *dir)
{
    check_layouts();
    return std::make_unique<Session>(
        std::vector<std::string>{std::string("dir=") + dir, "mode=sync", "resume=never",
                                 "origin=ignore", "every_wall=1000000 h"},
        false);
}

} // namespace

// NEURON calls this when it has loaded the library.
EXPORT void
modl_reg()
{
    register_hoc_functions();
}

EXPORT const char *
torpor_neuron_version()
{
    return TORPOR_VERSION;
}

// Is the running NEURON the one that this library was built for?
EXPORT std::int32_t
torpor_neuron_check(torpor_error *error)
{
    return guarded(error, [] { check_layouts(); });
}

// Save to `path`, between runs. `dir` is the folder of `path`.
EXPORT std::int32_t
torpor_neuron_save(const char *dir, const char *path, torpor_error *error)
{
    return guarded(error, [&] {
        auto session = session_for_one_call(dir);
        session->save(path);
        session->close();
    });
}

EXPORT std::int32_t
torpor_neuron_restore(const char *dir, const char *path, torpor_error *error)
{
    return guarded(error, [&] {
        auto session = session_for_one_call(dir);
        if (!is_initialised()) { // what records is set up there, and the checkpoint has the rest
            session->look(path);
            session->close();
            call_finitialize();
            session = session_for_one_call(dir);
        }
        session->restore(path);
        session->close();
    });
}

// See Run::arm. stdrun.hoc is loaded before.
EXPORT std::int32_t
torpor_neuron_arm(const char *dir, const char *const *options, std::uint64_t n_options,
                  torpor_error *error)
{
    return guarded(error, [&] {
        check_layouts();
        the_run().arm(dir, std::vector<std::string>(options, options + n_options));
        install_hooks();
    });
}

// See Run::finish.
EXPORT std::int32_t
torpor_neuron_finish(torpor_error *error)
{
    return guarded(error, [] {
        remove_hooks();
        the_run().finish();
    });
}

// See Run::is_passing.
EXPORT std::int32_t
torpor_neuron_is_passing()
{
    return the_run().is_passing() ? 1 : 0;
}

// See Run::find_once. *out: valid until the next call.
EXPORT std::int32_t
torpor_neuron_find_once(const char **out, torpor_error *error)
{
    return guarded(error, [&] { *out = the_run().find_once(); });
}

EXPORT void
torpor_neuron_keep_once(const char *text)
{
    the_run().keep_once(text);
}

// See stop.h.
EXPORT void
torpor_neuron_raise_on_stop(PyObject *exception_class, PyObject *exception)
{
    raise_on_stop(exception_class, exception);
}

// See ranks.h.
EXPORT void
torpor_neuron_leave_others()
{
    leave_others();
}

// The process ends with status 1 instead of 0, after the exit handlers that are left have run.
EXPORT void
torpor_neuron_fail_at_exit()
{
    on_exit(
        [](int status, void *) {
            if (status == 0)
                std::exit(1);
        },
        nullptr);
}
