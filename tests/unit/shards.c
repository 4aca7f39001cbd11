#include "checkpoint/shards.h"

#include <fcntl.h>
#include <string.h>

#include "checkpoint/join.h"
#include "file/save_tree.h"
#include "host/section_names.h"
#include "msgpack/decode.h"
#include "scratch.h"
#include "text_tree.h"

/* ---- what a manifest says ---- */

#define BASE                                                                                       \
    "format/name='torpor checkpoint;shards/stem='s;shards/byte_lengths=uint64(100 200);"           \
    "shards/index_lengths=uint64(10 20);shards/index_xxh3=uint64(1 2);shards/needs=uint64(7 9);"

/* What the section says is in memory. */
static void
hold_values(TorporTree *tree)
{
    const TorporNode *map = torpor_map_get(torpor_tree_root(tree), TORPOR_SECTION_SHARDS);
    gboolean is_map = map != NULL && map->kind == TORPOR_NODE_MAP;
    for (TorporNode *one = is_map ? map->value.map.first : NULL; one != NULL; one = one->next)
        if (one->kind == TORPOR_NODE_ARRAY && one->value.array->byte_length < 100)
            one->value.array->data = one->value.array->produce_data;
}

static TorporTree *
manifest_new(const char *changes)
{
    TorporTree *tree = text_tree_new(BASE);
    text_tree_change(tree, changes);
    hold_values(tree);
    return tree;
}

/* One that says nothing of shards, or not as a manifest does, is an ordinary file. */
static void
test_ordinary(void)
{
    static const char *const changes[] = {"shards!",      "format!",       "format=5",
                                          "format/name!", "format/name=5", "format/name='other",
                                          "format/name=?"};
    for (gsize i = 0; i < G_N_ELEMENTS(changes); i++) {
        g_autoptr(GError) error = NULL;
        g_autoptr(TorporTree) tree = manifest_new(changes[i]);
        g_test_message("%s", changes[i]);
        g_assert_false(torpor_shards_are_named_in(tree));
        g_assert_null(torpor_shards_read(tree, NULL, AT_FDCWD, "m.msgpack", &error));
        g_assert_no_error(error);
        g_assert_null(torpor_shards_needs(tree, NULL, NULL));
    }
    g_autoptr(TorporTree) tree = torpor_tree_new();
    torpor_tree_set_root(tree, torpor_node_new(tree, TORPOR_NODE_INT));
    g_assert_false(torpor_shards_are_named_in(tree));
}

static void
test_section(void)
{
    static const struct {
        const char *changes;
        guint n; /* ranks; 0: it is refused */
    } cases[] = {
        {NULL, 2},
        {"shards/ranks=uint64(2 3);shards/byte_lengths=uint64(16 24)", 5},
        {"shards/ranks=uint64(1048575 1);shards/byte_lengths=uint64(8388600 8)", 1048576},
        {"shards=5", 0},
        {"shards/stem!", 0},
        {"shards/stem=5", 0},
        {"shards/stem=?", 0},
        {"shards/stem='", 0},
        {"shards/stem='a/b", 0},
        {"shards/byte_lengths!", 0},
        {"shards/byte_lengths=5", 0},
        {"shards/byte_lengths=uint64()", 0},
        {"shards/byte_lengths=uint64(1)", 0},
        {"shards/byte_lengths=int64(1 2)", 0},
        {"shards/byte_lengths=uint64(2x1: 1 2)", 0},
        {"shards/byte_lengths=uint64(1000:)", 0},
        {"shards/byte_lengths=uint64(-1 -1)", 0},
        {"shards/index_lengths=uint64(1 2 3)", 0},
        {"shards/index_lengths!", 0},
        {"shards/index_xxh3=uint64(1 2 3)", 0},
        {"shards/index_xxh3!", 0},
        {"shards/ranks=5", 0},
        {"shards/ranks=uint64(2)", 0},
        {"shards/ranks=uint64(2 0)", 0},
        {"shards/ranks=uint64(1048576 1);shards/byte_lengths=uint64(8388608 8)", 0},
        {"shards/ranks=uint64(2 3);shards/byte_lengths=uint64(16 23)", 0},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(GError) error = NULL;
        g_autoptr(TorporTree) tree = manifest_new(cases[i].changes);
        g_autoptr(TorporShards) shards =
            torpor_shards_read(tree, NULL, AT_FDCWD, "m.msgpack", &error);
        g_test_message("%s", cases[i].changes);
        g_assert_cmpuint(shards == NULL ? 0 : shards->n, ==, cases[i].n);
        g_assert_true(shards != NULL || error->code == TORPOR_STATUS_DAMAGED);
    }
}

