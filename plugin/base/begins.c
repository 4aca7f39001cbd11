#include "base/begins.h"

guint64
torpor_begins_find(const guint64 *begins, guint64 n, guint64 place)
{
    guint64 first = 0;
    for (guint64 end = n; end - first > 1;) {
        guint64 middle = first + (end - first) / 2;
        if (begins[middle] <= place)
            first = middle;
        else
            end = middle;
    }
    return first;
}
