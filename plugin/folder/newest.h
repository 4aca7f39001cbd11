/* Which checkpoint of a folder a run resumes from. Knows no file format: a callback says whether a
 * file is a sound checkpoint. */
#ifndef TORPOR_FOLDER_NEWEST_H
#define TORPOR_FOLDER_NEWEST_H

#include <glib.h>

G_BEGIN_DECLS

/* Is this file a sound checkpoint of this model? It is in the folder of this descriptor, under the
 * last part of `path`, whose rest is for messages only; AT_FDCWD: where the path leads. After
 * TORPOR_STATUS_DAMAGED the next file is tried; any other error (TORPOR_STATUS_FINGERPRINT,
 * _VERSION, _IO, ...) ends the search. */
typedef gboolean (*TorporVerifyFunc)(gpointer verify_data, int folder, const char *path,
                                     GError **error);

typedef enum {
    TORPOR_RESUME_AUTO,    /* from the newest valid checkpoint; without one, start fresh */
    TORPOR_RESUME_NEVER,   /* start fresh */
    TORPOR_RESUME_REQUIRE, /* from the newest valid checkpoint; without one, fail */
    TORPOR_RESUME_PATH,    /* from this file or folder */
} TorporResume;

/* Find the file to resume from. NULL without error: start fresh. The folder is the one of this
 * descriptor, wherever folder_path leads meanwhile; AT_FDCWD: the one that the path leads to.
 *
 * AUTO      The newest sound checkpoint. A folder without checkpoints is a fresh start. A folder
 *           whose checkpoints are all damaged is TORPOR_STATUS_DAMAGED, never a fresh start.
 * REQUIRE   The same, but a folder without checkpoints is TORPOR_STATUS_NOT_FOUND.
 * PATH      The file at resume_path; if that is a folder, REQUIRE in it.
 * NEVER     A fresh start.
 *
 * damaged: (optional) gets a line for each damaged file that was passed over. The array owns its
 * texts, so its free function is g_free. Needs no lock. Transfer full. */
char *torpor_newest_select(int folder, const char *folder_path, TorporResume resume,
                           const char *resume_path, TorporVerifyFunc verify, gpointer verify_data,
                           GPtrArray *damaged, GError **error);

G_END_DECLS

#endif