/* More than there may be, a name with NUL in it. */
static void
test_section_of_bytes(void)
{
    static guint64 many[((gsize)1 << 20) + 1];
    g_autoptr(GError) error = NULL;
    g_autoptr(TorporTree) tree = manifest_new(NULL);
    TorporNode *stem = torpor_tree_lookup(tree, "shards/stem", NULL);
    stem->value.bytes.length = 2; /* with its NUL */
    g_assert_null(torpor_shards_read(tree, NULL, AT_FDCWD, "m.msgpack", &error));
    g_assert_error(error, TORPOR_ERROR, TORPOR_STATUS_DAMAGED);
    g_clear_error(&error);
    g_autoptr(TorporTree) large = manifest_new("shards/byte_lengths=uint64(1048577:)");
    torpor_tree_lookup(large, "shards/byte_lengths", NULL)->value.array->data = many;
    g_assert_null(torpor_shards_read(large, NULL, AT_FDCWD, "m.msgpack", &error));
    g_assert_error(error, TORPOR_ERROR, TORPOR_STATUS_DAMAGED);
}

static void
test_needs(void)
{
    static const guint64 expected[] = {7, 9};
    g_autoptr(TorporTree) tree = manifest_new(NULL);
    g_autoptr(GArray) needs = torpor_shards_needs(tree, NULL, NULL);
    g_assert_cmpmem(needs->data, needs->len * sizeof(guint64), expected, sizeof expected);
    g_autoptr(TorporTree) again = manifest_new("shards/needs!");
    g_assert_null(torpor_shards_needs(again, NULL, NULL));
    torpor_shards_put_needs(again, needs);
    g_autoptr(GArray) put = torpor_shards_needs(again, NULL, NULL);
    g_assert_cmpmem(put->data, put->len * sizeof(guint64), expected, sizeof expected);
    g_autoptr(TorporTree) none = manifest_new("shards=5");
    g_assert_null(torpor_shards_needs(none, NULL, NULL));
}

/* They cannot be read, or there is no memory for them: that is no damage. */
static void
check_each_failure(const TorporFile *file)
{
    static const char *const kinds[] = {"pread", "try"};
    for (gsize i = 0; i < G_N_ELEMENTS(kinds); i++)
        for (gint n = 1, is_met = TRUE; is_met; n++) {
            g_autoptr(GError) error = NULL;
            g_autoptr(GError) of_needs = NULL;
            g_autoptr(TorporTree) tree = torpor_decode_file(file, NULL);
            g_autoptr(TorporTree) other = torpor_decode_file(file, NULL);
            fail_call(kinds[i], n, EIO, FALSE);
            g_autoptr(TorporShards) shards =
                torpor_shards_read(tree, file, AT_FDCWD, file->path, &error);
            is_met = fail_no_more();
            fail_call(kinds[i], n, EIO, FALSE);
            g_autoptr(GArray) needs = torpor_shards_needs(other, file, &of_needs);
            (void)fail_no_more();
            g_assert_true((shards == NULL) == (error != NULL));
            g_assert_true((needs == NULL) == (of_needs != NULL));
            g_assert_true(error == NULL || error->code != TORPOR_STATUS_DAMAGED);
        }
}

/* Numbers of so many shards stay in the file when it is decoded. */
static void
test_many(void)
{
    enum { N = 600 };
    g_autoptr(GError) error = NULL;
    g_autofree char *folder = g_dir_make_tmp("torpor-shards-XXXXXX", NULL);
    g_autofree char *path = g_build_filename(folder, "s.msgpack", NULL);
    TorporShardInfo infos[N];
    guint64 n_ranks[N];
    g_autoptr(GArray) steps = g_array_new(FALSE, FALSE, sizeof(guint64));
    for (guint64 i = 0; i < N; i++) {
        infos[i] = (TorporShardInfo){1000 + i, 100 + i, i * i};
        n_ranks[i] = 2;
        g_array_append_val(steps, i);
    }
    g_autoptr(TorporTree) tree = text_tree_new("format/name='torpor checkpoint");
    torpor_shards_put(tree, "s", infos, N, n_ranks);
    torpor_shards_put_needs(tree, steps);
    torpor_file_save(path, tree, NULL, FALSE, FALSE, &error);
    g_assert_no_error(error);
    g_autoptr(TorporFile) file = torpor_file_open(path, &error);
    g_autoptr(TorporTree) read = torpor_decode_file(file, &error);
    g_assert_no_error(error);
    g_autoptr(TorporShards) shards = torpor_shards_read(read, file, AT_FDCWD, path, &error);
    g_assert_no_error(error);
    g_assert_cmpuint(shards->n, ==, 2 * N);
    g_assert_cmpmem(shards->infos, N * sizeof *infos, infos, sizeof infos);
    g_autoptr(GArray) needs = torpor_shards_needs(read, file, &error);
    g_assert_no_error(error);
    g_assert_cmpmem(needs->data, needs->len * sizeof(guint64), steps->data, N * sizeof(guint64));
    check_each_failure(file);
    g_assert_true(scratch_remove(folder));
}

