/* The origin of a run: digests of the model when the run began, and of what users had set when each
 * later run of the same script began. A checkpoint carries it, so that a resume can tell whether
 * the script has built the same model again. */
#ifndef TORPOR_CHECKPOINT_ORIGIN_H
#define TORPOR_CHECKPOINT_ORIGIN_H

#include "checkpoint/checkpoint_file.h"

G_BEGIN_DECLS

/* What a digest is of; part of the format. */
enum {
    TORPOR_DIGEST_SET_BY_USER = 1, /* else: initial state */
    TORPOR_DIGEST_STAYS = 2,       /* does not evolve: digested again at each later run */
    TORPOR_DIGEST_OPTIONAL = 4,    /* one side may lack it */
    TORPOR_DIGEST_VERSION = 8, /* of a population's type; others are not compared if it differs */
    TORPOR_DIGEST_KEY = 16,    /* of a population's keys; if they differ, it is dealt to the ranks
                                * otherwise, and is not compared */
};

typedef struct _TorporOrigin TorporOrigin;

TorporOrigin *torpor_origin_new(void); /* of no runs */
void torpor_origin_free(TorporOrigin *origin);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(TorporOrigin, torpor_origin_free)

/* Begin run number `run` with the model at `step`: the digests that follow are its. What was known
 * of that run is forgotten. */
void torpor_origin_begin_run(TorporOrigin *origin, guint run, guint64 step);
/* flags: TORPOR_DIGEST_... */
void torpor_origin_add(TorporOrigin *origin, guint run, const char *path, guint8 flags,
                       guint64 digest);
/* What `from` knows of the run. */
void torpor_origin_copy_run(TorporOrigin *origin, const TorporOrigin *from, guint run);

/* What the origins of all ranks have in common (transfer full): what is not the same on all that
 * have it is left out. NULL if one of them is NULL. */
TorporOrigin *torpor_origin_common(const GPtrArray *origins);

guint torpor_origin_n_runs(const TorporOrigin *origin);
/* FALSE if nothing is known of the run; a host need not report all of them. */
gboolean torpor_origin_has_run(const TorporOrigin *origin, guint run, guint64 *step);

guint torpor_origin_n_paths(const TorporOrigin *origin);
const char *torpor_origin_path(const TorporOrigin *origin, guint number, guint8 *flags);
/* 0: the run is not known, or has none. */
guint64 torpor_origin_digest(const TorporOrigin *origin, guint run, const char *path);

/* Append the section to the root. */
gboolean torpor_origin_put(const TorporOrigin *origin, TorporTree *tree, GError **error);
/* *out is NULL without error if the file has none. TORPOR_STATUS_DAMAGED for a section that is not
 * as FORMAT.md says. */
gboolean torpor_origin_read(const TorporCheckpointFile *checkpoint, TorporOrigin **out,
                            GError **error);

G_END_DECLS

#endif
