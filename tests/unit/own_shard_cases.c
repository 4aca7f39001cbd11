/* checkpoint/own_shard.c: what a shard may say of its keys, and reads of them that fail.
 * own_shard.c has keys that differ. */
#include "checkpoint/own_shard.h"

#include <glib/gstdio.h>

#include "file/save_tree.h"
#include "msgpack/decode.h"
#include "text_tree.h"

#define MOST 4000u

/* How the host has its keys, 4, 5, 6, ...: in a column, behind an accessor, as one row for all. */
typedef enum { COLUMN, ACCESSOR, ROW, NO_KEY } Kind;

typedef struct {
    Kind kind;
    guint64 n;
    guint32 keys[MOST];
} Host;

static gint32
gather(void *data, G_GNUC_UNUSED const struct torpor_population *population,
       G_GNUC_UNUSED const struct torpor_field *field, guint64 first, guint64 count, void *column,
       struct torpor_error *error)
{
    const Host *host = data;
    if (fails("gather")) {
        g_strlcpy(error->message, "the host was asked to fail", sizeof error->message);
        return TORPOR_STATUS_HOST;
    }
    memcpy(column, host->keys + first, (host->kind == ROW ? 3 : count) * sizeof *host->keys);
    return TORPOR_STATUS_OK;
}

static gint32
describe(void *data, const struct torpor_description *description,
         G_GNUC_UNUSED struct torpor_error *error)
{
    Host *host = data;
    gboolean is_column = host->kind == COLUMN || host->kind == NO_KEY;
    const struct torpor_column column = {host->keys, 0};
    const struct torpor_population population = {TORPOR_POPULATION_INIT,
                                                 .path = "cells",
                                                 .type = "cell",
                                                 .count = host->n,
                                                 .key = host->kind == NO_KEY ? NULL : "key",
                                                 .layout = is_column ? TORPOR_LAYOUT_COLUMNS
                                                                     : TORPOR_LAYOUT_ACCESSORS,
                                                 .columns = is_column ? &column : NULL,
                                                 .n_columns = is_column ? 1 : 0};
    return description->add_population(description->data, &population);
}

typedef struct {
    TorporHost host;
    TorporCatalogue *catalogue;
    TorporDescription *description;
    TorporPopulations *populations;
} Live;

static void
live_new(Live *live, Host *host)
{
    static const struct torpor_host table = {TORPOR_HOST_INIT, .name = "h", .version = "1",
                                             .describe = describe};
    static const struct torpor_accessor accessor = {TORPOR_ACCESSOR_INIT, .gather = gather};
    gboolean is_column = host->kind == COLUMN || host->kind == NO_KEY;
    const struct torpor_field field = {TORPOR_FIELD_INIT,
                                       .kind = TORPOR_FIELD_VALUE,
                                       .name = "key",
                                       .dtype = TORPOR_DTYPE_UINT32,
                                       .rank = host->kind == ROW ? 1 : 0,
                                       .shape = {host->kind == ROW ? 3 : 0},
                                       .flags = is_column ? 0 : TORPOR_FIELD_CONSTANT,
                                       .accessor = is_column ? NULL : &accessor};
    const struct torpor_type type = {TORPOR_TYPE_INIT, .name = "cell", .version = 1,
                                     .fields = &field, .n_fields = 1};
    g_autoptr(GError) error = NULL;
    for (guint i = 0; i < MOST; i++)
        host->keys[i] = i + 4;
    live->host = (TorporHost){&table, host};
    live->catalogue = torpor_catalogue_new();
    torpor_catalogue_add_type(live->catalogue, &type, &error);
    g_assert_no_error(error);
    live->description = torpor_description_new(&live->host, &error);
    g_assert_no_error(error);
    live->populations =
        torpor_populations_new(&live->host, live->catalogue, live->description, &error);
    g_assert_no_error(error);
}

static void
live_free(Live *live)
{
    torpor_populations_free(live->populations);
    torpor_description_free(live->description);
    torpor_catalogue_free(live->catalogue);
}

/* As it is, and with each call that fails once. */
static void
check(const TorporFile *file, TorporTree *tree, const Live *live, gboolean expected)
{
    static const char *const kinds[] = {"none", "try", "produce", "gather", "pread"};
    for (gsize i = 0; i < G_N_ELEMENTS(kinds); i++)
        for (gint n = 1, is_met = TRUE; is_met; n++) {
            g_autoptr(GError) error = NULL;
            gboolean is_own = FALSE;
            fail_call(kinds[i], n, EIO, FALSE);
            gboolean done = torpor_own_shard_check(file, tree, live->populations, &is_own, &error);
            is_met = fail_no_more();
            g_assert_true(done == (error == NULL) && (done || is_met));
            g_assert_true(!done || is_own == expected);
        }
}

#define BASE                                                                                       \
    "layout/cells/key='key;populations/cells/key=uint32(4 5 6);populations/cells/zz=float64(1 2 "  \
    "3);"
