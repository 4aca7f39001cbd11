/* A checkpoint's bytes in memory, so that the host can go on while they are written (mode async).
 *
 * A stage is a sink. Its memory is taken in segments that stay, already faulted in, from one save
 * to the next: from the second save on, staging costs one memcpy of the state. */
#ifndef TORPOR_SAVE_STAGE_H
#define TORPOR_SAVE_STAGE_H

#include "msgpack/sink.h"

G_BEGIN_DECLS

typedef struct _TorporStage TorporStage;

/* Several threads copy large payloads together. */
TorporStage *torpor_stage_new(void);
void torpor_stage_free(TorporStage *stage);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(TorporStage, torpor_stage_free)

/* The sink that fills the stage. Owned by the stage. TORPOR_STATUS_NO_MEMORY leaves what was staged
 * readable. */
TorporSink *torpor_stage_sink(TorporStage *stage);

/* Forget the bytes, keep the memory. */
void torpor_stage_clear(TorporStage *stage);

/* Give all bytes, with the boundaries between ranges, to another sink. May run in another thread
 * than the one that filled the stage, but not at the same time. */
gboolean torpor_stage_replay(const TorporStage *stage, TorporSink *to, GError **error);

/* Bytes of memory held. */
guint64 torpor_stage_memory(const TorporStage *stage);

G_END_DECLS

#endif
