/* The ledger of a folder, the file `.torpor.kept`: the number of each checkpoint in its run, and
 * which checkpoints are kept for good.
 *
 * It is text with a line for each checkpoint: the step, the number, and `kept` if it stays for
 * good. A line that cannot be read counts as missing. */
#ifndef TORPOR_FOLDER_LEDGER_H
#define TORPOR_FOLDER_LEDGER_H

#include "folder/folder.h"

G_BEGIN_DECLS

typedef struct _TorporLedger TorporLedger;

/* Empty if there is no such file. NULL: it cannot be read, so nobody knows what is kept for good.
 */
TorporLedger *torpor_ledger_read(const TorporFolder *folder, GError **error);
void torpor_ledger_free(TorporLedger *ledger);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(TorporLedger, torpor_ledger_free)

/* Number the checkpoints (newest first, as torpor_folder_list returns them) that have no number
 * yet. Each gets one more than the checkpoint before it had, even if that one was removed since.
 * Multiples of keep_every (0: none) are marked as kept for good. */
void torpor_ledger_number(TorporLedger *ledger, const GPtrArray *checkpoints, guint64 keep_every);

gboolean torpor_ledger_is_for_good(const TorporLedger *ledger, guint64 step);

/* Write the lines of these checkpoints durably. Nothing is written if keep_every was never used in
 * this folder. The caller holds the lock. */
gboolean torpor_ledger_write(TorporLedger *ledger, const TorporFolder *folder,
                             const GPtrArray *checkpoints, GError **error);

G_END_DECLS

#endif
