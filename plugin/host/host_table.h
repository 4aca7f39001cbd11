/* The attached host: its table checked once, its lists fetched and walked by their own element
 * sizes, its callbacks' failures turned into errors. */
#ifndef TORPOR_HOST_HOST_TABLE_H
#define TORPOR_HOST_HOST_TABLE_H

#include "base/error.h"

G_BEGIN_DECLS

typedef struct {
    const struct torpor_host *table; /* (not owned) */
    void *data;                      /* first argument of each slot (not owned) */
} TorporHost;

/* A list that the host handed out; valid until the save or restore that asked for it returns. */
typedef struct {
    const char *elements; /* (not owned) */
    guint64 count;
    guint32 element_size; /* as the host compiled it: at least ours */
} TorporHostList;

/* Versions, size and the slots that must be there. TORPOR_STATUS_VERSION, TORPOR_STATUS_INVALID
 * name the slot. */
gboolean torpor_host_check(const struct torpor_host *table, GError **error);

/* Errors are the host's own, or TORPOR_STATUS_INVALID naming what it gave. An optional slot that is
 * NULL gives an empty list. */
gboolean torpor_host_clock(const TorporHost *host, struct torpor_clock *out, GError **error);
gboolean torpor_host_populations(const TorporHost *host, TorporHostList *out, GError **error);
gboolean torpor_host_trees(const TorporHost *host, TorporHostList *out, GError **error);
gboolean torpor_host_generators(const TorporHost *host, TorporHostList *out, GError **error);
gboolean torpor_host_outputs(const TorporHost *host, TorporHostList *out, GError **error);
gboolean torpor_host_notes(const TorporHost *host, TorporHostList *out, GError **error);
gboolean torpor_host_parallel(const TorporHost *host, struct torpor_parallel *out, GError **error);
/* *out is "" for a host without one. */
gboolean torpor_host_fingerprint(const TorporHost *host, const char **out, GError **error);

/* Element `index` of a list, as the host's own pointer. */
const void *torpor_host_list_at(const TorporHostList *list, guint64 index);

/* An empty struct to hand to a callback. */
struct torpor_error torpor_host_error_new(void);
/* Set `error` from a callback's status: "<what>: <its text>". Returns FALSE if the status is an
 * error. */
gboolean torpor_host_result(gint32 status, const struct torpor_error *from, GError **error,
                            const char *format, ...) G_GNUC_PRINTF(4, 5);

/* To the host's log, or GLib's. level: TORPOR_LOG_... */
void torpor_host_log(const TorporHost *host, gint32 level, const char *format, ...)
    G_GNUC_PRINTF(3, 4);

/* The host's `progress`, where it has one. */
void torpor_host_progress(const TorporHost *host, const char *what, guint64 done, guint64 total);

/* Text of the host: UTF-8, not NULL, not empty. */
gboolean torpor_host_text_check(const char *what, const char *text, GError **error);

G_END_DECLS

#endif
