/* A checkpoint's bytes in memory, from which they are written while the host goes on (mode async).
 *
 * A stage is a sink. It keeps its memory from one save to the next; so from the second save on, and
 * for the first if the memory was made ready, staging costs one memcpy of the state and no page
 * faults. */
#ifndef TORPOR_SAVE_STAGE_H
#define TORPOR_SAVE_STAGE_H

#include "msgpack/sink.h"

G_BEGIN_DECLS

typedef struct _TorporStage TorporStage;

/* Large payloads are copied by several threads. */
TorporStage *torpor_stage_new(void);
void torpor_stage_free(TorporStage *stage);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(TorporStage, torpor_stage_free)

/* The sink that fills the stage, which owns it. After TORPOR_STATUS_NO_MEMORY, what was staged
 * before is still readable. */
TorporSink *torpor_stage_sink(TorporStage *stage);

/* Before anything is staged: make memory ready for so many bytes, in the background. */
void torpor_stage_prepare(TorporStage *stage, guint64 bytes);

/* Forget the bytes, but keep the memory. */
void torpor_stage_clear(TorporStage *stage);

/* Give all bytes to another sink, with the boundaries between ranges. Call it from any thread once
 * the stage is filled. */
gboolean torpor_stage_replay(const TorporStage *stage, TorporSink *to, GError **error);

/* The number of bytes that it has. */
guint64 torpor_stage_length(const TorporStage *stage);
/* The number of bytes of memory that it holds. */
guint64 torpor_stage_memory(const TorporStage *stage);

G_END_DECLS

#endif
