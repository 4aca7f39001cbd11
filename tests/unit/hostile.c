/* Files that are sound by every checksum, and wrong in what they say: each node of a checkpoint
 * becomes each other thing, the file is encoded again with its index, and restored. */
#include <math.h>

#include "failing.h"
#include "file/save_tree.h"
#include "msgpack/decode.h"

#include "round.h"

typedef struct {
    Round round;
    char *bytes;
    gsize length;
    TorporTree *tree; /* of bytes */
} Hostile;

static void
hostile_set_up(Hostile *hostile, gconstpointer data)
{
    g_autoptr(GError) error = NULL;
    set_up(&hostile->round, data);
    model_advance(hostile->round.model, 4, NULL);
    round_save_fine(&hostile->round);
    g_file_get_contents(hostile->round.path, &hostile->bytes, &hostile->length, &error);
    g_assert_no_error(error);
    hostile->tree = torpor_decode_memory(hostile->bytes, hostile->length, "hostile", &error);
    g_assert_no_error(error);
    fflush(hostile->round.model->spikes);
}

static void
hostile_tear_down(Hostile *hostile, gconstpointer data)
{
    torpor_tree_free(hostile->tree);
    g_free(hostile->bytes);
    tear_down(&hostile->round, data);
}

static gboolean
save(Hostile *hostile, GError **error)
{
    const TorporEncodeOptions options = {.index = TRUE, .unchecked = TRUE};
    return torpor_file_save(hostile->round.path, hostile->tree, &options, TRUE, FALSE, error);
}

static TorporNode *
find(const Hostile *hostile, const char *path)
{
    g_autoptr(GError) error = NULL;
    TorporNode *node = torpor_tree_lookup(hostile->tree, path, &error);
    g_assert_no_error(error);
    return node;
}

/* ---- named cases ---- */

/* Give an array other values. `shape0` rows of what one row was. */
static void
set_array(Hostile *hostile, const char *path, guint64 shape0, const void *values, gsize bytes)
{
    TorporNode *node = find(hostile, path);
    if (node->kind == TORPOR_NODE_QUANTITY)
        node = node->value.quantity.mantissa;
    const TorporArray *old = node->value.array;
    TorporArray *array = torpor_tree_alloc(hostile->tree, sizeof *array);
    guint64 *shape = torpor_tree_alloc(hostile->tree, sizeof *shape * MAX(old->rank, 1));
    char *data = torpor_tree_alloc(hostile->tree, MAX(bytes, 1));
    memcpy(shape, old->shape, sizeof *shape * old->rank);
    shape[0] = shape0;
    memcpy(data, values, bytes);
    *array = (TorporArray){.dtype = old->dtype,
                           .dtype_name = old->dtype_name,
                           .rank = old->rank,
                           .shape = shape,
                           .byte_length = bytes,
                           .data = data};
    node->value.array = array;
}

static void
refuse(Hostile *hostile, gint status, const char *words)
{
    g_autoptr(GError) error = NULL;
    save(hostile, &error);
    g_assert_no_error(error);
    round_refuse(&hostile->round, TORPOR_MISMATCH_ERROR, status, words);
}

/* Refused whatever the policy: no live value could be kept instead. */
static void
refuse_always(Hostile *hostile, gint status, const char *words)
{
    refuse(hostile, status, words);
    round_refuse(&hostile->round, TORPOR_MISMATCH_WARN, status, words);
    round_refuse(&hostile->round, TORPOR_MISMATCH_IGNORE, status, words);
}

