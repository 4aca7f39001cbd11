/* One attached host: when it is saved and restored, and what became of it. */
#ifndef TORPOR_SESSION_H
#define TORPOR_SESSION_H

#include "folder/folder.h"
#include "host/report.h"
#include "restore/restore.h"
#include "save/capture.h"
#include "save/saver.h"
#include "session/options.h"
#include "session/schedule.h"
#include "session/stopping.h"

G_BEGIN_DECLS

typedef struct torpor_session TorporSession;

struct torpor_session {
    TorporHost host;          /* of these: */
    struct torpor_host table; /* as imported */
    struct torpor_collective collective;
    char *name; /* of the table */
    char *version;
    TorporOptions *options;
    TorporCatalogue *catalogue;
    TorporOutputs *outputs;
    TorporSchedule *schedule; /* made at the first hook, when the host has a clock */
    TorporFolder *folder;     /* locked from the first restore or save on */
    TorporReport *report;     /* of the last restore */
    TorporSaver *saver;
    TorporStopping *stopping;
    TorporSaveCost cost;  /* of the saves so far */
    double told_interval; /* every_wall=auto: what the log last said, seconds */
    gboolean is_stopping; /* saved for the stop, and said so */
    gboolean in_hook;
    gboolean is_settled;  /* option `resume` was asked, so `has_resumed` says what came of it */
    gboolean has_resumed; /* else the run started fresh */
    guint64 resumed_step;
    gboolean branch_settled; /* files of an abandoned branch are out of the way */
    GError *untold;          /* of a save that failed */
    gboolean is_torn;        /* a restore failed half-way: nothing of this state may be saved */
};

/* Check the host's table and options. Hooks are not registered here. */
TorporSession *torpor_session_new(const struct torpor_host *table, void *host_data,
                                  const char *const *options, guint64 n_options, GError **error);
/* Waits for a save in flight. Returns a signal that came, for the caller to raise now that the
 * host's own handlers are back; 0: none. */
int torpor_session_free(TorporSession *session);

/* The hooks, see torpor_hooks in hooks.h. path NULL: the folder. */
gint32 torpor_session_step(TorporSession *session, guint64 step, double time);
gboolean torpor_session_save(TorporSession *session, const char *path, GError **error);
gboolean torpor_session_restore(TorporSession *session, const char *path, gboolean *resumed,
                                GError **error);
void torpor_session_stop(TorporSession *session);
/* Copies what `out` has room for. FALSE with the error of a save that was not told yet. */
gboolean torpor_session_outcome(TorporSession *session, struct torpor_outcome *out, GError **error);
const char *torpor_session_report(const TorporSession *session);

/* Save to exactly this file, durable at the return, and nothing else of what a checkpoint brings.
 */
gboolean torpor_session_write(TorporSession *session, const char *path, GError **error);
/* Restore exactly this file. */
gboolean torpor_session_read(TorporSession *session, const char *path, gint32 mismatch,
                             GError **error);

/* ---- for saving.c, peek.c and selfcheck.c ---- */

/* The checkpoint that option `resume` means, opened and verified; *out is NULL without error if
 * there is none. any_model: one of another model will do. Needs no lock. */
gboolean torpor_session_find_checkpoint(TorporSession *session, gboolean any_model,
                                        TorporCheckpointFile **out, GError **error);

/* Hooks do not nest: TORPOR_STATUS_ORDER for one that is called from a callback of another. */
gboolean torpor_session_enter(TorporSession *session, GError **error);
void torpor_session_leave(TorporSession *session);
/* The host's post_checkpoint, where it has one. */
void torpor_session_post_checkpoint(TorporSession *session, guint64 step);

/* Hold the folder's lock from now on. */
gboolean torpor_session_lock_folder(TorporSession *session, GError **error);
/* From this point of simulated time on, checkpoints come due. */
gboolean torpor_session_begin_schedule(TorporSession *session, GError **error);

G_END_DECLS

#endif
