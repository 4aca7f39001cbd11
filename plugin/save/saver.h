/* Writes checkpoints to disk. In mode sync, the bytes of a capture go to the file while the host
 * waits; in mode async, they go to a stage, from which a worker writes the file; in mode fork, a
 * child process has the state as it was and writes it as in mode sync, and a worker waits for it.
 */
#ifndef TORPOR_SAVE_SAVER_H
#define TORPOR_SAVE_SAVER_H

#include "file/packing.h"
#include "save/capture.h"
#include "save/stage.h"
#include "save/written.h"

G_BEGIN_DECLS

typedef struct _TorporSaver TorporSaver;

typedef enum {
    TORPOR_MODE_SYNC,
    TORPOR_MODE_ASYNC,
    TORPOR_MODE_FORK,
} TorporMode;

TorporSaver *torpor_saver_new(TorporMode mode, gboolean fsync);
/* From here on: how files are packed. */
void torpor_saver_pack(TorporSaver *saver, const TorporPackOptions *options);
/* From here on: blocks that the newest checkpoint of the run has are not written again, but each
 * full_every-th checkpoint is whole. uses_revisions: what the host says is unchanged is not even
 * read. */
void torpor_saver_refer(TorporSaver *saver, guint64 full_every, gboolean uses_revisions);
/* Checkpoints will have about so many bytes. In mode async, memory for one is made ready, in the
 * background; for the first that is named only. */
void torpor_saver_expect(TorporSaver *saver, guint64 bytes);
/* The number of bytes of memory that it holds for staging. */
guint64 torpor_saver_memory(const TorporSaver *saver);
/* Waits for the save in flight. */
void torpor_saver_free(TorporSaver *saver);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(TorporSaver, torpor_saver_free)

/* What a capture for the next checkpoint in this folder may refer to; NULL: it has to be whole, or
 * a file that it would need is gone. The saver's. No save may be in flight. */
TorporBaseline *torpor_saver_baseline(TorporSaver *saver, int folder);
/* The host's state is about to be another one: its revisions so far say nothing of it. */
void torpor_saver_forget_baseline(TorporSaver *saver);

/* Write the capture to `path`. The capture is taken and freed: when this returns, the host may
 * change its state. With waits TRUE the file is durable by then, whatever the saver's mode. No
 * save may be in flight: call torpor_saver_collect first. `follow` may be NULL, and is copied. */
gboolean torpor_saver_write(TorporSaver *saver, TorporCapture *capture, const char *path,
                            gboolean waits, const TorporFollow *follow, GError **error);
/* Write a file that is not a checkpoint of the run, while the host waits. It never counts as the
 * newest, and another save may be in flight. */
gboolean torpor_saver_write_aside(TorporSaver *saver, TorporCapture *capture, const char *path,
                                  GError **error);

/* ---- a file that several ranks share: each stages its part, and one of them writes all ---- */

/* Stage the capture as a value of another file. The capture is taken and freed. No save may be in
 * flight. */
gboolean torpor_saver_stage_part(TorporSaver *saver, TorporCapture *capture, GError **error);
/* What was staged, and where its leaves are in it. */
const TorporStage *torpor_saver_part(const TorporSaver *saver, const TorporPlaces **places);

/* Write the file that this part goes to. `fill` is called before this returns; in mode async, and
 * with waits FALSE, the file is made durable in the background. */
gboolean torpor_saver_write_parts(TorporSaver *saver, const char *path, gboolean waits,
                                  const TorporFollow *follow, TorporFillFunc fill, gpointer data,
                                  GError **error);
/* Another rank writes the file. What this one has to do for it is done: its outputs are durable. */
gboolean torpor_saver_hand_over(TorporSaver *saver, const TorporFollow *follow, GError **error);

/* The bytes of the shard that was written last, as they are on the disk. */
guint64 torpor_saver_shard_bytes(const TorporSaver *saver);
/* The shard that was written last: the manifest at `path` is durable, so that checkpoint of
 * byte_length bytes is the newest, and the next shard may refer to this one. */
void torpor_saver_commit_shard(TorporSaver *saver, const char *path, guint64 byte_length,
                               gint64 begin_us);
/* The same shard: there will be no manifest. */
void torpor_saver_drop_shard(TorporSaver *saver);

/* Is a save being written in the background? Cheap. */
gboolean torpor_saver_is_busy(TorporSaver *saver);
/* Has a save ended whose outcome was not collected? Takes a few ns. */
gboolean torpor_saver_has_news(const TorporSaver *saver);
/* Wait for the save in flight, if there is one. FALSE if it failed; each failure is reported once.
 */
gboolean torpor_saver_collect(TorporSaver *saver, GError **error);
/* The newest durable file, as of the last write or collect. Its path is NULL if there is none. */
const TorporWritten *torpor_saver_newest(const TorporSaver *saver);
/* The same, once for each file: NULL if it was taken before. */
const TorporWritten *torpor_saver_take_newest(TorporSaver *saver);

G_END_DECLS

#endif
