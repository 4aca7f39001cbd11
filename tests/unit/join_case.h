/* Shards in memory that are joined, for people or for a host, or refused: what the tests of both
 * share. */
#ifndef TORPOR_TEST_JOIN_CASE_H
#define TORPOR_TEST_JOIN_CASE_H

#include "checkpoint/join.h"

#include "checkpoint/same_node.h"
#include "host/section_names.h"
#include "text_tree.h"

#define MOST 4u

/* What the host lists. */
typedef struct {
    guint rank, n_ranks;
    const char *cells; /* their keys: "4 1"; NULL: none are listed */
    const char *links;
    const char *slots; /* keys along the second dimension */
    guint n_rows;      /* of slots */
    gboolean lacks_keys;
    gboolean is_of_rank; /* cells and tree */
    const char *tree;
    const char *second_tree;
    const char *generator;
    gboolean has_no_path; /* a generator */
} Live;

typedef struct {
    const char *name;
    guint n; /* shards; 0: 2 */
    const char *all;
    const char *of[3];
    const char *heading;
    const Live *live;   /* NULL: everything is wanted */
    gboolean is_strict; /* of what differs, nothing is shown */
    gint status;        /* 0: it is joined */
    const char *words;
    const char *expected;
} Case;

/* ---- the host ---- */

typedef struct {
    const Live *live;
    guint32 cells[MOST], links[MOST], slots[MOST];
    double v[MOST], g[MOST * MOST];
    guint32 to[MOST];
    guint n_cells, n_links, n_slots;
} Host;

static guint
read_keys(const char *text, guint32 *out)
{
    g_auto(GStrv) words = g_strsplit(text == NULL ? "" : text, " ", -1);
    guint n = 0;
    for (char **word = words; *word != NULL && (*word)[0] != '\0'; word++)
        out[n++] = (guint32)g_ascii_strtoull(*word, NULL, 10);
    return n;
}

static gint32
gather_slots(void *data, G_GNUC_UNUSED const struct torpor_population *population,
             const struct torpor_field *field, G_GNUC_UNUSED guint64 first,
             G_GNUC_UNUSED guint64 count, void *column, struct torpor_error *error)
{
    const Host *host = data;
    if (fails("gather")) {
        g_strlcpy(error->message, "the host was asked to fail", sizeof error->message);
        return TORPOR_STATUS_HOST;
    }
    if (strcmp(field->name, "of") == 0)
        memcpy(column, host->slots, host->n_slots * sizeof *host->slots);
    return TORPOR_STATUS_OK;
}

static gint32
describe(void *data, const struct torpor_description *description,
         G_GNUC_UNUSED struct torpor_error *error)
{
    Host *host = data;
    const Live *live = host->live;
    const char *key = live->lacks_keys ? NULL : "id";
    const struct torpor_column cell_columns[] = {{host->cells, 0}, {host->v, 0}};
    const struct torpor_column link_columns[] = {{host->links, 0}, {host->to, 0}};
    const struct torpor_population cells = {TORPOR_POPULATION_INIT,
                                            .path = "cells",
                                            .type = "cell",
                                            .layout = TORPOR_LAYOUT_COLUMNS,
                                            .columns = cell_columns,
                                            .n_columns = 2,
                                            .count = host->n_cells,
                                            .key = live->is_of_rank ? NULL : key,
                                            .flags =
                                                live->is_of_rank ? TORPOR_POPULATION_OF_RANK : 0};
    const struct torpor_population links = {
        TORPOR_POPULATION_INIT,  .path = "links",
        .type = "link",          .layout = TORPOR_LAYOUT_COLUMNS,
        .columns = link_columns, .n_columns = 2,
        .count = host->n_links,  .key = key};
    const struct torpor_population slots = {
        TORPOR_POPULATION_INIT, .path = "slots", .type = "slot", .layout = TORPOR_LAYOUT_ACCESSORS,
        .count = live->n_rows,  .key = "of"};
    struct torpor_tree tree = {TORPOR_TREE_INIT, .path = live->tree,
                               .flags = live->is_of_rank ? TORPOR_TREE_OF_RANK : 0};
    const struct torpor_generator generator = {TORPOR_GENERATOR_INIT, .path = live->generator};
    if (live->links != NULL)
        description->add_population(description->data, &links);
    if (live->cells != NULL)
        description->add_population(description->data, &cells);
    if (live->slots != NULL)
        description->add_population(description->data, &slots);
    if (live->tree != NULL)
        description->add_tree(description->data, &tree);
    tree.path = live->second_tree;
    if (live->second_tree != NULL)
        description->add_tree(description->data, &tree);
    return live->generator == NULL && !live->has_no_path
               ? TORPOR_STATUS_OK
               : description->add_generator(description->data, &generator);
}

