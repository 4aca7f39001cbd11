/* A checkpoint file opened for a restore: verified byte for byte, decoded, its heading understood.
 */
#ifndef TORPOR_CHECKPOINT_CHECKPOINT_FILE_H
#define TORPOR_CHECKPOINT_CHECKPOINT_FILE_H

#include "base/file.h"
#include "host/host_table.h"
#include "value/tree.h"

G_BEGIN_DECLS

/* Files up to this size are read into memory whole: what was verified is then what is restored, and
 * the commit reads no disk. */
#define TORPOR_CHECKPOINT_FILE_MEMORY_BYTES ((guint64)16 << 20)

typedef struct {
    char *path;
    TorporFile *file; /* NULL where all is in memory */
    gpointer bytes;   /* of the whole file, or NULL */
    TorporTree *tree;
    const char *host_name;
    const char *fingerprint;
    guint64 step;
    double time;
    const TorporUnit *time_unit;
    GPtrArray *texts; /* that were read from the file */
} TorporCheckpointFile;

/* memory_bytes: files above it are left on disk (0: TORPOR_CHECKPOINT_FILE_MEMORY_BYTES).
 * TORPOR_STATUS_DAMAGED names place and path, _VERSION a newer format, _MISMATCH a file that is no
 * checkpoint of a simulation. */
TorporCheckpointFile *torpor_checkpoint_file_open(const char *path, const TorporHost *host,
                                                  guint64 memory_bytes, GError **error);
void torpor_checkpoint_file_free(TorporCheckpointFile *checkpoint);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(TorporCheckpointFile, torpor_checkpoint_file_free)

/* Is it a checkpoint of this host and this model? TORPOR_STATUS_FINGERPRINT names both. */
gboolean torpor_checkpoint_file_check_model(const TorporCheckpointFile *checkpoint,
                                            const TorporHost *host, GError **error);

/* One map of the root, NULL if the file has none. */
const TorporNode *torpor_checkpoint_file_section(const TorporCheckpointFile *checkpoint,
                                                 const char *name);

/* Small values below a node, by path. FALSE where the node is missing or of another kind. */
gboolean torpor_checkpoint_file_uint(const TorporNode *from, const char *path, guint64 *out);
/* Text that lives as long as the checkpoint, NULL if there is none. */
const char *torpor_checkpoint_file_text(TorporCheckpointFile *checkpoint, const TorporNode *from,
                                        const char *path);

G_END_DECLS

#endif
