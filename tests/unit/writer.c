#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include <xxhash.h>

#include "base/error.h"
#include "file/index.h"
#include "file/save_tree.h"
#include "file/temp_file.h"
#include "file/writer.h"
#include "msgpack/encode.h"

typedef struct {
    char *folder;
    char *path;
} Fixture;

static void
set_up(Fixture *fixture, G_GNUC_UNUSED gconstpointer data)
{
    fixture->folder = g_dir_make_tmp("torpor-writer-XXXXXX", NULL);
    fixture->path = g_build_filename(fixture->folder, "ckpt.msgpack", NULL);
}

/* A file system that keeps to the limit of a file's size even where its room is only reserved. */
static void
set_up_on_tmpfs(Fixture *fixture, gconstpointer data)
{
    g_autofree char *folder = g_strdup("/dev/shm/torpor-writer-XXXXXX");
    if (g_mkdtemp(folder) == NULL) {
        set_up(fixture, data);
        return;
    }
    fixture->path = g_build_filename(folder, "ckpt.msgpack", NULL);
    fixture->folder = g_steal_pointer(&folder);
}

static void
tear_down(Fixture *fixture, G_GNUC_UNUSED gconstpointer data)
{
    g_autoptr(GDir) names = g_dir_open(fixture->folder, 0, NULL);
    for (const char *name; (name = g_dir_read_name(names)) != NULL;) {
        g_autofree char *path = g_build_filename(fixture->folder, name, NULL);
        g_assert_cmpint(g_remove(path), ==, 0);
    }
    g_assert_cmpint(g_rmdir(fixture->folder), ==, 0);
    g_free(fixture->folder);
    g_free(fixture->path);
}

static guint
count_files(const char *folder)
{
    guint n = 0;
    g_autoptr(GDir) names = g_dir_open(folder, 0, NULL);
    while (g_dir_read_name(names) != NULL)
        n++;
    return n;
}

static GByteArray *
read_whole(const char *path)
{
    char *bytes;
    gsize length;
    g_assert_true(g_file_get_contents(path, &bytes, &length, NULL));
    return g_byte_array_new_take((guint8 *)bytes, length);
}

static const TorporEncodeOptions with_index = {.index = TRUE};

static void
put_data(TorporTree *tree, const char *key, const void *data, guint64 length)
{
    TorporNode *node =
        torpor_map_put_array(tree, torpor_tree_root(tree), key,
                             torpor_dtype_by_id(TORPOR_DTYPE_UINT8), 1, (guint64[]){length}, NULL);
    node->value.array->data = data;
}

static guint8 *
some_bytes(gsize length)
{
    guint8 *bytes = g_malloc(length);
    guint32 x = 12345;
    for (gsize i = 0; i < length; i++) {
        x = x * 1664525u + 1013904223u;
        bytes[i] = (guint8)(x >> 24);
    }
    return bytes;
}

static gboolean
save_text(const char *path, const char *text, gboolean overwrite, GError **error)
{
    g_autoptr(TorporTree) tree = torpor_tree_new();
    torpor_map_put_text(tree, torpor_tree_root(tree), "text", text);
    return torpor_file_save(path, tree, &with_index, overwrite, TRUE, error);
}

/* ---- bytes, ranges, index ---- */

static TorporIndex *
parse_index(const GByteArray *file)
{
    TorporTrailer trailer;
    g_autoptr(GError) error = NULL;
    g_assert_true(torpor_trailer_parse(file->data + file->len - TORPOR_TAIL_BYTES,
                                       TORPOR_TAIL_BYTES, file->len, "f", &trailer, &error));
    TorporIndex *index =
        torpor_index_parse(file->data + trailer.place, &trailer, file->len, "f", &error);
    g_assert_no_error(error);
    return index;
}

/* Accessors are called in the host's thread, whichever writes. */
static GThread *producer;

