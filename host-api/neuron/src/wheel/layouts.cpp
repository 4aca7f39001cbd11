// SPDX-License-Identifier: MIT
#include "wheel/layouts.h"

#include <cstring>
#include <dlfcn.h>
#include <string>
#include <unordered_map>

#include "base/error.h"

namespace torpor_neuron
{

namespace
{

constexpr char VERSION[] = "9.0.2";

// Symbols whose absence means that a class has changed: the vtables that class_of() looks for, and
// the function that shows at which offset a WatchCondition holds its list.
constexpr const char *SYMBOLS[] = {
    "_ZTV6NetCon", "_ZTV6PreSyn",          "_ZTV9SelfEvent", "_ZTV8HocEvent",
    "_ZTV6TQueue", "_ZTV14WatchCondition", "_ZTV6Normal",    "_ZThn48_N14WatchConditionD0Ev",
    "_ZTV4BinQ",
};

} // namespace

// Another NEURON cannot take its place in this process, and to look for symbols takes a while.
void
check_layouts()
{
    static bool are_known = false;
    if (are_known)
        return;
    const std::string running = nrn_version(0);
    if (running != VERSION)
        throw Error(TORPOR_STATUS_VERSION, std::string("this adapter was built for NEURON ") +
                                               VERSION + ", but NEURON " + running +
                                               " is running: install neuron==" + VERSION);
    for (const char *symbol : SYMBOLS)
        if (dlsym(RTLD_DEFAULT, symbol) == nullptr)
            throw Error(TORPOR_STATUS_VERSION,
                        std::string("the running NEURON ") + running + " lacks " + symbol +
                            ", so it is not the wheel that this adapter was built for: install "
                            "neuron==" +
                            VERSION + " from PyPI");
    if (!knows_event_queue())
        throw Error(TORPOR_STATUS_VERSION,
                    std::string("the running NEURON ") + running +
                        " keeps its queue of events otherwise than the wheel that this adapter was "
                        "built for: install neuron==" +
                        VERSION + " from PyPI");
    are_known = true;
}

// The name of the class that has this vtable.
static std::string
class_with(const void *vtable)
{
    Dl_info info{};
    if (dladdr(vtable, &info) == 0 || info.dli_sname == nullptr ||
        std::strncmp(info.dli_sname, "_ZTV", 4) != 0)
        return "?";
    const char *name = info.dli_sname + 4;
    while (*name >= '0' && *name <= '9')
        ++name;
    return name;
}

// Looking for a symbol takes a while, and there are many events of few classes.
const std::string &
class_of(const void *object)
{
    static std::unordered_map<const void *, std::string> names;
    const void *vtable = *static_cast<const void *const *>(object);
    const auto found = names.find(vtable);
    return found != names.end() ? found->second : names[vtable] = class_with(vtable);
}

} // namespace torpor_neuron