static void
test_counts_disagree(Hostile *hostile, G_GNUC_UNUSED gconstpointer data)
{
    guint64 counts[N_NEURONS] = {1};
    const char *path = "populations/trains/times/counts";
    set_array(hostile, path, N_NEURONS, counts, sizeof counts);
    refuse_always(hostile, TORPOR_STATUS_DAMAGED,
                  "populations/trains/times: counts add up to 1, but there are");
    counts[0] = counts[299] = G_GUINT64_CONSTANT(1) << 63;
    set_array(hostile, path, N_NEURONS, counts, sizeof counts);
    refuse_always(hostile, TORPOR_STATUS_DAMAGED, " and more, but there are");
    counts[0] = G_GUINT64_CONSTANT(1) << 60;
    set_array(hostile, path, 1, counts, sizeof *counts);
    refuse_always(hostile, TORPOR_STATUS_DAMAGED, " and more, but there are");
    set_array(hostile, path, N_NEURONS - 1, counts, (N_NEURONS - 1) * sizeof *counts);
    refuse(hostile, TORPOR_STATUS_MISMATCH, "expected counts as an array of uint64, one per");
    set_array(hostile, path, 0, counts, 0);
    refuse(hostile, TORPOR_STATUS_MISMATCH, "expected counts as an array of uint64, one per");
}

static void
test_references_out_of_range(Hostile *hostile, G_GNUC_UNUSED gconstpointer data)
{
    guint64 indices[N_SYNAPSES] = {0};
    indices[7] = N_NEURONS;
    set_array(hostile, "populations/neurons/nearest", N_NEURONS, indices,
              N_NEURONS * sizeof *indices);
    refuse_always(hostile, TORPOR_STATUS_MISMATCH,
                  "populations/neurons/nearest: object 7 refers to object 300 of population "
                  "\"neurons\", which has 300");
    indices[7] = 0;
    set_array(hostile, "populations/neurons/nearest", N_NEURONS, indices,
              N_NEURONS * sizeof *indices);
    indices[N_SYNAPSES - 1] = TORPOR_NO_OBJECT - 1;
    set_array(hostile, "populations/synapses/static/target", N_SYNAPSES, indices, sizeof indices);
    refuse_always(hostile, TORPOR_STATUS_MISMATCH,
                  "populations/synapses/static/target: object 499 refers to object "
                  "18446744073709551614");
}

static void
test_bools(Hostile *hostile, G_GNUC_UNUSED gconstpointer data)
{
    guint8 bools[N_NEURONS] = {0};
    bools[299] = 2;
    set_array(hostile, "populations/neurons/is_refractory", N_NEURONS, bools, sizeof bools);
    refuse_always(hostile, TORPOR_STATUS_DAMAGED,
                  "in \"populations/neurons/is_refractory\": element 299 of a bool array is 2");
}

static void
test_shapes(Hostile *hostile, G_GNUC_UNUSED gconstpointer data)
{
    static const double zeros[2 * N_NEURONS];
    set_array(hostile, "populations/neurons/V_m", N_NEURONS - 1, zeros, (N_NEURONS - 1) * 8);
    refuse(hostile, TORPOR_STATUS_MISMATCH,
           "populations/neurons/V_m: expected float64 [300], found float64 [299]");
    set_array(hostile, "populations/neurons/V_m", 0, zeros, 0);
    refuse(hostile, TORPOR_STATUS_MISMATCH, "expected float64 [300], found float64 [0]");
    TorporArray *array =
        find(hostile, "populations/neurons/V_m")->value.quantity.mantissa->value.array;
    static const guint64 shapes[][3] = {{1, 1, 0}, {N_NEURONS, 1, 0}, {1, N_NEURONS, 0}};
    static const char *const words[] = {"[1, 1]", "[300, 1]", "[1, 300]"};
    for (gsize i = 0; i < G_N_ELEMENTS(shapes); i++) {
        array->rank = 2;
        array->shape = shapes[i];
        array->byte_length = shapes[i][0] * shapes[i][1] * 8;
        array->data = zeros;
        refuse(hostile, TORPOR_STATUS_MISMATCH, words[i]);
    }
    array->rank = 0;
    array->byte_length = 8;
    refuse(hostile, TORPOR_STATUS_MISMATCH, "expected float64 [300], found float64 []");
}

