/* Looks places up among those where parts begin that follow one another. */
#ifndef TORPOR_BASE_BEGINS_H
#define TORPOR_BASE_BEGINS_H

#include <glib.h>

G_BEGIN_DECLS

/* The number of the part that has this place: the last of the n ascending places that is not after
 * it. Of parts that begin at one place, the last one; 0 if there is none. */
guint64 torpor_begins_find(const guint64 *begins, guint64 n, guint64 place);

G_END_DECLS

#endif
