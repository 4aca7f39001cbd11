#include "host/tree_reader.h"

#define N_KEYS 100u
#define N_ORDERS 4u

/* Two maps with keys "first 0", "first 1", ... and "second 0", ..., and a list of lists of numbers:
 * number k of list i is i * N_KEYS + k. */
typedef struct {
    TorporTree *tree;
    TorporTreeReader reader;
} Read;

static TorporNode *
put_item(TorporTree *tree, TorporNode *list, gint64 number)
{
    TorporNode *item = torpor_node_new(tree, TORPOR_NODE_INT);
    item->value.integer = number;
    torpor_map_append(tree, list, NULL, 0, item);
    return item;
}

static TorporNode *
put_list(TorporTree *tree, TorporNode *map, const char *key)
{
    TorporNode *list = torpor_node_new(tree, TORPOR_NODE_LIST);
    torpor_map_append(tree, map, key, -1, list);
    return list;
}

static void
set_up(Read *read, G_GNUC_UNUSED gconstpointer data)
{
    static const char *const names[] = {"first", "second"};
    read->tree = torpor_tree_new();
    TorporNode *root = torpor_tree_root(read->tree);
    for (gsize k = 0; k < G_N_ELEMENTS(names); k++) {
        TorporNode *map = torpor_map_put_map(read->tree, root, names[k]);
        for (guint i = 0; i < N_KEYS; i++) {
            g_autofree char *key = g_strdup_printf("%s %u", names[k], i);
            torpor_map_put_int(read->tree, map, key, i);
        }
    }
    TorporNode *list = put_list(read->tree, root, "list");
    for (guint i = 0; i < N_KEYS; i++) {
        TorporNode *item = put_list(read->tree, list, NULL);
        for (guint k = 0; k < N_KEYS; k++)
            put_item(read->tree, item, i * N_KEYS + k);
    }
    torpor_tree_reader_init(&read->reader, NULL, root, "trees/t", NULL);
}

static void
tear_down(Read *read, G_GNUC_UNUSED gconstpointer data)
{
    torpor_tree_reader_clear(&read->reader);
    torpor_tree_free(read->tree);
}

static void
check_key(Read *read, const char *name, guint64 index)
{
    struct torpor_error error = torpor_host_error_new();
    g_autofree char *expected = g_strdup_printf("%s %" G_GUINT64_FORMAT, name, index);
    const char *key = NULL;
    gint32 status = read->reader.slots.key_at(&read->reader, name, index, &key, &error);
    g_assert_cmpint(status, ==, TORPOR_STATUS_OK);
    g_assert_cmpstr(key, ==, expected);
}

static void
check_item(Read *read, guint index, guint inner)
{
    struct torpor_error error = torpor_host_error_new();
    g_autofree char *path = g_strdup_printf("list/%u/%u", index, inner);
    gint64 number = -1;
    gint32 status = read->reader.slots.get_int(&read->reader, path, &number, &error);
    g_assert_cmpint(status, ==, TORPOR_STATUS_OK);
    g_assert_cmpint(number, ==, index * N_KEYS + inner);
}

/* The i-th index that is asked for: forward, backward, by leaps, at random. */
static guint
index_of(guint order, guint i)
{
    return order == 0   ? i
           : order == 1 ? N_KEYS - 1 - i
           : order == 2 ? i * 37 % N_KEYS
                        : (guint)g_test_rand_int_range(0, N_KEYS);
}

static void
test_any_order(Read *read, G_GNUC_UNUSED gconstpointer data)
{
    for (guint order = 0; order < N_ORDERS; order++)
        for (guint other = 0; other < N_ORDERS; other++)
            for (guint i = 0; i < N_KEYS; i++) {
                check_key(read, "first", index_of(order, i));
                check_key(read, "second", index_of(other, i));
                check_item(read, index_of(other, i), index_of(order, i));
            }
}

static void
check_missing(Read *read, const char *path, guint64 index, const char *words)
{
    struct torpor_error error = torpor_host_error_new();
    const char *key = NULL;
    gint32 status = read->reader.slots.key_at(&read->reader, path, index, &key, &error);
    g_assert_cmpint(status, ==, TORPOR_STATUS_NOT_FOUND);
    g_assert_cmpstr(error.message, ==, words);
    g_assert_null(key);
}

static void
test_none(Read *read, G_GNUC_UNUSED gconstpointer data)
{
    static const guint64 before[] = {0, N_KEYS - 1};
    for (gsize i = 0; i < G_N_ELEMENTS(before); i++) {
        check_key(read, "first", before[i]);
        check_missing(read, "first", N_KEYS, "first: there is no key 100");
        check_missing(read, "first", G_MAXUINT64, "first: there is no key 18446744073709551615");
        check_missing(read, "list", before[i],
                      i == 0 ? "list: there is no key 0" : "list: there is no key 99");
        check_missing(read, "list/100", 0, "trees/t: there is no \"100\" in \"list\" (list)");
    }
}

/* Once asked, the reader goes from child to child no more: there is no way past the first one then.
 */
static void
test_walked_once(Read *read, G_GNUC_UNUSED gconstpointer data)
{
    TorporNode *first = torpor_map_get(torpor_tree_root(read->tree), "first");
    TorporNode *list = torpor_map_get(torpor_tree_root(read->tree), "list");
    TorporNode *item = list->value.map.first;
    check_key(read, "first", N_KEYS / 2);
    check_item(read, N_KEYS / 2, 0);
    check_item(read, 0, N_KEYS / 2);
    TorporNode *const walked[] = {first, list, item};
    for (gsize i = 0; i < G_N_ELEMENTS(walked); i++)
        walked[i]->value.map.first->next = NULL;
    for (guint i = N_KEYS / 2; i < N_KEYS; i++) {
        check_key(read, "first", i);
        check_key(read, "first", N_KEYS - i + 10);
        check_item(read, i, 3);
        check_item(read, 0, i);
    }
}

static void
add(const char *path, void (*test)(Read *, gconstpointer))
{
    g_test_add(path, Read, NULL, set_up, test, tear_down);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    add("/tree-reader/any-order", test_any_order);
    add("/tree-reader/none", test_none);
    add("/tree-reader/walked-once", test_walked_once);
    return g_test_run();
}
