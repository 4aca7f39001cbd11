/* file/writer.c: a file is written by everything that a sink takes, laid out again on the way, and
 * each call of the system fails once or for ever, or the file may not be longer than so much: it is
 * there as a whole, or an error says why not, and the one before it is. */
#include "failing.h"

#include <glib/gstdio.h>
#include <signal.h>
#include <sys/resource.h>

#include "base/error.h"
#include "file/index.h"
#include "file/verify.h"
#include "file/writer.h"
#include "scratch.h"

#define LENGTH (TORPOR_BLOCK_BYTES + 1000)
#define GAP_BYTES 300000u

typedef struct {
    const char *name;
    gboolean has_index;
    gboolean fsync;
    gint level;         /* of zstd */
    gboolean is_packed; /* refers to an earlier file */
    gboolean shares;    /* blocks of the disk with it */
} Kind;

static const Kind kinds[] = {
    {"plain", .has_index = TRUE, .fsync = TRUE},   {"not-durable", .has_index = TRUE},
    {"without-index", .has_index = FALSE},         {"compressed", .has_index = TRUE, .level = 1},
    {"compressed-without-index", .level = 1},      {"refers", .has_index = TRUE, .is_packed = TRUE},
    {"shares", .has_index = TRUE, .shares = TRUE},
};

static char *folder, *path;
static guint8 *bytes; /* LENGTH, that do not compress */
static TorporEarlier *earlier;
static int folder_fd;

static gboolean
produce(G_GNUC_UNUSED gpointer data, guint64 offset, gsize length, void *out,
        G_GNUC_UNUSED GError **error)
{
    memcpy(out, bytes + offset, length);
    return TRUE;
}

/* A short range, a gap, a payload behind a few bytes, one that is produced, one that is collected.
 */
static gboolean
append_all(TorporSink *sink, GError **error)
{
    static const guint64 shape[] = {LENGTH};
    const TorporArray array = {.dtype = torpor_dtype_by_id(TORPOR_DTYPE_UINT8),
                               .rank = 1,
                               .shape = shape,
                               .byte_length = LENGTH,
                               .produce = produce};
    const TorporSinkClass *klass = sink->klass;
    if (!klass->append(sink, bytes, 100, error) || !klass->boundary(sink, error))
        return FALSE;
    guint64 gap = sink->place;
    return klass->append_gap(sink, GAP_BYTES, error) && klass->append(sink, bytes, 10, error) &&
           klass->append_payload(sink, bytes, LENGTH, error) &&
           klass->append_produced(sink, &array, error) && klass->boundary(sink, error) &&
           klass->append(sink, bytes, LENGTH, error) && klass->boundary(sink, error) &&
           klass->fill(sink, gap, bytes, GAP_BYTES, error);
}

static gboolean
write_somehow(const Kind *kind, TorporFileWriter *writer, GError **error)
{
    g_autoptr(TorporPlaces) places = torpor_places_new();
    TorporSink *sink = torpor_file_writer_sink(writer);
    const TorporPackOptions packing = {.level = kind->level,
                                       .earlier = kind->is_packed ? earlier : NULL};
    if (torpor_pack_options_pack(&packing))
        torpor_file_writer_pack(writer, &packing);
    if (!kind->has_index)
        torpor_file_writer_omit_index(writer);
    return sink->klass->append(sink, bytes, 100000, error) && sink->klass->boundary(sink, error) &&
           sink->klass->append_gap(sink, GAP_BYTES, error) && sink->klass->restart(sink, error) &&
           append_all(sink, error) &&
           (!kind->has_index || torpor_file_writer_append_index(writer, places, error)) &&
           (!kind->shares || torpor_file_writer_share(writer, folder_fd, earlier, error));
}

static gboolean
write_file(const Kind *kind, GError **error)
{
    TorporFileWriter *writer = torpor_file_writer_new(path, TRUE, kind->fsync, error);
    if (writer == NULL)
        return FALSE;
    if (write_somehow(kind, writer, error))
        return torpor_file_writer_commit(writer, error);
    torpor_file_writer_abort(writer);
    return FALSE;
}

static void
put_good(void)
{
    g_assert_true(g_file_set_contents(path, "good", 4, NULL));
}

/* It is all there, or what was there before. */
static void
check_file(gboolean is_written)
{
    g_autofree char *found = NULL;
    gsize length;
    if (is_written)
        return;
    g_assert_true(g_file_get_contents(path, &found, &length, NULL));
    g_assert_true(length > 4 || memcmp(found, "good", 4) == 0);
}

static void
check_whole(void)
{
    g_autoptr(GError) error = NULL;
    g_autofree guint8 *found = g_malloc(3 * LENGTH + GAP_BYTES + 110);
    g_autoptr(TorporFile) file = torpor_file_open(path, &error);
    g_assert_no_error(error);
    torpor_file_read(file, 0, found, 3 * LENGTH + GAP_BYTES + 110, &error);
    g_assert_no_error(error);
    const guint8 *at = found;
    static const guint64 lengths[] = {100, GAP_BYTES, 10, LENGTH, LENGTH, LENGTH};
    for (gsize i = 0; i < G_N_ELEMENTS(lengths); i++) {
        g_assert_true(memcmp(at, bytes, lengths[i]) == 0);
        at += lengths[i];
    }
}

