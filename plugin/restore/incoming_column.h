/* A restore: one column of the file and the live field where it will land. */
#ifndef TORPOR_RESTORE_INCOMING_COLUMN_H
#define TORPOR_RESTORE_INCOMING_COLUMN_H

#include "base/file.h"
#include "host/population.h"
#include "value/convert.h"
#include "value/tree.h"

G_BEGIN_DECLS

typedef struct {
    const TorporLiveField *live_field; /* (not owned) */
    TorporPopulation *target;          /* REFERENCE (not owned) */
    const TorporFile *file;            /* where `values` stayed; NULL: in memory (not owned) */
    const TorporArray *values;         /* NULL: default_value (not owned) */
    const TorporUnit *unit;            /* of `values` (not owned) */
    const TorporArray *counts;         /* RAGGED, BLOB (not owned) */
    const void *default_value;         /* one value of the field, for all of them (not owned) */
    TorporConversion convert;
    guint64 largest; /* RAGGED, BLOB: bytes of the largest object's values; known once checked */
} TorporIncomingColumn;

/* So many objects stay in a cache for their next field; a power of two. */
#define TORPOR_SCATTERED_ROWS ((guint64)4096)

/* Rows that are read, checked and written at once. */
guint64 torpor_incoming_column_rows_at_once(const TorporIncomingColumn *incoming);
/* Bytes of memory that a commit needs beside the live state: nothing is asked for by then. */
guint64 torpor_incoming_column_room(const TorporIncomingColumn *incoming);

/* Prepare: all that could be wrong with the values themselves. References point to objects, bools
 * are 0 or 1, the host's `check` agrees, CONSTANT fields are equal, ragged memory is set aside.
 * Nothing live is written. TORPOR_STATUS_MISMATCH; *is_difference tells a difference of values
 * (for the mismatch policy) from a failure. */
gboolean torpor_incoming_column_check(TorporIncomingColumn *incoming, gboolean *is_difference,
                                      GError **error);

/* Commit: objects [first, first + count) get their values; `room` is as asked. Fails only if the
 * file cannot be read. threads: any on disjoint ranges, VALUE and REFERENCE only. */
gboolean torpor_incoming_column_commit_rows(const TorporIncomingColumn *incoming, guint64 first,
                                            guint64 count, void *room, GError **error);
/* Commit of a RAGGED or BLOB field, all of it. */
gboolean torpor_incoming_column_commit_ragged(const TorporIncomingColumn *incoming, void *room,
                                              GError **error);

G_END_DECLS

#endif
