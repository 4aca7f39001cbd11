/* Two files that are compared: opened, and both checked. What is damaged is never compared. Either
 * may be the manifest of a checkpoint of several ranks, and is then all of it. */
#ifndef TORPOR_COMPARE_PAIR_H
#define TORPOR_COMPARE_PAIR_H

#include "checkpoint/whole_file.h"
#include "compare/compare.h"

G_BEGIN_DECLS

typedef struct {
    const char *path; /* (not owned) */
    TorporWholeFile opened;
    TorporIndex *index; /* NULL: it has none, or is of several files */
    GError *damage;
} TorporPairSide;

typedef struct {
    TorporPairSide a;
    TorporPairSide b;
    TorporSame *same; /* NULL: nothing is known to be equal */
} TorporPair;

/* An error only if a file cannot be read at all; what is wrong with its content is its damage.
 * progress, progress_data: as for torpor_file_verify. */
gboolean torpor_pair_init(TorporPair *pair, const char *a, const char *b,
                          void (*progress)(gpointer data, guint64 done, guint64 total),
                          gpointer progress_data, GError **error);
void torpor_pair_clear(TorporPair *pair);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(TorporPair, torpor_pair_clear)

/* Of the first side that is damaged; NULL: neither is. (not owned) */
const GError *torpor_pair_damage(const TorporPair *pair);

/* torpor_compare for both, neither of which is damaged; options->same is set. FALSE only with an
 * error. */
gboolean torpor_pair_compare(const TorporPair *pair, TorporCompareOptions *options,
                             TorporDifferenceFunc report, gpointer data, GError **error);

G_END_DECLS

#endif
