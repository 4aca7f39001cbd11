/* The memory of a stage, in segments that stay from one checkpoint to the next. The system gives
 * fresh memory page by page as it is written to, which takes several times as long as the copy; so
 * what the first checkpoint needs can be made ready in the background. */
#ifndef TORPOR_SAVE_STAGE_MEMORY_H
#define TORPOR_SAVE_STAGE_MEMORY_H

#include <glib.h>

G_BEGIN_DECLS

typedef struct _TorporStageMemory TorporStageMemory;

TorporStageMemory *torpor_stage_memory_new(void);
void torpor_stage_memory_free(TorporStageMemory *memory);

/* Make so many bytes ready, in a thread, unless there is memory already. It is given up where the
 * system has none. */
void torpor_stage_memory_prepare(TorporStageMemory *memory, guint64 bytes);
/* Have at least so many bytes; what is being made ready is waited for no longer than a segment
 * takes. FALSE: the system has no more. */
gboolean torpor_stage_memory_reserve(TorporStageMemory *memory, guint64 bytes);
guint64 torpor_stage_memory_size(const TorporStageMemory *memory);
/* The longest contiguous memory at `place`, at most *length bytes. threads: any. */
guint8 *torpor_stage_memory_at(const TorporStageMemory *memory, guint64 place, guint64 *length);

G_END_DECLS

#endif
