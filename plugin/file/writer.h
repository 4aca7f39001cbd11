/* A file that is being written: a temp file beside the target, filled in hashed blocks, made
 * durable, then renamed into place. */
#ifndef TORPOR_FILE_WRITER_H
#define TORPOR_FILE_WRITER_H

#include "file/packing.h"
#include "msgpack/places.h"
#include "msgpack/sink.h"

G_BEGIN_DECLS

typedef struct _TorporFileWriter TorporFileWriter;

/* The temp file is `.<name>.tmp-<pid>-<random>` in the target's folder; it stays locked (flock)
 * while its writer lives. With `fsync`, bytes start on their way to the disk early.
 * TORPOR_STATUS_EXISTS if the target is there and `overwrite` is FALSE. threads: one at a time. */
TorporFileWriter *torpor_file_writer_new(const char *path, gboolean overwrite, gboolean fsync,
                                         GError **error);
/* The same in the folder of this descriptor, under the last part of `path`; the rest of that is for
 * messages only. */
TorporFileWriter *torpor_file_writer_new_in(int folder, const char *path, gboolean overwrite,
                                            gboolean fsync, GError **error);
TorporSink *torpor_file_writer_sink(TorporFileWriter *writer); /* owned by the writer */
/* Before anything is appended: pack the file. Its bytes and their index stay what they would be
 * without, for whoever reads it by torpor_file_read. */
void torpor_file_writer_pack(TorporFileWriter *writer, const TorporPackOptions *options);
/* The file will have no index, so nothing is hashed. */
void torpor_file_writer_omit_index(TorporFileWriter *writer);
/* After torpor_encode with options->index, which noted `places`: append the index's value, the last
 * bytes of the file. */
gboolean torpor_file_writer_append_index(TorporFileWriter *writer, const TorporPlaces *places,
                                         GError **error);
/* After the last byte of a file that is not packed: see torpor_share_blocks. */
gboolean torpor_file_writer_share(TorporFileWriter *writer, int folder,
                                  const TorporEarlier *earlier, GError **error);
/* Write all bytes and make them durable (with fsync), under the temp file's name so far. Nothing
 * may be appended afterwards. */
gboolean torpor_file_writer_sync(TorporFileWriter *writer, GError **error);
/* After that: the bytes of the file on the disk. */
guint64 torpor_file_writer_byte_length(const TorporFileWriter *writer);
/* The same, unless it was done; then rename it into place. Frees the writer in any case. On
 * failure the temp file is removed and an earlier file of that name is intact, unless only the last
 * step failed, the fsync of the folder. */
gboolean torpor_file_writer_commit(TorporFileWriter *writer, GError **error);
/* Free the writer and remove its temp file. */
void torpor_file_writer_abort(TorporFileWriter *writer);

G_END_DECLS

#endif
