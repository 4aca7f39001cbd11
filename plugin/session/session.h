/* A session: one attached host, its options, and what became of its saves and restores. */
#ifndef TORPOR_SESSION_H
#define TORPOR_SESSION_H

#include "folder/owners.h"
#include "host/report.h"
#include "restore/restore.h"
#include "save/capture.h"
#include "save/revision_check.h"
#include "save/saver.h"
#include "session/options.h"
#include "session/origins.h"
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
    TorporSchedule *schedule; /* NULL until the first hook, when the host has a clock */
    TorporFolder *folder;     /* NULL until the first restore or save; then it is locked */
    TorporRun *run;           /* NULL until the run begins */
    TorporOwners *owners;     /* of the files in the folder */
    TorporReport *report;     /* of the last restore; NULL: none */
    TorporSaver *saver;
    TorporRevisionCheck *revision_check; /* NULL: not asked for */
    TorporStopping *stopping;
    TorporSaveCost cost;      /* of the saves so far */
    guint64 expected_bytes;   /* of a checkpoint, before the first; 0: not known */
    double reported_interval; /* seconds that the log last named for every_wall=auto */
    gboolean is_stopping;     /* the save before the stop was made */
    gboolean said_waits;      /* that a stop waits for the next checkpoint */
    gboolean said_busy;       /* that a save waits for the one before */
    gboolean in_hook;
    gboolean is_settled;  /* has_resumed is known */
    gboolean has_resumed; /* FALSE: the run started fresh */
    guint64 resumed_step;
    gboolean branch_settled; /* the files of an abandoned branch have been moved aside */
    guint64 last_step;       /* of the last save */
    gboolean last_was_ours;  /* the last save went into the folder */
    GError *unreported;      /* failure of a save that no hook has reported yet */
    gboolean can_make_good;  /* a later checkpoint in the folder does as well */
    gboolean is_torn;        /* a commit failed half-way: this state must not be saved */
    /* Several ranks, see ranks.c and together.c. */
    GError *parted;         /* why the ranks cannot meet any more; NULL: they can */
    guint64 n_meetings;     /* so far */
    gboolean are_compared;  /* options and model are the same on all ranks */
    guint64 next_meeting;   /* step of the next one; 0: the first step */
    gint64 last_meeting_us; /* when that was, by rank 0's clock */
    guint64 last_meeting_step;
    struct torpor_shard_save *shard_save; /* that is not committed yet; NULL: none */
    GDestroyNotify shard_save_free;
    TorporOrigins *origins; /* may be shared with other sessions */
};

/* Attach a host: check its table and parse its options. Its hooks are registered by plugin.c. */
TorporSession *torpor_session_new(const struct torpor_host *table, void *host_data,
                                  const char *const *options, guint64 n_options, GError **error);
/* Waits for the save in flight. Returns the signal that came, which the caller raises now that the
 * host's own handlers are back; 0: none. */
int torpor_session_free(TorporSession *session);

/* Enter and leave a hook. Hooks do not nest: TORPOR_STATUS_ORDER for a hook that is called from a
 * callback of another. */
gboolean torpor_session_enter(TorporSession *session, GError **error);
void torpor_session_leave(TorporSession *session);
/* Call the host's post_checkpoint, if it has one. */
void torpor_session_post_checkpoint(TorporSession *session, guint64 step);

/* Lock the folder, if that was not done before; else see what became of it, and say so. */
gboolean torpor_session_lock_folder(TorporSession *session, GError **error);
/* Where the locked folder is now; before the lock, option `dir`. */
const char *torpor_session_folder_path(const TorporSession *session);
/* A descriptor, to be closed: of the locked folder; before the lock, of the one that option `dir`
 * leads to. -1: there is none. */
int torpor_session_open_folder(const TorporSession *session);

G_END_DECLS

#endif
