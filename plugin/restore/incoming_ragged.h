/* An incoming column of a RAGGED or BLOB field: each object has its own number of values, which are
 * in the file one after the other, beside a column of counts. */
#ifndef TORPOR_RESTORE_INCOMING_RAGGED_H
#define TORPOR_RESTORE_INCOMING_RAGGED_H

#include "restore/incoming_column.h"

G_BEGIN_DECLS

/* As torpor_incoming_column_check_rows. The host allocates memory for the values; `largest` is set.
 */
gboolean torpor_incoming_ragged_check(TorporIncomingColumn *incoming, gboolean *is_difference,
                                      GError **error);
/* The bytes of working memory that the commit needs; known once it was checked. */
guint64 torpor_incoming_ragged_room(const TorporIncomingColumn *incoming);
/* Commit: write all values. What fails does not keep the rest from being written. */
gboolean torpor_incoming_ragged_commit(const TorporIncomingColumn *incoming, void *room,
                                       GError **error);

G_END_DECLS

#endif