#define KEY "populations/cells/key="

static void
test_says(void)
{
    static const struct {
        const char *changes;
        Kind kind;
        gboolean is_empty; /* the host lists no objects */
        gboolean is_own;
    } cases[] = {
        {NULL, COLUMN, .is_own = TRUE},
        {NULL, ACCESSOR, .is_own = TRUE},
        {"layout!", COLUMN, .is_own = FALSE},
        {"layout=5", COLUMN, .is_own = FALSE},
        {"populations!", COLUMN, .is_own = FALSE},
        {"layout/other={}", COLUMN, .is_own = FALSE},
        {"layout/cells!;layout/other={}", COLUMN, .is_own = FALSE},
        {"populations/cells!", COLUMN, .is_own = FALSE},
        {"layout/cells/key!", COLUMN, .is_own = FALSE},
        {"layout/cells/key=5", COLUMN, .is_own = FALSE},
        {"layout/cells/key=?", COLUMN, .is_own = FALSE},
        {"layout/cells/key='yy", COLUMN, .is_own = FALSE},
        {"layout/cells/key='zz", COLUMN, .is_own = FALSE},
        {KEY "5", COLUMN, .is_own = FALSE},
        {KEY "int32(4 5 6)", COLUMN, .is_own = FALSE},
        {KEY "uint32(3x1: 4 5 6)", COLUMN, .is_own = FALSE},
        {KEY "uint32(4 5)", COLUMN, .is_own = FALSE},
        {KEY "uint32(4 5 7)", COLUMN, .is_own = FALSE},
        {KEY "uint32(4 5 7)", ACCESSOR, .is_own = FALSE},
        {"layout/cells/key!", NO_KEY, .is_own = TRUE},
        {NULL, NO_KEY, .is_own = FALSE},
        {KEY "uint32(1x3: 4 5 6)", ROW, .is_own = TRUE},
        {KEY "uint32(1x3: 4 5 7)", ROW, .is_own = FALSE},
        {KEY "uint32(2x3: 4 5 6 4 5 6)", ROW, .is_own = FALSE},
        {KEY "uint32(1x2: 4 5)", ROW, .is_own = FALSE},
        {KEY "uint32(1x3: 4 5 6)", ROW, .is_empty = TRUE},
        {NULL, ROW, .is_own = FALSE},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        Live live;
        g_autofree Host *host = g_new0(Host, 1);
        host->kind = cases[i].kind;
        host->n = cases[i].is_empty ? 0 : 3;
        g_autoptr(TorporTree) tree = text_tree_new(BASE);
        text_tree_change(tree, cases[i].changes);
        g_test_message("%s", cases[i].changes);
        live_new(&live, host);
        check(NULL, tree, &live, cases[i].is_own);
        live_free(&live);
    }
}

/* In a file: in one piece or in chunks, with hashes of them or without, small enough to be read
 * with the tree. */
static void
test_file(void)
{
    static const struct {
        guint64 n;
        guint64 chunk_bytes;
        gboolean index;
    } cases[] = {{3000, 0, TRUE}, {3000, 0, FALSE}, {3000, 4096, TRUE}, {10, 0, TRUE}};
    g_autofree char *folder = g_dir_make_tmp("torpor-own-shard-XXXXXX", NULL);
    g_autofree char *path = g_build_filename(folder, "x.msgpack", NULL);
    for (gsize i = 0; i < G_N_ELEMENTS(cases) * 2; i++) {
        Live live;
        g_autoptr(GError) error = NULL;
        g_autofree Host *host = g_new0(Host, 1);
        gboolean is_other = i % 2 == 1;
        host->n = cases[i / 2].n;
        live_new(&live, host);
        g_autoptr(TorporTree) tree = text_tree_new("layout/cells/key='key;populations/cells={}");
        torpor_map_put_array(tree, torpor_tree_lookup(tree, "populations/cells", NULL), "key",
                             torpor_dtype_by_id(TORPOR_DTYPE_UINT32), 1, &host->n, NULL)
            ->value.array->data = host->keys;
        const TorporEncodeOptions options = {.index = cases[i / 2].index,
                                             .chunk_bytes = cases[i / 2].chunk_bytes};
        torpor_file_save(path, tree, &options, TRUE, FALSE, &error);
        g_assert_no_error(error);
        host->keys[i / 2 == 2 ? 0 : host->n - 1] += is_other;
        g_autoptr(TorporFile) file = torpor_file_open(path, &error);
        g_autoptr(TorporTree) saved = torpor_decode_file(file, &error);
        g_assert_no_error(error);
        check(file, saved, &live, !is_other);
        live_free(&live);
    }
    g_remove(path);
    g_rmdir(folder);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/own-shard/says", test_says);
    g_test_add_func("/own-shard/file", test_file);
    return g_test_run();
}
