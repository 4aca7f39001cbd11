/* Numbers of the checkpoints of a folder, and which are kept for good: the file `.torpor.kept`.
 *
 * Text, one line per checkpoint: its step, its number in the run, and `kept` if it is for good.
 * Unreadable lines count as missing. */
#ifndef TORPOR_CORE_KEPT_H
#define TORPOR_CORE_KEPT_H

#include "folder/folder.h"

G_BEGIN_DECLS

typedef struct _TorporKept TorporKept;

TorporKept *torpor_kept_read(const char *folder); /* empty if there is no such file */
void torpor_kept_free(TorporKept *kept);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(TorporKept, torpor_kept_free)

/* Number all checkpoints (newest first, as torpor_folder_list has them) that have no number yet:
 * one more than the one before, be that still there or not. Mark multiples of keep_every (0: none)
 * as kept for good. */
void torpor_kept_number(TorporKept *kept, const GPtrArray *checkpoints, guint64 keep_every);

gboolean torpor_kept_is_for_good(const TorporKept *kept, guint64 step);

/* Write the lines of these checkpoints, durably; nothing if none was ever kept for good or
 * keep_every asked for. The caller holds the folder. */
gboolean torpor_kept_write(TorporKept *kept, const char *folder, const GPtrArray *checkpoints,
                           GError **error);

G_END_DECLS

#endif
