/* Calls the attached host, checks its table and turns what its callbacks report into errors. */
#ifndef TORPOR_HOST_HOST_TABLE_H
#define TORPOR_HOST_HOST_TABLE_H

#include "base/error.h"

G_BEGIN_DECLS

typedef struct {
    const struct torpor_host *table; /* as torpor_host_import made it (not owned) */
    void *data;                      /* first argument of each slot (not owned) */
} TorporHost;

/* Copy the host's table and its collective into ours, and check them: versions, size, the slots
 * that must be there, what this version cannot do yet. TORPOR_STATUS_VERSION, _INVALID and
 * _UNSUPPORTED name the slot or flag. collective: what table->collective then points to. */
gboolean torpor_host_import(const struct torpor_host *from, struct torpor_host *table,
                            struct torpor_collective *collective, GError **error);

/* Errors are the host's own, or TORPOR_STATUS_INVALID naming what it gave. */
gboolean torpor_host_clock(const TorporHost *host, struct torpor_clock *out, GError **error);
/* 1 for a host that does not say. */
gboolean torpor_host_n_threads(const TorporHost *host, guint32 *out, GError **error);
/* "" for a host without one (transfer full). */
char *torpor_host_fingerprint(const TorporHost *host, GError **error);
/* 1 and 0 for a single process. */
guint32 torpor_host_n_ranks(const TorporHost *host);
guint32 torpor_host_rank(const TorporHost *host);

/* Ask before the host is described and read, and say afterwards that this is over. */
gboolean torpor_host_save_begin(const TorporHost *host, GError **error);
void torpor_host_save_end(const TorporHost *host);

/* An empty struct to hand to a callback. */
struct torpor_error torpor_host_error_new(void);
/* Set `error` from a callback's status: "<what>: <its text>". Returns FALSE if the status is an
 * error. */
gboolean torpor_host_result(gint32 status, const struct torpor_error *from, GError **error,
                            const char *format, ...) G_GNUC_PRINTF(4, 5);

/* To the host's log, or to stderr. level: TORPOR_LOG_... */
void torpor_host_log(const TorporHost *host, gint32 level, const char *format, ...)
    G_GNUC_PRINTF(3, 4);

/* The host's `progress`, where it has one. */
void torpor_host_progress(const TorporHost *host, const char *what, guint64 done, guint64 total);

/* Text of the host: UTF-8, not NULL, not empty. */
gboolean torpor_host_text_check(const char *what, const char *text, GError **error);

G_END_DECLS

#endif