static gboolean
attempt(const Kind *kind, const char *what, gint n, int number, gboolean for_ever)
{
    g_autoptr(GError) error = NULL;
    put_good();
    fail_call(what, n, number, for_ever);
    gboolean is_written = write_file(kind, &error);
    gboolean is_met = fail_no_more();
    if (is_written != (error == NULL) || (error != NULL && !is_met))
        g_error("%s %d: %s", what, n, error == NULL ? "no error" : error->message);
    check_file(is_written);
    return is_met;
}

static void
test_each(gconstpointer data)
{
    static const struct {
        const char *what;
        int number;
        gint step;
        gboolean for_ever;
    } calls[] = {{"pwrite", EIO, 40, TRUE},
                 {"ftruncate", EIO, 1, FALSE},
                 {"try", ENOMEM, 1, FALSE},
                 {"thread+pwrite", EIO, 40, TRUE}, /* each is written at once, and fails */
                 {"fsync", EIO, 1, FALSE},
                 {"close", EIO, 1, FALSE},
                 /* With the first kind of file only. */
                 {"pwrite", ENOSPC, 60, FALSE},
                 {"pwrite", EINTR, 60, FALSE},
                 {"pwrite+ftruncate", ENOSPC, 40, TRUE},
                 {"thread", EAGAIN, 1, FALSE},
                 {"rename", EIO, 1, FALSE},
                 {"stat", EIO, 1, FALSE}};
    const Kind *kind = data;
    for (gsize i = 0; i < (kind == kinds ? G_N_ELEMENTS(calls) : 6); i++)
        for (gint n = 1;
             attempt(kind, calls[i].what, n, calls[i].number, calls[i].for_ever && n > 1);
             n += calls[i].step)
            ;
    g_autoptr(GError) error = NULL;
    g_assert_true(write_file(kind, &error));
    check_whole();
}

static gboolean
write_within(const Kind *kind, rlim_t most)
{
    struct rlimit before;
    g_autoptr(GError) error = NULL;
    g_assert_cmpint(getrlimit(RLIMIT_FSIZE, &before), ==, 0);
    const struct rlimit limit = {most, before.rlim_max};
    put_good();
    g_assert_cmpint(setrlimit(RLIMIT_FSIZE, &limit), ==, 0);
    gboolean is_written = write_file(kind, &error);
    g_assert_cmpint(setrlimit(RLIMIT_FSIZE, &before), ==, 0);
    g_assert_true(is_written == (error == NULL));
    check_file(is_written);
    return is_written;
}

/* In the first gap, here and there, and at the very end. */
static void
test_size_limit(gconstpointer data)
{
    rlim_t most = 102000;
    GStatBuf status;
    (void)signal(SIGXFSZ, SIG_IGN);
    for (; !write_within(data, most); most = most < (1 << 20) ? 3 << 20 : most + (3 << 20))
        ;
    g_assert_cmpint(g_stat(path, &status), ==, 0);
    g_assert_false(write_within(data, (rlim_t)status.st_size - 1));
}

/* Places that no index can hold. */
static void
test_too_many_paths(void)
{
    GString paths = {.str = (char *)"x", .len = (gsize)5 << 30, .allocated_len = (gsize)5 << 30};
    TorporPlaces places = {&paths, g_array_new(FALSE, FALSE, sizeof(guint64))};
    g_autoptr(GError) error = NULL;
    TorporFileWriter *writer = torpor_file_writer_new(path, TRUE, FALSE, &error);
    g_assert_false(torpor_file_writer_append_index(writer, &places, &error));
    g_assert_nonnull(error);
    torpor_file_writer_abort(writer);
    g_array_unref(places.places);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/writer/too-many-paths", test_too_many_paths);
    if (g_access("/dev/shm", W_OK) == 0)
        g_setenv("TMPDIR", "/dev/shm", FALSE);
    folder = g_dir_make_tmp("torpor-writer-XXXXXX", NULL);
    path = g_build_filename(folder, "x.msgpack", NULL);
    bytes = g_malloc(LENGTH);
    g_autoptr(GRand) rand = g_rand_new_with_seed(1);
    for (gsize i = 0; i < LENGTH; i++)
        bytes[i] = (guint8)g_rand_int(rand);
    folder_fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    g_autofree char *first = g_build_filename(folder, "first.msgpack", NULL);
    g_assert_true(write_file(&kinds[0], NULL) && g_rename(path, first) == 0);
    /* It begins with no msgpack, but has an index. */
    g_autoptr(TorporFile) file = torpor_file_open(first, NULL);
    earlier = torpor_earlier_new(folder_fd, file, NULL);
    for (gsize i = 0; i < G_N_ELEMENTS(kinds); i++) {
        g_autofree char *each = g_strconcat("/writer/each-call/", kinds[i].name, NULL);
        g_autofree char *limit = g_strconcat("/writer/size-limit/", kinds[i].name, NULL);
        g_test_add_data_func(each, &kinds[i], test_each);
        g_test_add_data_func(limit, &kinds[i], test_size_limit);
    }
    int status = g_test_run();
    torpor_earlier_free(earlier);
    close(folder_fd);
    scratch_remove(folder);
    g_free(bytes);
    g_free(path);
    g_free(folder);
    return status;
}
