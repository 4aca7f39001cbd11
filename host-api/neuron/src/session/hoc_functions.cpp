// SPDX-License-Identifier: MIT
#include "session/hoc_functions.h"

#include <cstdlib>

#include "model/callbacks.h"
#include "session/hooks.h"
#include "session/run.h"
#include "wheel/hoc.h"
#include "wheel/layouts.h"

namespace torpor_neuron
{

namespace
{

template <class Body>
void
returning_one(Body &&body)
{
    or_hoc_error(body);
    hoc_retpushx(1.);
}

std::string
absolute(const char *folder)
{
    if (folder[0] == '/')
        return folder;
    char *here = realpath(".", nullptr);
    const std::string path = std::string(here != nullptr ? here : ".") + "/" + folder;
    std::free(here);
    return path;
}

void
every()
{
    std::vector<std::string> options = {std::string("every=") + hoc_gargstr(1),
                                        "signals=TERM,USR1,INT"};
    const std::string folder = absolute(ifarg(2) != 0 ? hoc_gargstr(2) : "checkpoints");
    for (int i = 3; ifarg(i) != 0; ++i)
        options.push_back(hoc_gargstr(i));
    returning_one([&] {
        check_layouts();
        nrn_hoc_call("load_file(\"stdrun.hoc\")\n");
        the_run().arm(folder, options);
        install_hooks();
    });
}

void
finish()
{
    returning_one([] {
        remove_hooks();
        the_run().finish();
    });
}

// From Python: torpor_callback_(function, name, id(function)).
void
callback()
{
    returning_one([] {
        const auto address = static_cast<std::uintptr_t>(*hoc_getarg(3));
        add_callback(*hoc_objgetarg(1), hoc_gargstr(2), reinterpret_cast<const void *>(address));
    });
}

} // namespace

void
register_hoc_functions()
{
    static VoidFunc functions[] = {{"torpor_every", every},
                                   {"torpor_finish", finish},
                                   {"torpor_callback_", callback},
                                   {nullptr, nullptr}};
    hoc_register_var(nullptr, nullptr, functions);
    register_run_functions();
}

} // namespace torpor_neuron