/* A key that only begins like one that is looked up, in any section. */
static void
test_nul_in_key(Hostile *hostile, G_GNUC_UNUSED gconstpointer data)
{
    static const char *const maps[] = {"layout", "populations/neurons", "provenance"};
    for (gsize i = 0; i < G_N_ELEMENTS(maps); i++) {
        TorporNode *map = find(hostile, maps[i]);
        TorporNode *added = torpor_node_new(hostile->tree, TORPOR_NODE_MAP);
        torpor_map_append(hostile->tree, map, "neurons\0x", 9, added);
        refuse_always(hostile, TORPOR_STATUS_DAMAGED,
                      "expected a key without NUL, found \"neurons\" with more after it");
        torpor_map_remove(map, added);
    }
}

/* The same of texts, short and long. */
static void
test_nul_in_text(Hostile *hostile, G_GNUC_UNUSED gconstpointer data)
{
    static const char *const texts[] = {"layout/neurons/type", "generators/thread/1/algorithm",
                                        "host/name", "fingerprint"};
    for (gsize i = 0; i < G_N_ELEMENTS(texts); i++) {
        TorporNode *node = find(hostile, texts[i]);
        const TorporNode was = *node;
        g_autoptr(GString) text = g_string_new(was.value.bytes.data);
        g_string_append_len(text, "\0x", 2);
        node->value.bytes.data = text->str;
        node->value.bytes.length = text->len;
        refuse_always(hostile, TORPOR_STATUS_DAMAGED, "expected a text without NUL, found \"");
        g_autofree char *more = g_strnfill(5000, 'x');
        g_string_append(text, more);
        node->value.bytes.data = text->str;
        node->value.bytes.length = text->len;
        refuse_always(hostile, TORPOR_STATUS_DAMAGED, "expected a text without NUL");
        *node = was;
    }
}

/* One row stands for all, but not for none. */
static void
test_rows_of_none(Hostile *hostile, G_GNUC_UNUSED gconstpointer data)
{
    static const guint64 one = 1;
    g_autoptr(GError) error = NULL;
    Round *round = &hostile->round;
    for (guint i = 3; i < round->model->n_populations; i++)
        round->model->populations[i].count = 0;
    round_save_fine(round);
    g_autofree char *bytes = NULL;
    gsize length;
    g_assert_true(g_file_get_contents(round->path, &bytes, &length, NULL));
    torpor_tree_free(hostile->tree);
    hostile->tree = torpor_decode_memory(bytes, length, "hostile", &error);
    g_assert_no_error(error);
    g_free(hostile->bytes);
    hostile->bytes = g_steal_pointer(&bytes);
    guint n_refused = 0;
    for (guint i = 3; i < round->model->n_populations; i++) {
        g_autofree char *path =
            g_strdup_printf("populations/%s", round->model->populations[i].path);
        TorporNode *map = torpor_tree_lookup(hostile->tree, path, NULL);
        TorporNode *column = map == NULL ? NULL : map->value.map.first;
        for (; column != NULL; column = column->next) {
            TorporNode *node =
                column->kind == TORPOR_NODE_MAP ? torpor_map_get(column, "counts") : column;
            const TorporNode *numbers = node != NULL && node->kind == TORPOR_NODE_QUANTITY
                                            ? node->value.quantity.mantissa
                                            : node;
            if (numbers == NULL || numbers->kind != TORPOR_NODE_ARRAY ||
                numbers->value.array->rank != 1 || numbers->value.array->dtype->size != 8)
                continue;
            TorporArray *array = numbers->value.array;
            g_autofree char *place = g_strdup_printf(
                "%s/%s%s", path, column->key, column->kind == TORPOR_NODE_MAP ? "/counts" : "");
            set_array(hostile, place, 1, &one, 8);
            refuse(hostile, TORPOR_STATUS_MISMATCH, "expected");
            ((TorporNode *)numbers)->value.array = array;
            n_refused++;
        }
    }
    g_assert_cmpuint(n_refused, >, 0);
}