static gboolean
produce_bytes(gpointer produce_data, guint64 offset, gsize length, void *out,
              G_GNUC_UNUSED GError **error)
{
    g_assert_true(g_thread_self() == producer);
    memcpy(out, (const guint8 *)produce_data + offset, length);
    return TRUE;
}

/* Small leaves, large ones, and the same produced in odd rows. */
static TorporTree *
mixed_tree(const guint8 *bytes, gsize large_length, gboolean produced)
{
    TorporTree *tree = torpor_tree_new();
    TorporNode *root = torpor_tree_root(tree);
    torpor_map_put_text(tree, root, "host", "a");
    put_data(tree, "large", bytes, large_length);
    put_data(tree, "edge", bytes, TORPOR_LARGE_BYTES);
    put_data(tree, "below", bytes, TORPOR_LARGE_BYTES - 1);
    for (gsize i = 0; i < 100; i++) {
        g_autofree char *key = g_strdup_printf("small-%zu", i);
        put_data(tree, key, bytes + i, 60000);
    }
    for (TorporNode *node = root->value.map.first; produced && node != NULL; node = node->next) {
        if (node->kind != TORPOR_NODE_ARRAY)
            continue;
        TorporArray *array = node->value.array;
        array->produce = produce_bytes;
        array->produce_data = (gpointer)array->data;
        array->row_bytes = array->byte_length % 1000 == 0 ? 1000 : array->byte_length;
        array->data = NULL;
    }
    return tree;
}

static void
test_ranges(Fixture *fixture, G_GNUC_UNUSED gconstpointer data)
{
    const gsize large_length = 9 * TORPOR_BLOCK_BYTES / 4000 * 1000 + 3000;
    g_autofree guint8 *bytes = some_bytes(large_length);
    g_autoptr(GByteArray) in_memory = NULL;
    producer = g_thread_self();
    for (int produced = 0; produced < 2; produced++) {
        g_autoptr(TorporTree) tree = mixed_tree(bytes, large_length, produced);
        g_autoptr(GError) error = NULL;
        g_assert_true(torpor_file_save(fixture->path, tree, &with_index, TRUE, FALSE, &error));
        g_autoptr(GByteArray) file = read_whole(fixture->path);
        g_autoptr(TorporIndex) index = parse_index(file);

        /* The index says of each range what is there; parsing has checked that they partition. */
        gsize n_of_large = 0;
        for (gsize i = 0; i < index->n_ranges; i++) {
            const TorporRange *range = &index->ranges[i];
            g_assert_cmpuint(range->length, <=, TORPOR_BLOCK_BYTES);
            g_assert_cmpuint(XXH3_64bits(file->data + range->place, range->length), ==,
                             range->xxh3);
            if (range->length == TORPOR_LARGE_BYTES ||
                memcmp(file->data + range->place, bytes, MIN(range->length, 1000)) == 0)
                n_of_large++;
        }
        g_assert_cmpuint(n_of_large, ==, 2);
        g_assert_cmpuint(index->n_ranges, ==, 1 + 3 + 1 + 1 + 2);

        /* The encoder's bytes, however they came about. */
        TorporSink *sink = torpor_memory_sink_new();
        g_autoptr(TorporPlaces) places = torpor_places_new();
        g_assert_true(torpor_encode(tree, &with_index, sink, places, NULL));
        g_autoptr(GByteArray) expected = torpor_memory_sink_free(sink, TRUE);
        g_assert_cmpmem(file->data, index->place, expected->data, expected->len);
        if (in_memory == NULL)
            in_memory = g_byte_array_ref(file);
        else
            g_assert_cmpmem(file->data, file->len, in_memory->data, in_memory->len);
    }
    g_assert_cmpuint(count_files(fixture->folder), ==, 1);
}

static void
count_calls(gpointer data, guint64 done, guint64 total)
{
    g_assert_cmpuint(done, <=, total);
    (*(guint *)data)++;
}

