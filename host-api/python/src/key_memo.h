/* The texts of a file's keys as Python objects. The same few keys occur again and again, so the
 * latest short ones are kept and shared. */
#ifndef TORPOR_PYTHON_KEY_MEMO_H
#define TORPOR_PYTHON_KEY_MEMO_H

#include "prelude.h"

#include "value/tree.h"

#define KEY_MEMO_SIZE 1024u /* a power of two */

typedef struct {
    PyObject *texts[KEY_MEMO_SIZE]; /* by hash; NULL: none yet */
} KeyMemo;

/* The node's key. A new reference. */
PyObject *key_memo_get(KeyMemo *memo, const TorporNode *node);
void key_memo_clear(KeyMemo *memo);

#endif
