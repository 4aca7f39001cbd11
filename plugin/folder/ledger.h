/* Numbers of the checkpoints of a folder, and which are kept for good: the file `.torpor.kept`.
 *
 * Text, one line per checkpoint: its step, its number in the run, and `kept` if it is for good.
 * Unreadable lines count as missing. */
#ifndef TORPOR_FOLDER_LEDGER_H
#define TORPOR_FOLDER_LEDGER_H

#include "folder/folder.h"

G_BEGIN_DECLS

typedef struct _TorporLedger TorporLedger;

TorporLedger *torpor_ledger_read(const char *folder); /* empty if there is no such file */
void torpor_ledger_free(TorporLedger *ledger);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(TorporLedger, torpor_ledger_free)

/* Number all checkpoints (newest first, as torpor_folder_list has them) that have no number yet:
 * one more than the one before, be that still there or not. Mark multiples of keep_every (0: none)
 * as kept for good. */
void torpor_ledger_number(TorporLedger *ledger, const GPtrArray *checkpoints, guint64 keep_every);

gboolean torpor_ledger_is_for_good(const TorporLedger *ledger, guint64 step);

/* Write the lines of these checkpoints, durably; nothing if none was ever kept for good or
 * keep_every asked for. The caller holds the folder. */
gboolean torpor_ledger_write(TorporLedger *ledger, const char *folder, const GPtrArray *checkpoints,
                             GError **error);

G_END_DECLS

#endif