/* Progress takes a payload apart, but leaves the same bytes and ranges. */
static void
test_progress(Fixture *fixture, G_GNUC_UNUSED gconstpointer data)
{
    const gsize length = 33 * TORPOR_BLOCK_BYTES + 5000;
    guint n_calls = 0;
    const TorporEncodeOptions with_progress = {
        .index = TRUE, .progress = count_calls, .progress_data = &n_calls};
    g_autofree guint8 *bytes = some_bytes(length);
    g_autoptr(TorporTree) tree = torpor_tree_new();
    put_data(tree, "large", bytes, length);
    put_data(tree, "small", bytes, 100);
    g_assert_true(torpor_file_save(fixture->path, tree, &with_index, TRUE, FALSE, NULL));
    g_autoptr(GByteArray) quiet = read_whole(fixture->path);
    g_assert_true(torpor_file_save(fixture->path, tree, &with_progress, TRUE, FALSE, NULL));
    g_autoptr(GByteArray) file = read_whole(fixture->path);
    g_assert_cmpmem(quiet->data, quiet->len, file->data, file->len);
    g_assert_cmpuint(n_calls, ==, 4); /* two stretches of 64 MiB, the rest, and the end */
}

static void
test_without_index(Fixture *fixture, G_GNUC_UNUSED gconstpointer data)
{
    g_autoptr(TorporTree) tree = torpor_tree_new();
    torpor_map_put_int(tree, torpor_tree_root(tree), "x", 1);
    g_assert_true(torpor_file_save(fixture->path, tree, NULL, TRUE, TRUE, NULL));
    g_autoptr(GByteArray) file = read_whole(fixture->path);
    g_assert_cmpmem(file->data, file->len, "\x81\xa1x\x01", 4);
}

/* ---- names ---- */

static void
test_mode_follows_umask(Fixture *fixture, G_GNUC_UNUSED gconstpointer data)
{
    mode_t before = umask(027);
    g_assert_true(save_text(fixture->path, "a", TRUE, NULL));
    (void)umask(before);
    struct stat status;
    g_assert_cmpint(stat(fixture->path, &status), ==, 0);
    g_assert_cmpuint(status.st_mode & 0777, ==, 0640);
}

static void
test_no_overwrite(Fixture *fixture, G_GNUC_UNUSED gconstpointer data)
{
    g_assert_true(save_text(fixture->path, "first", FALSE, NULL));
    g_autoptr(GByteArray) first = read_whole(fixture->path);
    g_autoptr(GError) error = NULL;
    g_assert_false(save_text(fixture->path, "second", FALSE, &error));
    g_assert_error(error, TORPOR_ERROR, TORPOR_STATUS_EXISTS);
    g_assert_nonnull(strstr(error->message, fixture->path));
    g_autoptr(GByteArray) still = read_whole(fixture->path);
    g_assert_cmpmem(still->data, still->len, first->data, first->len);
    g_assert_true(save_text(fixture->path, "third", TRUE, NULL));
    g_autoptr(GByteArray) third = read_whole(fixture->path);
    g_assert_false(third->len == first->len && memcmp(third->data, first->data, first->len) == 0);
    g_assert_cmpuint(count_files(fixture->folder), ==, 1);
}

/* The target appears between begin and commit. */
static void
test_no_overwrite_race(Fixture *fixture, G_GNUC_UNUSED gconstpointer data)
{
    TorporFileWriter *writer = torpor_file_writer_new(fixture->path, FALSE, TRUE, NULL);
    TorporSink *sink = torpor_file_writer_sink(writer);
    g_assert_true(sink->klass->append(sink, "\xc0", 1, NULL));
    g_assert_true(g_file_set_contents(fixture->path, "theirs", -1, NULL));
    g_autoptr(GError) error = NULL;
    g_assert_false(torpor_file_writer_commit(writer, &error));
    g_assert_error(error, TORPOR_ERROR, TORPOR_STATUS_EXISTS);
    g_autoptr(GByteArray) file = read_whole(fixture->path);
    g_assert_cmpmem(file->data, file->len, "theirs", 6);
    g_assert_cmpuint(count_files(fixture->folder), ==, 1);
}

