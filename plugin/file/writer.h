/* A file that is being written: a temp file beside the target, filled in hashed blocks, made
 * durable, then renamed into place. */
#ifndef TORPOR_FILE_WRITER_H
#define TORPOR_FILE_WRITER_H

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
/* The file will have no index, so nothing is hashed. */
void torpor_file_writer_omit_index(TorporFileWriter *writer);
/* After torpor_encode with options->index, which noted `places`: append the index's value, the last
 * bytes of the file. */
gboolean torpor_file_writer_append_index(TorporFileWriter *writer, const TorporPlaces *places,
                                         GError **error);
/* Make the file durable (with fsync) and rename it into place. Frees the writer in any case. On
 * failure the temp file is removed and an earlier file of that name is intact, unless only the last
 * step failed, the fsync of the folder. */
gboolean torpor_file_writer_commit(TorporFileWriter *writer, GError **error);
/* Free the writer and remove its temp file. */
void torpor_file_writer_abort(TorporFileWriter *writer);

G_END_DECLS

#endif
