/* What is known of the beginnings of one script's runs. A host that opens a session for each run
 * lets these sessions share it. */
#ifndef TORPOR_SESSION_ORIGINS_H
#define TORPOR_SESSION_ORIGINS_H

#include "checkpoint/origin.h"

G_BEGIN_DECLS

/* Each origin may be NULL. */
typedef struct {
    TorporOrigin *origin;     /* that checkpoints of this run carry */
    TorporOrigin *built;      /* of the live model, as runs began in this process */
    TorporOrigin *candidate;  /* of the checkpoint that may be restored */
    gboolean candidate_known; /* it was looked for */
    gboolean is_common;       /* the candidate: it was saved on another number of ranks, and is what
                               * they have in common */
    gboolean resumes;         /* there is one to restore */
    gboolean first_run_begun; /* the host said which run begins */
    gboolean has_begun;       /* steps are made: the live model is not what the script built */
    gboolean said_differ;     /* that the ranks differ in what has no key */
    guint n_reported;         /* runs whose differences were reported: not again at the restore */
} TorporOrigins;

TorporOrigins *torpor_origins_new(void);
TorporOrigins *torpor_origins_ref(TorporOrigins *origins);
void torpor_origins_unref(TorporOrigins *origins);

G_END_DECLS

#endif