static void
test_impossible_targets(Fixture *fixture, G_GNUC_UNUSED gconstpointer data)
{
    g_autofree char *missing = g_build_filename(fixture->folder, "none", "x.msgpack", NULL);
    g_autofree char *slash = g_strconcat(fixture->folder, "/", NULL);
    g_autofree char *long_name = g_strnfill(300, 'x');
    g_autofree char *too_long = g_build_filename(fixture->folder, long_name, NULL);
    g_assert_true(g_file_set_contents(fixture->path, "a file", -1, NULL));
    g_autofree char *in_file = g_build_filename(fixture->path, "x.msgpack", NULL);
    const struct {
        const char *path;
        gint status;
    } targets[] = {{missing, TORPOR_STATUS_NOT_FOUND},
                   {slash, TORPOR_STATUS_INVALID},
                   {fixture->folder, TORPOR_STATUS_INVALID},
                   {too_long, TORPOR_STATUS_IO},
                   {in_file, TORPOR_STATUS_IO},
                   {"", TORPOR_STATUS_INVALID}};
    for (gsize i = 0; i < G_N_ELEMENTS(targets); i++) {
        g_autoptr(GError) error = NULL;
        g_assert_false(save_text(targets[i].path, "a", TRUE, &error));
        g_assert_error(error, TORPOR_ERROR, targets[i].status);
    }
    g_assert_cmpuint(count_files(fixture->folder), ==, 1);
}

static gboolean
is_link(const char *path)
{
    struct stat status;
    return lstat(path, &status) == 0 && S_ISLNK(status.st_mode);
}

/* From one to the next; the last one leads to a file that is not there yet. */
static void
test_links_are_followed(Fixture *fixture, G_GNUC_UNUSED gconstpointer data)
{
    g_autofree char *other = g_build_filename(fixture->folder, "other", NULL);
    g_autofree char *to_link = g_build_filename(fixture->folder, "to-link", NULL);
    g_autofree char *link = g_build_filename(fixture->folder, "link", NULL);
    g_autofree char *file = g_build_filename(other, "file", NULL);
    g_assert_cmpint(g_mkdir(other, 0777), ==, 0);
    g_assert_cmpint(symlink("other/file", link), ==, 0);
    g_assert_cmpint(symlink(link, to_link), ==, 0);
    g_assert_true(save_text(to_link, "a", FALSE, NULL));
    g_assert_false(save_text(to_link, "b", FALSE, NULL));
    g_autoptr(GByteArray) before = read_whole(file);
    g_assert_true(save_text(to_link, "longer", TRUE, NULL));
    g_autoptr(GByteArray) after = read_whole(file);
    g_assert_cmpuint(after->len, >, before->len);
    g_assert_true(is_link(to_link) && is_link(link) && !is_link(file));
    g_assert_cmpuint(count_files(other), ==, 1);
    g_assert_cmpint(unlink(file), ==, 0);
    g_assert_cmpint(rmdir(other), ==, 0);
    g_autoptr(GError) error = NULL;
    g_assert_false(save_text(link, "a", TRUE, &error)); /* the folder is gone */
    g_assert_error(error, TORPOR_ERROR, TORPOR_STATUS_NOT_FOUND);
    g_assert_cmpint(unlink(link), ==, 0);
    g_assert_cmpint(symlink("to-link", link), ==, 0);
    g_clear_error(&error);
    g_assert_false(save_text(link, "a", TRUE, &error));
    g_assert_error(error, TORPOR_ERROR, TORPOR_STATUS_IO);
    g_assert_nonnull(strstr(error->message, "Too many levels"));
}

