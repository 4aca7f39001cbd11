/* Threads visit all rows of something, some rows at a time, each row once. */
#ifndef TORPOR_HOST_ROW_WALK_H
#define TORPOR_HOST_ROW_WALK_H

#include "host/host_table.h"

G_BEGIN_DECLS

/* Rooms of threads begin at multiples of this, which suits every dtype. */
#define TORPOR_ROOM_ALIGNMENT ((guint64)64)

typedef struct {
    guint64 n_rows;
    guint64 at_once;
    gsize room_bytes; /* memory that each thread needs; 0: none */
    /* Visit rows [first, first + count), in any of the threads, in any order. `room`: the thread's
     * memory. Returns FALSE with an error, or where no more rows have to be visited: then, no
     * thread takes others. */
    gboolean (*visit)(gpointer visit_data, guint64 first, guint64 count, char *room,
                      GError **error);
    gpointer visit_data;
} TorporRowWalk;

/* Returns when no thread visits any more. FALSE: a visit failed, or there was no memory for a room;
 * the first such error. host, max_threads: see torpor_parallel_run. */
gboolean torpor_row_walk_run(const TorporRowWalk *walk, const TorporHost *host, guint64 max_threads,
                             GError **error);

G_END_DECLS

#endif
