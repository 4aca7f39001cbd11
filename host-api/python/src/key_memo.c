#include "key_memo.h"

#include <string.h>

#define KEY_MEMO_BYTES 24u /* longer keys are not remembered */

PyObject *
key_memo_get(KeyMemo *memo, const TorporNode *node)
{
    if (node->key_length > KEY_MEMO_BYTES)
        return PyUnicode_DecodeUTF8(node->key, node->key_length, NULL);
    guint32 hash = 2166136261u;
    for (guint32 i = 0; i < node->key_length; i++)
        hash = (hash ^ (guint8)node->key[i]) * 16777619u;
    PyObject **slot = &memo->texts[hash & (KEY_MEMO_SIZE - 1)];
    Py_ssize_t length = 0;
    const char *known = *slot == NULL ? NULL : PyUnicode_AsUTF8AndSize(*slot, &length);
    if (known == NULL || length != (Py_ssize_t)node->key_length ||
        memcmp(known, node->key, length) != 0) {
        PyObject *made = PyUnicode_DecodeUTF8(node->key, node->key_length, NULL);
        if (made == NULL)
            return NULL;
        Py_XDECREF(*slot);
        *slot = made;
    }
    Py_INCREF(*slot);
    return *slot;
}

void
key_memo_clear(KeyMemo *memo)
{
    for (gsize i = 0; i < KEY_MEMO_SIZE; i++)
        Py_CLEAR(memo->texts[i]);
}
