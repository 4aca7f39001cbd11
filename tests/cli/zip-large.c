/* zip-large FILE: an archive with a member of 2^32 + 5 zero bytes and a small one behind it. Zeros
 * become a hole of the file, so that it takes no room. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cli/zip.h"

typedef struct {
    TorporSink sink; /* first, so that a sink is this */
    FILE *file;
} HoleSink;

static gboolean
append(TorporSink *sink, const void *bytes, gsize length, G_GNUC_UNUSED GError **error)
{
    HoleSink *hole = (HoleSink *)sink;
    sink->place += length;
    return fwrite(bytes, 1, length, hole->file) == length;
}

static gboolean
append_payload(TorporSink *sink, const void *bytes, guint64 length, GError **error)
{
    HoleSink *hole = (HoleSink *)sink;
    if (length < 1024)
        return append(sink, bytes, length, error);
    sink->place += length;
    return fseeko(hole->file, (off_t)length, SEEK_CUR) == 0;
}

int
main(int argc, char **argv)
{
    static const guint8 zeros[1 << 20];
    static const TorporSinkClass klass = {.append = append, .append_payload = append_payload};
    const guint64 large = ((guint64)1 << 32) + 5;
    g_autoptr(GError) error = NULL;
    if (argc != 2)
        return 2;
    HoleSink hole = {.sink.klass = &klass, .file = fopen(argv[1], "wb")};
    g_autoptr(TorporZip) zip = torpor_zip_new(&hole.sink);
    gboolean done = torpor_zip_begin(zip, "large", large, &error);
    for (guint64 rest = large; done && rest > 0; rest -= MIN(rest, sizeof zeros))
        done = torpor_zip_append(zip, zeros, MIN(rest, sizeof zeros), &error);
    done = done && torpor_zip_end(zip, &error) && torpor_zip_begin(zip, "small", 6, &error) &&
           torpor_zip_append(zip, "behind", 6, &error) && torpor_zip_end(zip, &error) &&
           torpor_zip_finish(zip, &error);
    return fclose(hole.file) == 0 && done ? 0 : 1;
}
