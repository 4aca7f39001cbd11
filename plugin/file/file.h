/* Bytes <-> disk. Knows nothing of what they mean. */
#ifndef TORPOR_FILE_H
#define TORPOR_FILE_H

#include <glib.h>

#include "file/index.h"
#include "msgpack/encode.h"
#include "msgpack/sink.h"

G_BEGIN_DECLS

/* ---- reading: pread only ---- */

struct _TorporFile {
    int fd;
    guint64 length;
    char *path;
};

TorporFile *torpor_file_open(const char *path, GError **error); /* regular files only */
void torpor_file_close(TorporFile *file);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(TorporFile, torpor_file_close)
/* Exactly `length` bytes from `place`, or an error that names file and place. threads: any. */
gboolean torpor_file_read(const TorporFile *file, guint64 place, void *out, gsize length,
                          GError **error);
/* XXH3 of the file's bytes in a range, read through a buffer. threads: any, each with its own. */
gboolean torpor_file_hash_range(const TorporFile *file, const TorporRange *range, void *buffer,
                                gsize buffer_length, guint64 *out, GError **error);

/* Whether and where there is an index, from the file's last bytes. */
gboolean torpor_file_read_trailer(const TorporFile *file, TorporTrailer *out, GError **error);
/* The index at the end. NULL without error: the file has none (a braintools file). NULL with
 * TORPOR_STATUS_DAMAGED or _VERSION: it has one that cannot be trusted. */
TorporIndex *torpor_file_read_index(const TorporFile *file, GError **error);

/* Is the file as it was written? Every range of the index is hashed, on n_threads (0: one per
 * processor, at most 8) that need half a MiB each. TORPOR_STATUS_DAMAGED names file, place and the
 * paths of the first damaged range; all damaged ranges go to `damaged` (guint64 range numbers,
 * ascending) if not NULL. `progress` (may be NULL) is called from any of the threads, one at a
 * time.
 *
 * index NULL: the file has none, so only its structure can be checked. */
gboolean torpor_file_verify(const TorporFile *file, const TorporIndex *index, guint n_threads,
                            GArray *damaged,
                            void (*progress)(gpointer data, guint64 done, guint64 total),
                            gpointer progress_data, GError **error);

/* ---- writing: temp beside the target, hashed blocks, fsync, rename, fsync of the folder ---- */

typedef struct _TorporFileWriter TorporFileWriter;

/* Begin. The temp file is `.<name>.tmp-<pid>-<random>` in the target's folder; it stays locked
 * (flock) while its writer lives. Where fsync is asked, bytes start on their way to the disk early.
 * threads: one at a time. TORPOR_STATUS_EXISTS if the target is there and overwrite is not asked.
 */
TorporFileWriter *torpor_file_writer_new(const char *path, gboolean overwrite, gboolean fsync,
                                         GError **error);
TorporSink *torpor_file_writer_sink(TorporFileWriter *writer); /* owned by the writer */
/* After torpor_encode with options->index, of which `places` are: the index's value, the last bytes
 * of the file. */
gboolean torpor_file_writer_append_index(TorporFileWriter *writer, const TorporPlaces *places,
                                         GError **error);
/* Make durable (if fsync) and rename into place. The writer is freed on success and on failure; on
 * failure the temp file is removed and an earlier file of that name is whole. */
gboolean torpor_file_writer_commit(TorporFileWriter *writer, GError **error);
/* Free the writer and remove its temp file. */
void torpor_file_writer_abort(TorporFileWriter *writer);

/* All of a save: encode (options NULL: no index), index, commit. */
gboolean torpor_file_save(const char *path, TorporTree *tree, const TorporEncodeOptions *options,
                          gboolean overwrite, gboolean fsync, GError **error);

G_END_DECLS

#endif
