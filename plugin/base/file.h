/* A file that is open for reading. */
#ifndef TORPOR_BASE_FILE_H
#define TORPOR_BASE_FILE_H

#include <glib.h>

#include "base/file_parts.h"
#include "base/unpack.h"

G_BEGIN_DECLS

struct _TorporFile {
    int fd;         /* -1: it is made of parts */
    guint64 length; /* of the unpacked bytes, where it is packed */
    char *path;
    TorporUnpacker *unpacker; /* NULL: it is not packed */
    guint n_parts;
    guint64 *part_places; /* where each part begins */
    TorporParts *parts;
};

/* "a folder", "a device", ... for messages, by st_mode. Not for regular files. */
const char *torpor_file_kind_name(guint32 mode);

/* Opens regular files only. A packed one is read as it was before it was packed: its table is
 * checked here. */
TorporFile *torpor_file_open(const char *path, GError **error);
/* In the folder of this descriptor, under the last part of `path`; the rest is for messages only.
 * AT_FDCWD: where the path leads. */
TorporFile *torpor_file_open_in(int folder, const char *path, GError **error);
/* One that reads as the concatenation of n parts of these lengths. Parts are opened when they are
 * read, and the one that was not used for longest is closed when many are: there may be more of
 * them than a process may have descriptors. `path` is for messages. TORPOR_STATUS_DAMAGED if the
 * lengths add up to more than 2^63. */
TorporFile *torpor_file_join(const char *path, guint n_parts, const guint64 *lengths,
                             TorporOpenPartFunc open, gpointer open_data, GError **error);
void torpor_file_close(TorporFile *file);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(TorporFile, torpor_file_close)

/* Read exactly `length` bytes from `place`. The error names file and place. threads: any. */
gboolean torpor_file_read(const TorporFile *file, guint64 place, void *out, gsize length,
                          GError **error);

G_END_DECLS

#endif
