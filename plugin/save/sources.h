/* A save: the sources of values that do not lie in memory in the form that the file has. Some are
 * read while the tree is encoded. Columns that are gathered together, and values that the host
 * gives last, get gaps, which are filled afterwards. */
#ifndef TORPOR_SAVE_SOURCES_H
#define TORPOR_SAVE_SOURCES_H

#include "msgpack/gap.h"
#include "msgpack/sink.h"
#include "save/baseline.h"

G_BEGIN_DECLS

typedef struct {
    GPtrArray *ragged;        /* TorporRagged */
    GPtrArray *gathers;       /* TorporGather: the columns of one population each */
    GPtrArray *late;          /* TorporArray: asked for last (not owned) */
    TorporGaps *gaps;         /* of the arrays of gathers and of `late`, and of what is not read */
    TorporBaseline *baseline; /* whose columns are not read; NULL: all are */
    GHashTable *revisions;    /* see torpor_revisions_new */
} TorporSources;

TorporSources *torpor_sources_new(void);
void torpor_sources_free(TorporSources *sources);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(TorporSources, torpor_sources_free)

/* After the last source is added: give the arrays in `late` gaps, too. */
void torpor_sources_plan(TorporSources *sources);

/* Given the number of bytes that were just filled. threads: any, one at a time. */
typedef void (*TorporFilledFunc)(gpointer filled_data, guint64 bytes);

/* Once the tree is encoded: fill the gaps of all gathers, one population after the other. *holds
 * FALSE: a column that was guessed to be constant is not, and gaps may be unfilled. */
gboolean torpor_sources_fill_columns(const TorporSources *sources, TorporSink *sink,
                                     TorporFilledFunc filled, gpointer filled_data, gboolean *holds,
                                     GError **error);
/* After that, where guesses hold: fill those of `late`. */
gboolean torpor_sources_fill_late(const TorporSources *sources, TorporSink *sink,
                                  TorporFilledFunc filled, gpointer filled_data, GError **error);

/* A guess was wrong: find out which columns are constant, and give the others all their rows. No
 * guess is left, and the tree is to be encoded again. */
gboolean torpor_sources_settle(TorporSources *sources, GError **error);

G_END_DECLS

#endif
