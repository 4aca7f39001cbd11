/* What is kept in a folder of checkpoints, what is set aside, and what a run resumes from. Knows no
 * format: whether a file is sound is for a callback to say. */
#ifndef TORPOR_FOLDER_RETENTION_H
#define TORPOR_FOLDER_RETENTION_H

#include "folder/folder.h"

G_BEGIN_DECLS

/* Is this file a sound checkpoint of this model? TORPOR_STATUS_DAMAGED: another is tried. Any other
 * error (TORPOR_STATUS_FINGERPRINT, _VERSION, _IO, ...) ends the search with it. */
typedef gboolean (*TorporVerifyFunc)(gpointer verify_data, const char *path, GError **error);

typedef enum {
    TORPOR_RESUME_AUTO,    /* newest valid one, else start fresh */
    TORPOR_RESUME_NEVER,   /* start fresh */
    TORPOR_RESUME_REQUIRE, /* newest valid one, else an error */
    TORPOR_RESUME_PATH,    /* that one */
} TorporResume;

/* The path to resume from. NULL without error: start fresh.
 *
 * AUTO      the newest sound one; fresh if the folder has none at all; TORPOR_STATUS_DAMAGED if all
 *           are damaged, never a fresh start.
 * REQUIRE   the same, but TORPOR_STATUS_NOT_FOUND if there is none.
 * PATH      that file; if it is a folder, as REQUIRE in it.
 * NEVER     NULL.
 *
 * damaged: (optional) gets one line per damaged file that was passed over (g_strdup'd; the array
 * needs g_free as its free function). Needs no lock. */
char *torpor_retention_select(const char *folder, TorporResume resume, const char *resume_path,
                              TorporVerifyFunc verify, gpointer verify_data, GPtrArray *damaged,
                              GError **error);

/* Before the first save of a run, and before the first after each later restore: move checkpoints
 * of the branch that is given up to `abandoned-<n>/`, n new. These are all of them if the run
 * started fresh (resumed_step NULL), else those after *resumed_step, damaged ones that were passed
 * over included. Returns how many were moved, -1 on error; moved_to (optional, transfer full) is
 * the new folder, NULL if none. */
gint torpor_retention_abandon(const TorporFolder *folder, const guint64 *resumed_step,
                              char **moved_to, GError **error);

/* Remove all checkpoints but the newest `keep` and those kept for good. Only once the newest is
 * durable.
 *
 * keep_every: each checkpoint has a number, 1 for the first of a run and one more for each that
 * follows (a resume goes on from the number of the checkpoint it resumed from). Those whose number
 * is a multiple of keep_every are kept for good, also by later calls with another keep_every or 0.
 * The numbers are in the file `.torpor.kept` of the folder, since names cannot tell how many
 * checkpoints were removed in between; where it is missing, files count in order of step.
 *
 * verify: (optional) damaged ones do not count among `keep`, and go only if older than all of
 * those. removed: (optional) paths, g_strdup'd. dry_run: say what would be removed. */
gboolean torpor_retention_prune(const TorporFolder *folder, guint64 keep, guint64 keep_every,
                                gboolean dry_run, TorporVerifyFunc verify, gpointer verify_data,
                                GPtrArray *removed, GError **error);

G_END_DECLS

#endif