/* Texts that are too long to be read with the tree, and cannot be read later either. */
static void
test_long_texts(Hostile *hostile, G_GNUC_UNUSED gconstpointer data)
{
    static const struct {
        const char *path, *words;
    } cases[] = {
        {"layout/neurons/type", "populations/neurons: expected 300 objects of type"},
        {"generators/thread/1/algorithm", "generators/thread/1: expected algorithm lcg, found xx"},
        {"layout/neurons/references/nearest", "expected references into population"},
    };
    g_autofree char *text = g_strnfill(5000, 'x');
    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        TorporNode *node = find(hostile, cases[i].path);
        const TorporNode was = *node;
        node->value.bytes.data = text;
        node->value.bytes.length = 5000;
        refuse(hostile, TORPOR_STATUS_MISMATCH, cases[i].words);
        for (gint n = 1, is_met = TRUE; is_met; n++) {
            g_autoptr(GError) error = NULL;
            fail_call("pread", n, EIO, FALSE);
            g_assert_false(round_restore(&hostile->round, 1, TORPOR_MISMATCH_ERROR, &error));
            is_met = fail_no_more();
            g_assert_true(is_met || error->code == TORPOR_STATUS_MISMATCH);
        }
        *node = was;
    }
    torpor_map_put_text(hostile->tree, find(hostile, "layout/synapses~1static"), "codec", text);
    refuse(hostile, TORPOR_STATUS_MISMATCH, "by the codec of \"xx");
    for (gint n = 1, is_met = TRUE; is_met; n++) {
        g_autoptr(GError) error = NULL;
        fail_call("pread", n, EIO, FALSE);
        g_assert_false(round_restore(&hostile->round, 1, TORPOR_MISMATCH_ERROR, &error));
        is_met = fail_no_more();
    }
}

/* What the restore says of a checkpoint without this. */
static const struct {
    const char *path;
    gint status;
    const char *words;
} missing[] = {
    {"format", TORPOR_STATUS_MISMATCH, "format/name: expected \"torpor checkpoint\", found none"},
    {"format/version", TORPOR_STATUS_MISMATCH, "format/name"},
    {"host", TORPOR_STATUS_MISMATCH, "host/name is missing"},
    {"clock", TORPOR_STATUS_MISMATCH, "clock is missing"},
    {"fingerprint", TORPOR_STATUS_MISMATCH, "fingerprint is missing"},
    {"step", TORPOR_STATUS_MISMATCH, "step is missing"},
    {"layout", TORPOR_STATUS_MISMATCH, "populations/neurons: expected 300 objects"},
    {"layout/neurons", TORPOR_STATUS_MISMATCH, "populations/neurons: expected 300 objects"},
    {"layout/neurons/count", TORPOR_STATUS_MISMATCH, "populations/neurons: expected 300 objects"},
    {"layout/neurons/version", TORPOR_STATUS_MISMATCH, "populations/neurons: expected 300 objects"},
    {"layout/neurons/type", TORPOR_STATUS_MISMATCH, "populations/neurons: expected 300 objects"},
    {"populations", TORPOR_STATUS_MISMATCH, "populations/neurons: expected 300 objects"},
    {"populations/synapses", TORPOR_STATUS_MISMATCH,
     "populations/synapses/static: expected 500 objects"},
    {"populations/neurons/g", TORPOR_STATUS_MISMATCH,
     "populations/neurons/g: expected this field, found none"},
    {"populations/neurons/compartments", TORPOR_STATUS_MISMATCH,
     "populations/neurons/compartments/Ca: expected this field, found none"},
    {"populations/trains/times/counts", TORPOR_STATUS_MISMATCH,
     "populations/trains/times: expected a map of values and counts"},
    {"generators", TORPOR_STATUS_MISMATCH, "generators/thread/0: expected a generator, found none"},
    {"generators/thread/1/algorithm", TORPOR_STATUS_MISMATCH, "expected algorithm lcg, found none"},
    {"generators/thread/1/state", TORPOR_STATUS_NOT_FOUND, "there is no \"state\""},
    {"trees", TORPOR_STATUS_MISMATCH, "trees/kernel/main: expected a tree, found none"},
    {"trees/kernel/main/inner", TORPOR_STATUS_NOT_FOUND, "trees/kernel/main: "},
    {"outputs", TORPOR_STATUS_MISMATCH, "expected this output, found none"},
};