static void
test_no_regular_file(Fixture *fixture, G_GNUC_UNUSED gconstpointer data)
{
    g_autofree char *link = g_build_filename(fixture->folder, "link", NULL);
    g_autofree char *stream = g_build_filename(fixture->folder, "stdout", NULL);
    g_assert_cmpint(mkfifo(fixture->path, 0666), ==, 0);
    g_assert_cmpint(symlink(fixture->path, link), ==, 0);
    g_assert_cmpint(symlink("/dev/null", stream), ==, 0);
    const char *const paths[] = {fixture->path, link, stream};
    for (gsize i = 0; i < G_N_ELEMENTS(paths); i++) {
        g_autoptr(GError) error = NULL;
        g_assert_false(save_text(paths[i], "a", TRUE, &error));
        g_assert_error(error, TORPOR_ERROR, TORPOR_STATUS_INVALID);
        g_assert_nonnull(strstr(error->message, i < 2 ? "a named pipe" : "a device"));
    }
    struct stat status;
    g_assert_cmpint(lstat(fixture->path, &status), ==, 0);
    g_assert_true(S_ISFIFO(status.st_mode) && is_link(link) && is_link(stream));
    g_assert_cmpuint(count_files(fixture->folder), ==, 3);
}

static void
test_long_name(Fixture *fixture, G_GNUC_UNUSED gconstpointer data)
{
    g_autofree char *name = g_strnfill(255, 'x');
    g_autofree char *path = g_build_filename(fixture->folder, name, NULL);
    g_assert_true(save_text(path, "a", TRUE, NULL));
}

static void
test_folder_changes_meaning(Fixture *fixture, G_GNUC_UNUSED gconstpointer data)
{
    g_autofree char *before = g_get_current_dir();
    g_assert_cmpint(g_chdir(fixture->folder), ==, 0);
    TorporFileWriter *writer = torpor_file_writer_new("ckpt.msgpack", TRUE, TRUE, NULL);
    TorporSink *sink = torpor_file_writer_sink(writer);
    g_assert_true(sink->klass->append(sink, "\xc0", 1, NULL));
    g_assert_cmpint(g_chdir(before), ==, 0);
    g_assert_true(torpor_file_writer_commit(writer, NULL));
    g_assert_true(g_file_test(fixture->path, G_FILE_TEST_EXISTS));
}

/* ---- leftovers ---- */

static void
test_abort_removes_temp(Fixture *fixture, G_GNUC_UNUSED gconstpointer data)
{
    TorporFileWriter *writer = torpor_file_writer_new(fixture->path, TRUE, TRUE, NULL);
    g_assert_cmpuint(count_files(fixture->folder), ==, 1);
    torpor_file_writer_abort(writer);
    g_assert_cmpuint(count_files(fixture->folder), ==, 0);
    torpor_file_writer_abort(NULL);
}

static void
test_leftovers(Fixture *fixture, G_GNUC_UNUSED gconstpointer data)
{
    /* A writer that is killed. */
    pid_t child = fork();
    if (child == 0) {
        TorporFileWriter *dying = torpor_file_writer_new(fixture->path, TRUE, TRUE, NULL);
        TorporSink *sink = torpor_file_writer_sink(dying);
        (void)sink->klass->append(sink, "\xc0", 1, NULL);
        (void)raise(SIGKILL);
    }
    int status;
    g_assert_cmpint(waitpid(child, &status, 0), ==, child);
    g_assert_true(WIFSIGNALED(status));
    /* One that lives, and files that are not ours. */
    TorporFileWriter *alive = torpor_file_writer_new(fixture->path, TRUE, TRUE, NULL);
    static const char *const others[] = {".ckpt.tmp-12-0123",
                                         ".tmp",
                                         "ckpt.tmp-12-0123456789abcdef",
                                         ".ckpt.tmp-12-0123456789abcdeX",
                                         ".tmp-",
                                         ".a.tmp-x-0123456789abcdef"};
    for (gsize i = 0; i < G_N_ELEMENTS(others); i++) {
        g_autofree char *path = g_build_filename(fixture->folder, others[i], NULL);
        g_assert_true(g_file_set_contents(path, "", -1, NULL));
    }
    g_assert_cmpuint(count_files(fixture->folder), ==, G_N_ELEMENTS(others) + 2);
    g_assert_cmpuint(torpor_temp_file_remove_leftovers(fixture->folder), ==, 1);
    g_assert_cmpuint(torpor_temp_file_remove_leftovers(fixture->folder), ==, 0);
    g_assert_cmpuint(count_files(fixture->folder), ==, G_N_ELEMENTS(others) + 1);
    g_assert_true(torpor_file_writer_commit(alive, NULL));
    g_assert_cmpuint(torpor_temp_file_remove_leftovers("/nonexistent-folder"), ==, 0);
}