static TorporCatalogue *
declare(const Host *host)
{
    static const struct torpor_accessor accessor = {TORPOR_ACCESSOR_INIT, .gather = gather_slots};
    static const struct torpor_field cell_fields[] = {TORPOR_FIELD_COLUMN("id", (guint32 *)0, NULL),
                                                      TORPOR_FIELD_COLUMN("v", (double *)0, "mV")};
    static const struct torpor_field link_fields[] = {
        TORPOR_FIELD_COLUMN("id", (guint32 *)0, NULL),
        {TORPOR_FIELD_INIT, .kind = TORPOR_FIELD_REFERENCE, .name = "to",
         .dtype = TORPOR_DTYPE_UINT32, .target = "cells"}};
    const struct torpor_field slot_fields[] = {
        {TORPOR_FIELD_INIT, .kind = TORPOR_FIELD_VALUE, .name = "g", .dtype = TORPOR_DTYPE_FLOAT64,
         .rank = 1, .shape = {host->n_slots}, .flags = TORPOR_FIELD_CONSTANT,
         .accessor = &accessor},
        {TORPOR_FIELD_INIT, .kind = TORPOR_FIELD_VALUE, .name = "of", .dtype = TORPOR_DTYPE_UINT32,
         .rank = 1, .shape = {host->n_slots}, .flags = TORPOR_FIELD_CONSTANT,
         .accessor = &accessor}};
    const struct torpor_type cell = {TORPOR_TYPE_INIT, .name = "cell", .version = 1,
                                     .fields = cell_fields, .n_fields = 2};
    const struct torpor_type link = {TORPOR_TYPE_INIT, .name = "link", .version = 1,
                                     .fields = link_fields, .n_fields = 2};
    const struct torpor_type slot = {TORPOR_TYPE_INIT, .name = "slot", .version = 1,
                                     .fields = slot_fields, .n_fields = 2};
    g_autoptr(GError) error = NULL;
    TorporCatalogue *catalogue = torpor_catalogue_new();
    g_assert_true(torpor_catalogue_add_type(catalogue, &cell, &error));
    g_assert_true(torpor_catalogue_add_type(catalogue, &link, &error));
    if (host->n_slots > 0)
        torpor_catalogue_add_type(catalogue, &slot, &error);
    g_assert_no_error(error);
    return catalogue;
}

/* ---- one attempt ---- */

/* Read every array, at once and in pieces, which give the same. */
static gboolean
read_all(const TorporNode *node, GError **error)
{
    if (node->kind == TORPOR_NODE_QUANTITY)
        return read_all(node->value.quantity.mantissa, error);
    if (node->kind == TORPOR_NODE_ARRAY) {
        const TorporArray *array = node->value.array;
        gsize length = (gsize)MIN(array->byte_length, 4096);
        g_autofree guint8 *whole = g_malloc(length + 1), *pieces = g_malloc(length + 1);
        if (length == 0)
            return TRUE;
        if (array->produce != NULL && !array->produce(array->produce_data, 0, length, whole, error))
            return FALSE;
        for (gsize at = 0, n; array->produce != NULL && at < length; at += n) {
            n = MIN(7, length - at);
            if (!array->produce(array->produce_data, at, n, pieces + at, error))
                return FALSE;
        }
        g_assert_true(array->produce == NULL || memcmp(whole, pieces, length) == 0);
        return TRUE;
    }
    if (node->kind != TORPOR_NODE_MAP)
        return TRUE;
    for (const TorporNode *child = node->value.map.first; child != NULL; child = child->next)
        if (!read_all(child, error))
            return FALSE;
    return TRUE;
}

static void
check_expected(TorporTree *tree, const char *text)
{
    g_auto(GStrv) statements = g_strsplit(text == NULL ? "" : text, ";", -1);
    for (char **one = statements; *one != NULL && (*one)[0] != '\0'; one++) {
        g_autoptr(GError) error = NULL;
        gsize length = strcspn(*one, "=!");
        g_autofree char *path = g_strndup(*one, length);
        const TorporNode *found = torpor_tree_lookup(tree, path, NULL);
        if ((*one)[length] == '!') {
            if (found != NULL)
                g_error("%s is there", path);
            continue;
        }
        g_autofree char *statement = g_strdup_printf("x%s", *one + length);
        g_autoptr(TorporTree) expected = text_tree_new(statement);
        gboolean same = FALSE;
        if (found == NULL ||
            !torpor_node_same(NULL, torpor_map_get(torpor_tree_root(expected), "x"), found, &same,
                              &error) ||
            !same)
            g_error("expected %s", *one);
    }
}

static gboolean
attempt(const TorporJoin *join, const char *expected, GError **error)
{
    g_autoptr(TorporJoinedTree) joined = torpor_join(join, error);
    if (joined == NULL || !read_all(torpor_tree_root(joined->tree), error))
        return FALSE;
    check_expected(joined->tree, expected);
    return TRUE;
}

/* Each call fails once, or for ever: it is joined all the same, or an error says why not. */
static void
fail_each(const Case *one, const TorporJoin *join)
{
    static const char *const kinds[] = {"try", "produce", "gather"};
    for (gsize i = 0; i < G_N_ELEMENTS(kinds); i++)
        for (gint for_ever = 0; for_ever < 2; for_ever++)
            for (gint n = 1, is_met = TRUE; is_met; n++) {
                g_autoptr(GError) error = NULL;
                fail_call(kinds[i], n, ENOMEM, for_ever);
                gboolean done = attempt(join, NULL, &error);
                is_met = fail_no_more();
                if (done != (error == NULL))
                    g_error("%s: %s %d: no error", one->name, kinds[i], n);
            }
}

