/* One attached host: when it is saved and restored, and what became of it. */
#ifndef TORPOR_CORE_SESSION_H
#define TORPOR_CORE_SESSION_H

#include "capture.h"
#include "folder.h"
#include "options.h"
#include "report.h"
#include "restore.h"
#include "schedule.h"

G_BEGIN_DECLS

typedef struct torpor_session TorporSession;

/* A file that was written. */
typedef struct {
    char *path;
    guint64 step;
    guint64 byte_length;
} TorporWritten;

struct torpor_session {
    TorporHost host;
    TorporOptions *options;
    TorporCatalogue *catalogue;
    TorporOutputs *outputs;
    TorporSchedule *schedule; /* made at the first hook, when the host has a clock */
    TorporFolder *folder;     /* locked from the first restore or save on */
    TorporReport *report;     /* of the last restore */
    gint stop_asked;          /* atomic */
    gboolean in_hook;
    gboolean has_resumed; /* else the run started fresh */
    guint64 resumed_step;
    gboolean branch_settled; /* files of an abandoned branch are out of the way */
    GError *untold;          /* of a save that failed */
    gboolean is_torn;        /* a restore failed half-way: nothing of this state may be saved */
    TorporWritten newest;    /* durable checkpoint; path NULL: none yet */
    double stall_seconds;
    double durable_seconds;
};

/* Check the host's table and options. Hooks are not registered here. */
TorporSession *torpor_session_new(const struct torpor_host *table, void *host_data,
                                  const char *const *options, guint64 n_options, GError **error);
void torpor_session_free(TorporSession *session);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(TorporSession, torpor_session_free)

/* The hooks, see torpor_hooks in host.h. path NULL: the folder. */
gint32 torpor_session_step(TorporSession *session, guint64 step, double time);
gboolean torpor_session_save(TorporSession *session, const char *path, GError **error);
gboolean torpor_session_restore(TorporSession *session, const char *path, gboolean *resumed,
                                GError **error);
void torpor_session_stop(TorporSession *session);
/* Copies what `out` has room for. FALSE with the error of a save that was not told yet. */
gboolean torpor_session_outcome(TorporSession *session, struct torpor_outcome *out, GError **error);
const char *torpor_session_report(const TorporSession *session);

/* Save to exactly this file (NULL: the usual name in the folder), and nothing else of what a
 * checkpoint brings. `out` gets what was written. */
gboolean torpor_session_write(TorporSession *session, const char *path, TorporWritten *out,
                              GError **error);
/* Restore exactly this file. */
gboolean torpor_session_read(TorporSession *session, const char *path, gint32 mismatch,
                             GError **error);

G_END_DECLS

#endif