/* Take a node out of its map; put it back with the same place in it. */
static TorporNode **
link_of(Hostile *hostile, const char *path, TorporNode **parent)
{
    const char *slash = strrchr(path, '/');
    g_autofree char *above = slash == NULL ? g_strdup("") : g_strndup(path, (gsize)(slash - path));
    const TorporNode *node = find(hostile, path);
    *parent = find(hostile, above);
    TorporNode **link = &(*parent)->value.map.first;
    while (*link != node)
        link = &(*link)->next;
    return link;
}

static void
test_missing(Hostile *hostile, G_GNUC_UNUSED gconstpointer data)
{
    for (gsize i = 0; i < G_N_ELEMENTS(missing); i++) {
        TorporNode *parent;
        TorporNode **link = link_of(hostile, missing[i].path, &parent);
        TorporNode *node = *link;
        *link = node->next;
        parent->value.map.count--;
        refuse(hostile, missing[i].status, missing[i].words);
        g_autoptr(GError) error = NULL; /* or the rest is restored */
        if (!round_restore(&hostile->round, 0, TORPOR_MISMATCH_IGNORE, &error))
            g_assert_cmpuint(strlen(error->message), >, 20);
        *link = node;
        parent->value.map.count++;
    }
}

/* Newer, and older than there ever was one. */
static void
test_format_version(Hostile *hostile, G_GNUC_UNUSED gconstpointer data)
{
    find(hostile, "format/version")->value.integer = 2;
    refuse_always(hostile, TORPOR_STATUS_VERSION,
                  "format/version: expected at most 1, found 2: it needs a newer Torpor");
    find(hostile, "format/version")->value.integer = 0;
    refuse_always(hostile, TORPOR_STATUS_VERSION, "found 0");
}

/* ---- the sweep ---- */

static guint64 ones[N_SYNAPSES * 8];
static const guint64 shapes[][9] = {
    {0}, {1}, {N_NEURONS}, {N_NEURONS, 2}, {1, 1, 1, 1, 1, 1, 1, 1, 1}, {N_SYNAPSES},
};
static const guint32 ranks[] = {1, 1, 1, 2, 9, 1};

static void
become_array(Hostile *hostile, TorporNode *node, gsize which, guint32 dtype_id)
{
    TorporArray *array = torpor_tree_alloc(hostile->tree, sizeof *array);
    const TorporDtype *dtype = torpor_dtype_by_id(dtype_id);
    *array = (TorporArray){.dtype = dtype,
                           .dtype_name = dtype->name,
                           .rank = ranks[which],
                           .shape = shapes[which],
                           .data = ones};
    g_assert_true(
        torpor_shape_byte_length(array->rank, array->shape, dtype->size, &array->byte_length));
    node->kind = TORPOR_NODE_ARRAY;
    node->value.array = array;
}

static void
become_map_of(Hostile *hostile, TorporNode *node, const TorporNode *inside, TorporNodeKind kind)
{
    TorporNode *child = torpor_node_new(hostile->tree, inside->kind);
    child->value = inside->value;
    node->kind = kind;
    memset(&node->value, 0, sizeof node->value);
    torpor_map_append(hostile->tree, node, kind == TORPOR_NODE_MAP ? "x" : NULL, -1, child);
}