/* What one rank saves is an ordinary file. A manifest of one rank would make `count` objects of
 * what a file says, without keys that would have to be there. */
static void
test_one_rank(void)
{
    g_autoptr(TorporTree) tree = torpor_tree_new();
    g_autoptr(GError) error = NULL;
    const TorporShardInfo info = {.byte_length = 1000, .index_length = 100};
    TorporNode *root = torpor_tree_root(tree);
    TorporNode *format = torpor_map_put_map(tree, root, TORPOR_SECTION_FORMAT);
    torpor_map_put_text(tree, format, TORPOR_KEY_NAME, TORPOR_CHECKPOINT_NAME);
    torpor_shards_put(tree, "ckpt-0000000000000010", &info, 1, NULL);
    g_assert_null(
        torpor_shards_read(tree, NULL, AT_FDCWD, "ckpt-0000000000000010.msgpack", &error));
    g_assert_error(error, TORPOR_ERROR, TORPOR_STATUS_DAMAGED);
    g_assert_nonnull(strstr(error->message, "two ranks"));
}

/* ---- its files ---- */

/* Two files, of which the first has what ranks 0 and 1 had, and the other what rank 2 had. */
typedef struct {
    char *folder;
    char *manifest;
    TorporShardInfo infos[2];
} Files;

static void
save(Files *files, guint k, const char *text, gboolean has_index)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(TorporTree) tree = text_tree_new(text);
    g_autofree char *name = torpor_shard_name("s", k, 2);
    g_autofree char *path = g_build_filename(files->folder, name, NULL);
    const TorporEncodeOptions options = {.index = has_index};
    torpor_file_save(path, tree, &options, TRUE, FALSE, &error);
    g_assert_no_error(error);
    g_autoptr(TorporFile) file = torpor_file_open(path, &error);
    g_assert_cmpint(torpor_shard_info_read(file, &files->infos[k], NULL), ==, has_index);
    files->infos[k].byte_length = file->length;
}

static void
files_new(Files *files)
{
    files->folder = g_dir_make_tmp("torpor-shards-XXXXXX", NULL);
    files->manifest = g_build_filename(files->folder, "s.msgpack", NULL);
    save(files, 0, "rank-0/a=1;rank-1/a=2", TRUE);
    save(files, 1, "rank-2=5", TRUE);
}

static void
files_free(Files *files)
{
    scratch_remove(files->folder);
    g_free(files->folder);
    g_free(files->manifest);
}

static TorporShards *
open_shards(const Files *files, GError **error)
{
    static const guint64 ranks[] = {2, 1};
    g_autoptr(TorporTree) manifest = text_tree_new("format/name='torpor checkpoint");
    torpor_shards_put(manifest, "s", files->infos, 2, ranks);
    return torpor_shards_read(manifest, NULL, AT_FDCWD, files->manifest, error);
}

/* The number `a` of a rank; -1 with an error. */
static gint64
number_of(const Files *files, guint rank, GError **error)
{
    g_autoptr(TorporShards) shards = open_shards(files, error);
    TorporTree *tree = shards == NULL ? NULL : torpor_shards_tree(shards, rank, error);
    if (tree == NULL)
        return -1;
    g_assert_true(tree == torpor_shards_tree(shards, rank, NULL));
    if (rank == 0) /* in the same file */
        g_assert_nonnull(torpor_shards_tree(shards, 1, NULL));
    return torpor_map_get(torpor_tree_root(tree), "a")->value.integer;
}

static void
refuse(const Files *files, guint rank, const char *words)
{
    g_autoptr(GError) error = NULL;
    g_assert_cmpint(number_of(files, rank, &error), ==, -1);
    g_assert_error(error, TORPOR_ERROR, TORPOR_STATUS_DAMAGED);
    if (strstr(error->message, words) == NULL)
        g_error("expected \"%s\" in: %s", words, error->message);
}