/* ---- faults ---- */

static void
assert_save_fails_cleanly(const char *path, guint8 *bytes, gsize length, gint status,
                          const char *const *words)
{
    g_assert_true(save_text(path, "good", TRUE, NULL));
    g_autoptr(GByteArray) good = read_whole(path);
    g_autofree char *folder = g_path_get_dirname(path);
    guint n_files = count_files(folder);

    g_autoptr(TorporTree) tree = torpor_tree_new();
    put_data(tree, "V_m", bytes, length);
    g_autoptr(GError) error = NULL;
    g_assert_false(torpor_file_save(path, tree, &with_index, TRUE, TRUE, &error));
    g_assert_error(error, TORPOR_ERROR, status);
    g_test_message("%s", error->message);
    for (; *words != NULL; words++)
        g_assert_nonnull(strstr(error->message, *words));

    g_autoptr(GByteArray) still = read_whole(path);
    g_assert_cmpmem(still->data, still->len, good->data, good->len);
    g_assert_cmpuint(count_files(folder), ==, n_files);
    g_assert_true(save_text(path, "after", TRUE, &error));
}

/* `ulimit -f`: an error, although the system would send a signal that ends the host. */
static void
test_size_limit(Fixture *fixture, G_GNUC_UNUSED gconstpointer data)
{
    g_autofree guint8 *bytes = some_bytes(10 << 20);
    struct rlimit before;
    g_assert_cmpint(getrlimit(RLIMIT_FSIZE, &before), ==, 0);
    struct rlimit small = {.rlim_cur = 5 << 20, .rlim_max = before.rlim_max};
    g_assert_cmpint(setrlimit(RLIMIT_FSIZE, &small), ==, 0);
    const char *const words[] = {"V_m", fixture->path, "File too large", NULL};
    assert_save_fails_cleanly(fixture->path, bytes, 10 << 20, TORPOR_STATUS_IO, words);
    g_assert_cmpint(setrlimit(RLIMIT_FSIZE, &before), ==, 0);
}

/* A file system of 2 MiB over the fixture's folder, seen by this process alone. */
static gboolean
mount_small(const Fixture *fixture)
{
    if (unshare(CLONE_NEWNS) != 0 && unshare(CLONE_NEWUSER | CLONE_NEWNS) != 0) {
        g_test_skip("a mount namespace of one's own is not allowed here");
        return FALSE;
    }
    if (mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0 ||
        mount("none", fixture->folder, "tmpfs", 0, "size=2m") != 0) {
        g_test_skip("mounting a small tmpfs is not allowed here");
        return FALSE;
    }
    return TRUE;
}

static void
test_full_disk(Fixture *fixture, G_GNUC_UNUSED gconstpointer data)
{
    g_autofree guint8 *bytes = some_bytes(10 << 20);
    if (!mount_small(fixture))
        return;
    const char *const words[] = {"at \"V_m\"",
                                 fixture->path,
                                 "needs at least 104857",
                                 " are free",
                                 "No space left on device",
                                 NULL};
    assert_save_fails_cleanly(fixture->path, bytes, 10 << 20, TORPOR_STATUS_NO_SPACE, words);
    g_assert_cmpint(umount(fixture->folder), ==, 0);
}