/* The node becomes something else. FALSE when there is nothing more that it could become. */
static gboolean
change(Hostile *hostile, TorporNode *node, guint way)
{
    const TorporNode was = *node;
    const gsize n_arrays = G_N_ELEMENTS(ranks);
    static const guint32 dtypes[] = {TORPOR_DTYPE_FLOAT64, TORPOR_DTYPE_UINT64, TORPOR_DTYPE_BOOL};
    memset(&node->value, 0, sizeof node->value);
    if (way < n_arrays + G_N_ELEMENTS(dtypes)) {
        become_array(hostile, node, way % n_arrays,
                     dtypes[(way + way / n_arrays) % G_N_ELEMENTS(dtypes)]);
        return TRUE;
    }
    switch (way - n_arrays - G_N_ELEMENTS(dtypes)) {
    case 0:
        node->kind = TORPOR_NODE_NIL;
        return TRUE;
    case 1:
        node->kind = TORPOR_NODE_BOOL;
        return TRUE;
    case 2:
        node->kind = TORPOR_NODE_INT;
        node->value.integer = -1;
        return TRUE;
    case 3:
        node->kind = TORPOR_NODE_UINT;
        node->value.unsigned_integer = G_MAXUINT64;
        return TRUE;
    case 4:
        node->kind = TORPOR_NODE_INT;
        node->value.integer = G_MAXINT64 / 2; /* the model counts on from there */
        return TRUE;
    case 5:
        node->kind = TORPOR_NODE_FLOAT;
        node->value.real = NAN;
        return TRUE;
    case 6:
        node->kind = TORPOR_NODE_TEXT;
        node->value.bytes.data = "trains";
        node->value.bytes.length = strlen("trains");
        return TRUE;
    case 7:
        node->kind = TORPOR_NODE_BYTES;
        node->value.bytes.data = "\0\xff";
        node->value.bytes.length = 2;
        return TRUE;
    case 8:
        node->kind = TORPOR_NODE_MAP;
        return TRUE;
    case 9:
        become_map_of(hostile, node, &was, TORPOR_NODE_MAP);
        return TRUE;
    case 10:
        become_map_of(hostile, node, &was, TORPOR_NODE_LIST);
        return TRUE;
    case 11:
        node->kind = TORPOR_NODE_COMPLEX;
        return TRUE;
    case 12:
        become_array(hostile, node, 1, TORPOR_DTYPE_FLOAT64);
        ((TorporArray *)node->value.array)->rank = 0;
        node->kind = TORPOR_NODE_SCALAR;
        return TRUE;
    case 13: /* the same values, of another unit */
        if (was.kind != TORPOR_NODE_ARRAY)
            return FALSE;
        node->kind = TORPOR_NODE_QUANTITY;
        node->value.quantity.unit = torpor_unit_lookup("kg", NULL);
        node->value.quantity.mantissa = torpor_node_new(hostile->tree, TORPOR_NODE_ARRAY);
        node->value.quantity.mantissa->value.array = was.value.array;
        return TRUE;
    default:
        return FALSE;
    }
}

/* Changes that leave a checkpoint which could have been saved. */
static gboolean
is_harmless(const char *path)
{
    static const char *const for_people[] = {"provenance", "host/version", "layout/neurons/hidden"};
    static const char *const values[] = {
        "step",
        "populations/neurons/is_refractory",
        "populations/sensors/x",
        "populations/synapses/static/same",
        "trees/kernel/main/gain",
        "trees/kernel/main/mode",
        "trees/kernel/main/inner/big",
        "trees/kernel/main/inner/nothing", /* the model does not read it */
        "trees/kernel/main/inner/text",
        NULL,
    };
    for (gsize i = 0; i < G_N_ELEMENTS(for_people); i++)
        if (g_str_has_prefix(path, for_people[i]))
            return TRUE;
    return g_strv_contains(values, path);
}

/* Whatever the file says: refused with the model as it was, or taken with a model that can go on.
 */
