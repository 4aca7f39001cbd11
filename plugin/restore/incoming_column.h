/* An incoming column: one column of a file and the live field that it goes to. Here is what has one
 * row per object; incoming_ragged.h has the rest. */
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
    const TorporFile *file;            /* has the values; NULL: they are in memory (not owned) */
    const TorporArray *values;         /* NULL: default_value is used (not owned) */
    const TorporUnit *unit;            /* of `values` (not owned) */
    const TorporArray *counts;         /* RAGGED, BLOB (not owned) */
    const void *default_value;         /* one value, for all objects (not owned) */
    TorporConversion convert;
    guint64 largest; /* RAGGED, BLOB: bytes of the largest object's values; set by the check */
} TorporIncomingColumn;

/* Fields of objects that lie apart are written for this many at a time, which stay in a processor's
 * cache from one field to the next; a power of two. */
#define TORPOR_SCATTERED_ROWS ((guint64)4096)

/* The number of rows that are read, checked and written at a time. */
guint64 torpor_incoming_column_rows_at_once(const TorporIncomingColumn *incoming);
/* The bytes of working memory that a commit of these rows needs. The caller allocates them before
 * the commit. */
guint64 torpor_incoming_column_rows_room(const TorporIncomingColumn *incoming);

/* Prepare: check the values of a VALUE or REFERENCE field. References point to objects, bools are 0
 * or 1, the host's `check` accepts them, CONSTANT fields equal the live ones. Nothing live is
 * written.
 *
 * errors: TORPOR_STATUS_MISMATCH, _DAMAGED, _NO_MEMORY, the host's. *is_difference becomes TRUE if
 * a CONSTANT field differs: the mismatch policy decides about that. All else is a failure. */
gboolean torpor_incoming_column_check_rows(const TorporIncomingColumn *incoming,
                                           gboolean *is_difference, GError **error);

/* Prepare: are all values those that the live objects have? VALUE fields only. */
gboolean torpor_incoming_column_is_live(const TorporIncomingColumn *incoming, gboolean *is_live,
                                        GError **error);

/* Commit: write the values of objects [first, first + count) of a VALUE or REFERENCE field. `room`
 * has torpor_incoming_column_room bytes. Fails if the file cannot be read or the host's accessor
 * fails. threads: any, on disjoint ranges. */
gboolean torpor_incoming_column_commit_rows(const TorporIncomingColumn *incoming, guint64 first,
                                            guint64 count, void *room, GError **error);

/* ---- for incoming_ragged.c, too ---- */

/* Bytes that are read, checked or written at a time. */
#define TORPOR_PIECE_BYTES ((guint64)128 << 10)

/* NULL with TORPOR_STATUS_NO_MEMORY, which names the field. */
gpointer torpor_incoming_column_try_memory(const TorporIncomingColumn *incoming, guint64 bytes,
                                           GError **error);
/* Repeat the row at the front of `rows`, `count` times in all. */
void torpor_incoming_column_repeat(char *rows, guint64 count, guint64 row_bytes);
/* Are the live values those of the file, but for the rounding of a conversion of units? */
gboolean torpor_incoming_column_are_equal(const TorporIncomingColumn *incoming, const char *in_file,
                                          const char *live, guint64 bytes);
void torpor_incoming_column_set_difference(guint64 object, const char *expected, const char *found,
                                           GError **error);

G_END_DECLS

#endif
