/* base/file_parts.c: parts that refer to other files. */
#include <dirent.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <xxhash.h>

#include "base/file.h"

#define N_PARTS 50u
#define N_NAMES 9u /* that each part refers to */
#define BYTES 100u /* in each of these files */

static char *folder;

static void
write_file(const char *name, const void *bytes, gsize length)
{
    g_autofree char *path = g_build_filename(folder, name, NULL);
    g_assert_true(g_file_set_contents(path, bytes, (gssize)length, NULL));
}

/* Files with a letter each, and one that is all of them. */
static void
write_files(void)
{
    g_autoptr(TorporBlockTable) table = torpor_block_table_new();
    g_autoptr(GByteArray) packed = g_byte_array_new();
    for (guint i = 0; i < N_NAMES; i++) {
        char bytes[BYTES];
        memset(bytes, 'a' + (int)i, sizeof bytes);
        char *name = g_strdup_printf("earlier-%u", i);
        write_file(name, bytes, sizeof bytes);
        guint64 xxh3 = XXH3_64bits(bytes, sizeof bytes);
        const TorporBlock block = {.length = BYTES,
                                   .xxh3 = xxh3,
                                   .file = i + 1,
                                   .stored_length = BYTES,
                                   .stored_xxh3 = xxh3};
        g_ptr_array_add(table->names, name);
        g_array_append_val(table->blocks, block);
    }
    g_byte_array_append(packed, (const guint8 *)TORPOR_PACKED_HEAD, TORPOR_PACKED_HEAD_BYTES);
    g_autoptr(GByteArray) tail = torpor_block_table_encode(table, packed->len);
    g_byte_array_append(packed, tail->data, tail->len);
    write_file("packed", packed->data, packed->len);
}

static TorporFile *
open_packed(gpointer data, G_GNUC_UNUSED guint part, GError **error)
{
    ++*(guint *)data;
    g_autofree char *path = g_build_filename(folder, "packed", NULL);
    return torpor_file_open(path, error);
}

static guint
count_descriptors(void)
{
    DIR *names = opendir("/proc/self/fd");
    guint n = 0;
    while (readdir(names) != NULL)
        n++;
    closedir(names);
    return n;
}

/* The files that a part refers to count, too. */
static void
test_descriptors(void)
{
    guint64 lengths[N_PARTS];
    g_autoptr(GError) error = NULL;
    guint n_opened = 0;
    for (guint i = 0; i < N_PARTS; i++)
        lengths[i] = N_NAMES * BYTES;
    guint before = count_descriptors();
    g_autoptr(TorporFile) file =
        torpor_file_join("joined", N_PARTS, lengths, open_packed, &n_opened, &error);
    g_assert_no_error(error);
    for (guint i = 0; i < N_PARTS; i++) {
        char bytes[2];
        g_assert_true(torpor_file_read(file, (i * N_NAMES + i % N_NAMES) * BYTES + BYTES - 1, bytes,
                                       i % N_NAMES == N_NAMES - 1 ? 1 : 2, &error));
        g_assert_no_error(error);
        g_assert_cmpint(bytes[0], ==, 'a' + (int)(i % N_NAMES));
        g_assert_cmpuint(count_descriptors(), <=, before + 64);
    }
    g_assert_cmpuint(count_descriptors(), >, before + N_NAMES + 1); /* more than one stays open */
    g_assert_cmpuint(n_opened, ==, N_PARTS);
    char last;
    g_assert_true(torpor_file_read(file, file->length - 1, &last, 1, &error));
    g_assert_cmpuint(n_opened, ==, N_PARTS);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    folder = g_mkdtemp(g_build_filename(g_get_tmp_dir(), "torpor-parts-XXXXXX", NULL));
    write_files();
    g_test_add_func("/file-parts/descriptors", test_descriptors);
    int status = g_test_run();
    for (guint i = 0; i <= N_NAMES; i++) {
        g_autofree char *name =
            i == N_NAMES ? g_strdup("packed") : g_strdup_printf("earlier-%u", i);
        g_autofree char *path = g_build_filename(folder, name, NULL);
        (void)g_remove(path);
    }
    (void)g_rmdir(folder);
    g_free(folder);
    return status;
}
