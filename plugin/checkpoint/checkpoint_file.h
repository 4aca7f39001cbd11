/* A checkpoint file that is opened for a restore: every byte is verified, the tree is decoded, and
 * what the root says of the run is read. */
#ifndef TORPOR_CHECKPOINT_CHECKPOINT_FILE_H
#define TORPOR_CHECKPOINT_CHECKPOINT_FILE_H

#include "base/file.h"
#include "host/host_table.h"
#include "value/tree.h"

G_BEGIN_DECLS

/* Files up to this size are read into memory completely. What was verified is then what is
 * restored, and the commit reads no disk. */
#define TORPOR_CHECKPOINT_FILE_MEMORY_BYTES ((guint64)16 << 20)

typedef struct {
    char *path;
    TorporFile *file; /* NULL: the file is in memory */
    gpointer bytes;   /* the complete file; NULL: it stayed on disk */
    TorporTree *tree;
    const char *host_name;
    const char *fingerprint;
    guint64 step;
    double time;
    const TorporUnit *time_unit;
    GPtrArray *texts; /* the texts that were read from the file; freed with the checkpoint */
} TorporCheckpointFile;

/* Open and verify a checkpoint. A file of more than memory_bytes stays on disk (0:
 * TORPOR_CHECKPOINT_FILE_MEMORY_BYTES).
 *
 * errors: TORPOR_STATUS_DAMAGED names the place and the path of the damage; TORPOR_STATUS_VERSION
 * is a format that is too new; TORPOR_STATUS_MISMATCH is a file that is not a checkpoint. */
TorporCheckpointFile *torpor_checkpoint_file_open(const char *path, const TorporHost *host,
                                                  guint64 memory_bytes, GError **error);
void torpor_checkpoint_file_free(TorporCheckpointFile *checkpoint);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(TorporCheckpointFile, torpor_checkpoint_file_free)

/* Does the checkpoint belong to this host and this model? If not, TORPOR_STATUS_FINGERPRINT names
 * both. */
gboolean torpor_checkpoint_file_check_model(const TorporCheckpointFile *checkpoint,
                                            const TorporHost *host, GError **error);

/* A section of the checkpoint; NULL if the file does not have it. */
const TorporNode *torpor_checkpoint_file_section(const TorporCheckpointFile *checkpoint,
                                                 const char *name);

/* Read an integer at a path below `from`. FALSE if there is none. */
gboolean torpor_checkpoint_file_uint(const TorporNode *from, const char *path, guint64 *out);
/* Read a text at a path below `from`; NULL if there is none. It lives as long as the checkpoint. */
const char *torpor_checkpoint_file_text(TorporCheckpointFile *checkpoint, const TorporNode *from,
                                        const char *path);

G_END_DECLS

#endif
