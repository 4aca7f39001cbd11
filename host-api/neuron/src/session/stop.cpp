// SPDX-License-Identifier: MIT
#include "session/stop.h"

#include <array>
#include <dlfcn.h>
#include <utility>

#include "session/run.h"
#include "wheel/hoc.h"

namespace torpor_neuron
{

namespace
{

PyObject *stop_class = nullptr;
PyObject *stop_exception = nullptr;

template <class Function> // of Python
const auto of_python =
    [](const char *name) { return reinterpret_cast<Function>(dlsym(RTLD_DEFAULT, name)); };

// Class, value and traceback of what Python's handler of the signal that stops the run has raised.
std::array<PyObject *, 3> of_handler = {};

// Python calls this when the function of NEURON returns that the script has called.
int
raise_exception(void *exception)
{
    const auto [type, value, traceback] = std::exchange(of_handler, {});
    if (type != nullptr)
        of_python<void (*)(void *, void *, void *)>("PyErr_Restore")(type, value, traceback);
    else
        of_python<void (*)(void *, void *)>("PyErr_SetObject")(stop_class, exception);
    return -1;
}

} // namespace

void
after_step()
{
    if (!or_hoc_error([] { return the_run().step(); }))
        return;
    stoprun = 1;
    if (stop_exception == nullptr) // a script in hoc
        hoc_execerror("torpor: the run was stopped after a checkpoint;", "start it again");
    // Now, and not while the script does something about the one exception that it gets.
    if (of_python<int (*)()>("PyErr_CheckSignals")() != 0)
        of_python<void (*)(void *, void *, void *)>("PyErr_Fetch")(&of_handler[0], &of_handler[1],
                                                                   &of_handler[2]);
    using Add = int (*)(int (*)(void *), void *);
    of_python<Add>("Py_AddPendingCall")(raise_exception, stop_exception);
}

void
raise_on_stop(PyObject *exception_class, PyObject *exception)
{
    stop_class = exception_class;
    stop_exception = exception;
}

} // namespace torpor_neuron