static void
test_files(void)
{
    g_autoptr(GError) error = NULL;
    Files files;
    files_new(&files);
    g_assert_cmpint(number_of(&files, 0, &error), ==, 1);
    g_assert_cmpint(number_of(&files, 1, &error), ==, 2);
    g_assert_no_error(error);
    refuse(&files, 2, "rank-2: expected a map, found integer");
    save(&files, 1, "rank-9=5", TRUE);
    refuse(&files, 2, "rank-2: expected a map, found nothing");
    files.infos[0].index_xxh3++;
    refuse(&files, 0, "the file is not the one that the manifest was written for");
    files.infos[0].index_xxh3--;
    files.infos[0].index_length++;
    refuse(&files, 1, "the file is not the one");
    files.infos[0].index_length--;
    files.infos[0].byte_length++;
    refuse(&files, 1, "the file is not the one");
    save(&files, 0, "rank-0/a=1;rank-1/a=2", FALSE);
    refuse(&files, 0, "has no index");
    g_autofree char *path = g_build_filename(files.folder, "s.shard-0-of-2.msgpack", NULL);
    g_assert_cmpint(g_unlink(path), ==, 0);
    refuse(&files, 0, "s.shard-0-of-2.msgpack: cannot open");
    files_free(&files);
}

/* Each call fails once: the number is read all the same, or an error says why not. */
static void
test_each_call(void)
{
    static const char *const kinds[] = {"open", "pread", "stat", "try"};
    Files files;
    files_new(&files);
    for (gsize i = 0; i < G_N_ELEMENTS(kinds); i++)
        for (gint n = 1, is_met = TRUE; is_met; n++) {
            g_autoptr(GError) error = NULL;
            fail_call(kinds[i], n, EIO, FALSE);
            gint64 found = number_of(&files, 1, &error);
            is_met = fail_no_more();
            g_assert_cmpint(found, ==, error == NULL ? 2 : -1);
        }
    files_free(&files);
}

static gboolean
verify(const Files *files, GError **error)
{
    g_autoptr(TorporShards) shards = open_shards(files, error);
    return shards != NULL && torpor_shards_verify(shards, 0, 1, NULL, NULL, error);
}

/* Each bit of a shard counts, and each call may fail. */
static void
test_verify(void)
{
    static const char *const kinds[] = {"none", "open", "pread", "try"};
    Files files;
    files_new(&files);
    for (gsize i = 0; i < G_N_ELEMENTS(kinds); i++)
        for (gint n = 1, is_met = TRUE; is_met; n++) {
            g_autoptr(GError) error = NULL;
            fail_call(kinds[i], n, EIO, FALSE);
            gboolean is_intact = verify(&files, &error);
            is_met = fail_no_more();
            g_assert_true(is_intact == (error == NULL) && (is_intact || is_met));
        }
    g_autofree char *path = g_build_filename(files.folder, "s.shard-1-of-2.msgpack", NULL);
    for (glong place = 0; place < (glong)files.infos[1].byte_length; place++) {
        g_autoptr(GError) error = NULL;
        for (guint times = 0; times < 2; times++) {
            FILE *file = fopen(path, "r+");
            g_assert_cmpint(fseek(file, place, SEEK_SET), ==, 0);
            int byte = fgetc(file);
            g_assert_cmpint(fseek(file, place, SEEK_SET), ==, 0);
            g_assert_cmpint(fputc(byte ^ 1, file), ==, byte ^ 1);
            g_assert_cmpint(fclose(file), ==, 0);
            if (times == 0)
                g_assert_false(verify(&files, &error));
        }
        g_assert_error(error, TORPOR_ERROR, TORPOR_STATUS_DAMAGED);
    }
    g_assert_true(verify(&files, NULL));
    files_free(&files);
}

/* Each file is read when it is joined. */
static void
test_joined(void)
{
    static const char *const kinds[] = {"none", "open", "pread", "try"};
    Files files;
    files_new(&files);
    g_autoptr(TorporTree) heading = torpor_tree_new();
    save(&files, 1, "rank-2/a=3", TRUE);
    for (gsize i = 0; i < G_N_ELEMENTS(kinds); i++)
        for (gint n = 1, is_met = TRUE; is_met; n++) {
            g_autoptr(GError) error = NULL;
            fail_call(kinds[i], n, EIO, FALSE);
            g_autoptr(TorporShards) shards = open_shards(&files, &error);
            const TorporJoin join = {.shards = shards, .heading = torpor_tree_root(heading)};
            g_autoptr(TorporJoinedTree) joined = shards == NULL ? NULL : torpor_join(&join, &error);
            is_met = fail_no_more();
            g_assert_true((joined == NULL) == (error != NULL) && (joined != NULL || is_met));
        }
    files_free(&files);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/shards/ordinary", test_ordinary);
    g_test_add_func("/shards/section", test_section);
    g_test_add_func("/shards/section/bytes", test_section_of_bytes);
    g_test_add_func("/shards/needs", test_needs);
    g_test_add_func("/shards/many", test_many);
    g_test_add_func("/shards/manifest-of-one-rank/refused", test_one_rank);
    g_test_add_func("/shards/files", test_files);
    g_test_add_func("/shards/files/each-call", test_each_call);
    g_test_add_func("/shards/files/verified", test_verify);
    g_test_add_func("/shards/files/joined", test_joined);
    return g_test_run();
}
