/* The newest checkpoint of a session, as what the next one may refer to: its blocks, and its
 * columns with the revisions that the host gave them. */
#ifndef TORPOR_SAVE_BASELINE_H
#define TORPOR_SAVE_BASELINE_H

#include "file/earlier.h"
#include "host/live_field.h"

G_BEGIN_DECLS

/* What a save notes of each column that the host gives a revision. */
typedef struct {
    guint64 revision;
    char *population; /* its path below `populations` */
    char **keys;      /* below the population */
} TorporRevision;
/* Path of a live field -> TorporRevision. Transfer full. */
GHashTable *torpor_revisions_new(void);
void torpor_revisions_note(GHashTable *revisions, const TorporLiveField *live_field);

/* A column of the checkpoint. */
typedef struct {
    guint64 revision;
    guint32 dtype;
    guint32 rank; /* of one row */
    guint64 shape[TORPOR_MAX_RANK];
    guint64 n_rows;
    guint64 length; /* rows of each object, if the field is ragged; 0: it is not */
    GArray *blocks; /* TorporBlock: that have its values; NULL: they share blocks with others */
} TorporBaselineColumn;

typedef struct _TorporBaseline TorporBaseline;

/* Read where the values are in the file: see torpor_earlier_new. `revisions`: what was noted when
 * it was saved; NULL: they do not count. */
TorporBaseline *torpor_baseline_new(int folder, const char *path, guint64 step,
                                    GHashTable *revisions, GError **error);
TorporBaseline *torpor_baseline_ref(TorporBaseline *baseline);
void torpor_baseline_unref(TorporBaseline *baseline);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(TorporBaseline, torpor_baseline_unref)

guint64 torpor_baseline_step(const TorporBaseline *baseline);
const TorporEarlier *torpor_baseline_earlier(const TorporBaseline *baseline);
/* The column of this field, if the host gives it the same revision now; else NULL. */
const TorporBaselineColumn *torpor_baseline_find(const TorporBaseline *baseline,
                                                 const TorporLiveField *live_field);

G_END_DECLS

#endif
