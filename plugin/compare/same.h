/* Find where two files have the same bytes at the same place. The same pass verifies both files
 * against their indexes, so that each is read once. */
#ifndef TORPOR_COMPARE_SAME_H
#define TORPOR_COMPARE_SAME_H

#include "file/index.h"

G_BEGIN_DECLS

typedef struct _TorporSame TorporSame;

/* NULL without error: a file is damaged; torpor_file_verify says which one and where. progress:
 * (optional) is called from any thread, by one at a time. */
TorporSame *torpor_same_new(const TorporFile *a, const TorporIndex *a_index, const TorporFile *b,
                            const TorporIndex *b_index,
                            void (*progress)(gpointer data, guint64 done, guint64 total),
                            gpointer progress_data, GError **error);
void torpor_same_free(TorporSame *same);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(TorporSame, torpor_same_free)

/* Are these bytes of both files known to be equal? */
gboolean torpor_same_covers(const TorporSame *same, guint64 place, guint64 length);

G_END_DECLS

#endif