/* Two cells in each shard, the last one first, with the keys 0, 1, 2, ... */
static TorporTree *
shard_new(const Case *one, guint i)
{
    g_autofree char *text = g_strdup_printf(
        "layout/cells/type='cell;layout/cells/version=1;layout/cells/count=2;layout/cells/key='id;"
        "populations/cells/id=uint32(%u %u);populations/cells/v=float64(%u %u)mV",
        2 * i + 1, 2 * i, 20 * i + 10, 20 * i);
    TorporTree *tree = text_tree_new(text);
    text_tree_change(tree, one->all);
    text_tree_change(tree, one->of[i]);
    return tree;
}

static void
test_case(gconstpointer data)
{
    const Case *one = data;
    static const struct torpor_host table = {TORPOR_HOST_INIT, .name = "h", .version = "1",
                                             .describe = describe};
    guint n = one->n == 0 ? 2 : one->n;
    g_autoptr(GHashTable) trees =
        g_hash_table_new_full(NULL, NULL, NULL, (GDestroyNotify)torpor_tree_free);
    for (guint i = 0; i < n; i++)
        g_hash_table_insert(trees, GUINT_TO_POINTER(i), shard_new(one, i));
    g_autoptr(TorporTree) heading =
        text_tree_new("host/name='h;host/ranks=2;fingerprint='f;step=1");
    text_tree_change(heading, one->heading);
    TorporShards shards = {.n = n, .n_files = n, .trees = trees};
    g_autoptr(GError) error = NULL;
    Host host = {.live = one->live};
    const TorporHost called = {&table, &host};
    g_autoptr(TorporCatalogue) catalogue = NULL;
    g_autoptr(TorporDescription) description = NULL;
    g_autoptr(TorporPopulations) live = NULL;
    TorporJoin join = {
        .shards = &shards, .heading = torpor_tree_root(heading), .shows_each = !one->is_strict};
    if (one->live != NULL) {
        host.n_cells = read_keys(one->live->cells, host.cells);
        host.n_links = read_keys(one->live->links, host.links);
        host.n_slots = read_keys(one->live->slots, host.slots);
        catalogue = declare(&host);
        description = torpor_description_new(&called, &error);
        g_assert_no_error(error);
        live = torpor_populations_new(&called, catalogue, description, &error);
        g_assert_no_error(error);
        join.live = live;
        join.description = description;
        join.rank = one->live->rank;
        join.n_ranks = one->live->n_ranks;
    }
    gboolean done = attempt(&join, one->expected, &error);
    if (done != (one->status == 0) || (!done && error->code != one->status) ||
        (!done && strstr(error->message, one->words) == NULL))
        g_error("%s: expected status %d, \"%s\", found: %s", one->name, one->status,
                one->words == NULL ? "" : one->words, done ? "done" : error->message);
    fail_each(one, &join);
}

/* ---- what shards say ---- */

#define NO_KEY "layout/cells/key!"
#define NO_CELLS "layout/cells!;populations/cells!"
#define SLOTS "layout/slots/count=3;layout/slots/type='slot;layout/slots/key='of;"
#define SLOTS_0                                                                                    \
    SLOTS "populations/slots/g=float64(3x2: 1 0 11 10 21 20);populations/slots/of=uint32(1x2: 1 "  \
          "0)"
#define SLOTS_1                                                                                    \
    SLOTS "populations/slots/g=float64(3x2: 3 2 13 12 23 22);populations/slots/of=uint32(1x2: 3 "  \
          "2)"
#define LINKS                                                                                      \
    "layout/links/count=2;layout/links/type='link;layout/links/key='id;"                           \
    "layout/links/references/to='cells;"
#define LINKS_0 LINKS "populations/links/id=uint32(1 0);populations/links/to=uint32(1 0)"
#define LINKS_1 LINKS "populations/links/id=uint32(3 2);populations/links/to=uint32(0 4294967295)"
#define RAGGED_0                                                                                   \
    "populations/cells/r/values=float64(1 2 3)ms;populations/cells/r/counts=uint64(1 2)"
#define RAGGED_1 "populations/cells/r/values=float64(4 5)ms;populations/cells/r/counts=uint64(2 0)"
#define V "populations/cells/v="
#define ID "populations/cells/id="
#define MISMATCH .status = TORPOR_STATUS_MISMATCH
#define REFUSED .status = TORPOR_STATUS_UNSUPPORTED
#define DAMAGED .status = TORPOR_STATUS_DAMAGED
#define NO_MEMORY .status = TORPOR_STATUS_NO_MEMORY

static void
add_cases(const Case *cases, gsize n)
{
    for (gsize i = 0; i < n; i++) {
        g_autofree char *path = g_strconcat("/join/", cases[i].name, NULL);
        g_test_add_data_func(path, &cases[i], test_case);
    }
}

#endif
