/* A file that is open for reading. */
#ifndef TORPOR_BASE_FILE_H
#define TORPOR_BASE_FILE_H

#include <glib.h>

G_BEGIN_DECLS

typedef struct {
    int fd;
    guint64 length;
    char *path;
} TorporFile;

/* "a folder", "a device", ... for messages, by st_mode. Not for regular files. */
const char *torpor_file_kind_name(guint32 mode);

/* Opens regular files only. */
TorporFile *torpor_file_open(const char *path, GError **error);
/* In the folder of this descriptor, under the last part of `path`; the rest is for messages only.
 */
TorporFile *torpor_file_open_in(int folder, const char *path, GError **error);
void torpor_file_close(TorporFile *file);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(TorporFile, torpor_file_close)

/* Read exactly `length` bytes from `place`. The error names file and place. threads: any. */
gboolean torpor_file_read(const TorporFile *file, guint64 place, void *out, gsize length,
                          GError **error);

G_END_DECLS

#endif
