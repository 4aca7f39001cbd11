/* Memory that arrays are copied to before a save in the background, so that their owner may go on
 * changing them. It stays, already faulted in, from one save to the next. */
#ifndef TORPOR_PYTHON_POOL_H
#define TORPOR_PYTHON_POOL_H

#include "prelude.h"

PyObject *pool_new(void);

/* Copy the arrays of a built value, and let its tree point to the copies. */
gboolean pool_stage(PyObject *pool, PyObject *built_capsule);

#endif
