/* Which run a checkpoint is of: a random id, and the runs that this one branched from. A run keeps
 * its id while it is resumed from its newest checkpoint. */
#ifndef TORPOR_CHECKPOINT_RUN_H
#define TORPOR_CHECKPOINT_RUN_H

#include "value/tree.h"

G_BEGIN_DECLS

typedef struct _TorporRun TorporRun;

/* A run that begins. If the environment has SOURCE_DATE_EPOCH, its id is made of the fingerprint,
 * so that two saves of the same state are equal. */
TorporRun *torpor_run_new(const char *fingerprint);
/* A run that begins at this step of another. */
TorporRun *torpor_run_branch(const TorporRun *parent, guint64 step, const char *fingerprint);
/* The run of this id; where it branched from is not known here. */
TorporRun *torpor_run_named(const char *id);
TorporRun *torpor_run_copy(const TorporRun *run);
void torpor_run_free(TorporRun *run);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(TorporRun, torpor_run_free)

const char *torpor_run_id(const TorporRun *run);
/* Is a checkpoint of `other` at this step of this run, or of one before the step where this one
 * branched from it? */
gboolean torpor_run_has(const TorporRun *run, const TorporRun *other, guint64 step);

/* Put `run` into the section `provenance`. */
void torpor_run_put(const TorporRun *run, TorporTree *tree);
/* What the tree of a checkpoint says; NULL: nothing, as in those of Torpor 0.1. */
TorporRun *torpor_run_read(TorporTree *tree);

G_END_DECLS

#endif