static void
test_read_only_folder(Fixture *fixture, G_GNUC_UNUSED gconstpointer data)
{
    if (!mount_small(fixture))
        return;
    g_assert_true(save_text(fixture->path, "good", TRUE, NULL));
    g_assert_cmpint(mount("none", fixture->folder, NULL, MS_REMOUNT | MS_RDONLY, NULL), ==, 0);
    g_autoptr(GError) error = NULL;
    g_assert_false(save_text(fixture->path, "new", TRUE, &error));
    g_assert_error(error, TORPOR_ERROR, TORPOR_STATUS_IO);
    g_assert_nonnull(strstr(error->message, fixture->path));
    g_autoptr(GByteArray) file = read_whole(fixture->path);
    g_assert_nonnull(memmem(file->data, file->len, "good", 4));
    g_assert_cmpint(umount(fixture->folder), ==, 0);
}

static void
test_failed_writer_does_not_commit(Fixture *fixture, G_GNUC_UNUSED gconstpointer data)
{
    g_autofree guint8 *bytes = some_bytes(2 * TORPOR_BLOCK_BYTES);
    g_assert_true(save_text(fixture->path, "good", TRUE, NULL));
    TorporFileWriter *writer = torpor_file_writer_new(fixture->path, TRUE, TRUE, NULL);
    TorporSink *sink = torpor_file_writer_sink(writer);
    struct rlimit before;
    g_assert_cmpint(getrlimit(RLIMIT_FSIZE, &before), ==, 0);
    struct rlimit none = {.rlim_cur = 0, .rlim_max = before.rlim_max};
    g_assert_cmpint(setrlimit(RLIMIT_FSIZE, &none), ==, 0);
    g_assert_false(sink->klass->append_payload(sink, bytes, 2 * TORPOR_BLOCK_BYTES, NULL));
    g_assert_cmpint(setrlimit(RLIMIT_FSIZE, &before), ==, 0);
    g_autoptr(GError) error = NULL;
    g_assert_false(torpor_file_writer_commit(writer, &error));
    g_assert_error(error, TORPOR_ERROR, TORPOR_STATUS_ORDER);
    g_autoptr(GByteArray) file = read_whole(fixture->path);
    g_assert_nonnull(memmem(file->data, file->len, "good", 4));
    g_assert_cmpuint(count_files(fixture->folder), ==, 1);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
#define ADD(path, function) g_test_add(path, Fixture, NULL, set_up, function, tear_down)
    ADD("/file-writer/ranges/partition-and-hash", test_ranges);
    ADD("/file-writer/progress", test_progress);
    ADD("/file-writer/without-index", test_without_index);
    ADD("/file-writer/mode-follows-umask", test_mode_follows_umask);
    ADD("/file-writer/no-overwrite/refused", test_no_overwrite);
    ADD("/file-writer/no-overwrite/target-appears", test_no_overwrite_race);
    ADD("/file-writer/targets/impossible", test_impossible_targets);
    ADD("/file-writer/targets/links", test_links_are_followed);
    ADD("/file-writer/targets/no-regular-file", test_no_regular_file);
    ADD("/file-writer/targets/long-name", test_long_name);
    ADD("/file-writer/targets/chdir-in-between", test_folder_changes_meaning);
    ADD("/file-writer/leftovers/abort-removes", test_abort_removes_temp);
    ADD("/file-writer/leftovers/of-dead-writers", test_leftovers);
    ADD("/file-writer/faults/size-limit", test_size_limit);
    g_test_add("/file-writer/faults/size-limit/tmpfs", Fixture, NULL, set_up_on_tmpfs,
               test_size_limit, tear_down);
    ADD("/file-writer/faults/failed-does-not-commit", test_failed_writer_does_not_commit);
    ADD("/file-writer/faults/full-disk", test_full_disk);
    ADD("/file-writer/faults/read-only-folder", test_read_only_folder);
    return g_test_run();
}
