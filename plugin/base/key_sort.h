/* Sorts numbers by their keys. Keys of objects are mostly in order, or in a few runs of ascending
 * ones, one for each rank: these are found and merged, so that a sort costs little more than to
 * look at each key. */
#ifndef TORPOR_BASE_KEY_SORT_H
#define TORPOR_BASE_KEY_SORT_H

#include <glib.h>

G_BEGIN_DECLS

/* Sort n numbers by ascending keys[number]; keys NULL: a number is its key. Equal keys keep their
 * order, but for those of a run that descends without equal ones. FALSE: no memory for as many
 * numbers; they stand in some order then. */
gboolean torpor_key_sort(guint64 *numbers, guint64 n, const guint64 *keys);

G_END_DECLS

#endif