static void
restore_somehow(Hostile *hostile, gint32 mismatch, const char *path, guint way, guint *n_taken)
{
    Round *round = &hostile->round;
    g_autoptr(GError) error = NULL;
    g_autofree char *before = model_digest(round->model);
    gboolean taken = round_restore(round, 0, mismatch, &error);
    g_assert_false(round->model->has_pending_tree);
    for (guint i = 0; i < N_NEURONS; i++)
        g_assert_null(round->model->pending_trains[i].times);
    *n_taken += taken;
    if (taken && mismatch == TORPOR_MISMATCH_ERROR && !is_harmless(path))
        g_error("%s, change %u: nobody noticed", path, way);
    if (taken) {
        model_advance(round->model, 1, NULL);
        fflush(round->model->spikes);
        return;
    }
    g_autofree char *after = model_digest(round->model);
    if (strcmp(before, after) != 0)
        g_error("%s, change %u: the model changed, though: %s", path, way, error->message);
    if (error == NULL || strlen(error->message) < 20 || !g_utf8_validate(error->message, -1, NULL))
        g_error("%s, change %u: no error that says something", path, way);
}

static void
sweep(Hostile *hostile, TorporNode *map, const char *above, guint *n_tried, guint *n_taken)
{
    for (TorporNode *node = map->value.map.first; node != NULL; node = node->next) {
        const TorporNode was = *node;
        g_autoptr(GString) path = g_string_new(above);
        torpor_path_append(path, node->key, node->key_length);
        for (guint way = 0; change(hostile, node, way); way++) {
            g_autoptr(GError) error = NULL;
            if (save(hostile, &error)) {
                restore_somehow(hostile, TORPOR_MISMATCH_ERROR, path->str, way, n_taken);
                if (way % 3 == 0)
                    restore_somehow(hostile, TORPOR_MISMATCH_IGNORE, path->str, way, n_taken);
                *n_tried += 1;
            }
            *node = was;
        }
        *node = was;
        if (was.kind == TORPOR_NODE_MAP)
            sweep(hostile, node, path->str, n_tried, n_taken);
    }
}

static void
test_sweep(Hostile *hostile, G_GNUC_UNUSED gconstpointer data)
{
    guint n_tried = 0;
    guint n_taken = 0;
    g_autofree char *spikes = NULL;
    gsize length;
    g_assert_true(g_file_get_contents(hostile->round.spikes, &spikes, &length, NULL));
    memset(ones, 1, sizeof ones);
    sweep(hostile, torpor_tree_root(hostile->tree), "", &n_tried, &n_taken);
    g_test_message("%u files, %u restores went through", n_tried, n_taken);
    g_assert_cmpuint(n_tried, >, 1500);
    g_assert_cmpuint(n_taken, >, 0);
    g_assert_cmpuint(n_taken, <, n_tried);
    /* The file as it was still restores. Where the checkpoint did not list the file of spikes, that
     * has begun empty. */
    g_autoptr(GError) error = NULL;
    FILE *file = fopen(hostile->round.spikes, "r+");
    g_assert_nonnull(file);
    g_assert_cmpuint(fwrite(spikes, 1, length, file), ==, length);
    g_assert_cmpint(fclose(file), ==, 0);
    save(hostile, &error);
    round_restore(&hostile->round, 0, TORPOR_MISMATCH_ERROR, &error);
    g_assert_no_error(error);
}

static void
add(const char *path, void (*test)(Hostile *, gconstpointer))
{
    g_test_add(path, Hostile, NULL, hostile_set_up, test, hostile_tear_down);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    add("/hostile/counts/disagree", test_counts_disagree);
    add("/hostile/references/out-of-range", test_references_out_of_range);
    add("/hostile/bools/neither-0-nor-1", test_bools);
    add("/hostile/shapes/wrong", test_shapes);
    add("/hostile/keys/nul", test_nul_in_key);
    add("/hostile/texts/nul", test_nul_in_text);
    add("/hostile/shapes/row-of-none", test_rows_of_none);
    add("/hostile/texts/long", test_long_texts);
    add("/hostile/missing/named", test_missing);
    add("/hostile/format-version/refused", test_format_version);
    add("/hostile/every-node/becomes-everything", test_sweep);
    return g_test_run();
}
