#include "checkpoint/join.h"

#include <string.h>

#include "base/text_hash.h"
#include "checkpoint/join_population.h"
#include "checkpoint/same_node.h"
#include "checkpoint/section.h"
#include "host/section_names.h"
#include "msgpack/stored.h"
#include "value/tree_copy.h"

typedef struct {
    const TorporJoin *join;
    TorporJoinedTree *joined;
    TorporTree *tree; /* of joined */
    TorporNode *root;
    const TorporNode **sections; /* one for each shard; NULL where it has none */
} Joiner;

void
torpor_joined_tree_free(TorporJoinedTree *joined)
{
    if (joined == NULL)
        return;
    torpor_tree_free(joined->tree);
    g_ptr_array_unref(joined->maps);
    g_free(joined);
}

/* ---- the heading: what all shards have in common ---- */

static gboolean
bring_text(const Joiner *joiner, TorporNode *copy, GError **error)
{
    g_autofree char *text = copy->kind == TORPOR_NODE_TEXT
                                ? torpor_text_read(joiner->join->heading_file, copy, error)
                                : torpor_bytes_read(joiner->join->heading_file, copy, error);
    if (text == NULL)
        return FALSE;
    copy->value.bytes.data =
        torpor_tree_strdup(joiner->tree, text, (gsize)copy->value.bytes.length);
    return TRUE;
}

/* Longer values of the manifest are in another file than those of the shards. */
static gboolean
bring_values(const Joiner *joiner, TorporNode *copy, GError **error)
{
    switch (copy->kind) {
    case TORPOR_NODE_TEXT:
    case TORPOR_NODE_BYTES:
    case TORPOR_NODE_EXT:
        return copy->value.bytes.data != NULL || bring_text(joiner, copy, error);
    case TORPOR_NODE_ARRAY:
        return torpor_array_bring(joiner->tree, joiner->join->heading_file, copy->value.array,
                                  error);
    case TORPOR_NODE_QUANTITY:
        return bring_values(joiner, copy->value.quantity.mantissa, error);
    case TORPOR_NODE_MAP:
    case TORPOR_NODE_LIST:
        for (TorporNode *child = copy->value.map.first; child != NULL; child = child->next)
            if (!bring_values(joiner, child, error))
                return FALSE;
        return TRUE;
    default:
        return TRUE;
    }
}

/* Copies a section of the manifest. */
static gboolean
put_heading(const Joiner *joiner, const char *key, GError **error)
{
    const TorporNode *section = torpor_map_get(joiner->join->heading, key);
    if (section == NULL)
        return TRUE;
    TorporNode *copy = torpor_node_copy(joiner->tree, section, 0);
    torpor_map_append(joiner->tree, joiner->root, key, -1, copy);
    return bring_values(joiner, copy, error);
}

static void
set_number(const Joiner *joiner, TorporNode *map, const char *key, guint number)
{
    TorporNode *node = torpor_map_get(map, key);
    if (node == NULL)
        node = torpor_map_put_int(joiner->tree, map, key, 0);
    node->kind = TORPOR_NODE_INT;
    node->value.integer = number;
}

static gboolean
begin_tree(const Joiner *joiner, GError **error)
{
    const TorporJoin *join = joiner->join;
    TorporNode *format = torpor_map_put_map(joiner->tree, joiner->root, TORPOR_SECTION_FORMAT);
    torpor_map_put_text(joiner->tree, format, TORPOR_KEY_NAME, TORPOR_CHECKPOINT_NAME);
    torpor_map_put_uint(joiner->tree, format, TORPOR_KEY_VERSION, 1);
    if (!put_heading(joiner, TORPOR_SECTION_HOST, error))
        return FALSE;
    TorporNode *host = torpor_map_ensure_map(joiner->tree, joiner->root, TORPOR_SECTION_HOST);
    if (host->kind != TORPOR_NODE_MAP) {
        g_set_error(error, TORPOR_ERROR, TORPOR_STATUS_DAMAGED, "host: expected a map, found %s",
                    torpor_node_kind_name(host->kind));
        return FALSE;
    }
    set_number(joiner, host, TORPOR_KEY_RANKS, join->live == NULL ? 1 : join->n_ranks);
    set_number(joiner, host, TORPOR_KEY_RANK, join->live == NULL ? 0 : join->rank);
    return put_heading(joiner, TORPOR_SECTION_CLOCK, error) &&
           put_heading(joiner, TORPOR_SECTION_FINGERPRINT, error) &&
           put_heading(joiner, TORPOR_SECTION_STEP, error);
}

/* ---- what has no key: the same on all ranks, or of one rank ---- */

static TorporNode *
copy_of(const Joiner *joiner, const TorporNode *node, guint shard)
{
    return torpor_node_copy(joiner->tree, node, torpor_shards_shift(joiner->join->shards, shard));
}

static gboolean
are_same(const Joiner *joiner, const TorporNode **nodes, guint first, gboolean *same,
         GError **error)
{
    *same = TRUE;
    TorporNode *one = copy_of(joiner, nodes[first], first);
    for (guint i = first + 1; i < joiner->join->shards->n && *same; i++) {
        if (nodes[i] == NULL)
            continue;
        if (!torpor_node_same(joiner->join->shards->file, one, copy_of(joiner, nodes[i], i), same,
                              error))
            return FALSE;
    }
    return TRUE;
}

static TorporNode *
each_of_them(const Joiner *joiner, const TorporNode **nodes)
{
    TorporNode *map = torpor_node_new(joiner->tree, TORPOR_NODE_MAP);
    for (guint i = 0; i < joiner->join->shards->n; i++) {
        if (nodes[i] == NULL)
            continue;
        g_autofree char *key = g_strdup_printf("rank-%u", i);
        torpor_map_append(joiner->tree, map, key, -1, copy_of(joiner, nodes[i], i));
    }
    return map;
}

static guint
first_of(const Joiner *joiner, const TorporNode **nodes)
{
    guint first = 0;
    while (first < joiner->join->shards->n && nodes[first] == NULL)
        first++;
    return first;
}

/* One of them, for a place in the tree; NULL with an error. */
static TorporNode *
take_one(const Joiner *joiner, const TorporNode **nodes, const char *place, GError **error)
{
    const TorporJoin *join = joiner->join;
    guint first = first_of(joiner, nodes);
    gboolean same;
    if (first == join->shards->n) {
        g_set_error(error, TORPOR_ERROR, TORPOR_STATUS_DAMAGED,
                    "%s: no shard has it, though one says so", place);
        return NULL;
    }
    if (!are_same(joiner, nodes, first, &same, error))
        return NULL;
    if (same)
        return copy_of(joiner, nodes[first], first);
    if (join->live != NULL && join->shards->n == join->n_ranks && nodes[join->rank] != NULL)
        return copy_of(joiner, nodes[join->rank], join->rank);
    if (join->shows_each)
        return each_of_them(joiner, nodes);
    g_set_error(error, TORPOR_ERROR, TORPOR_STATUS_UNSUPPORTED,
                "%s: it is not the same on the %u ranks that saved it, and has no key, so it can "
                "be restored on %u ranks only",
                place, join->shards->n, join->shards->n);
    return NULL;
}

/* ---- populations ---- */

static const TorporNode **
nodes_new(const Joiner *joiner)
{
    gsize bytes = sizeof(TorporNode *) * joiner->join->shards->n;
    const TorporNode **nodes = torpor_tree_alloc(joiner->tree, bytes);
    memset(nodes, 0, bytes);
    return nodes;
}

static gboolean
read_shards(const Joiner *joiner, GError **error)
{
    for (guint i = 0; i < joiner->join->shards->n; i++)
        if (torpor_shards_tree(joiner->join->shards, i, error) == NULL)
            return FALSE;
    return TRUE;
}

/* The same section of every shard. */
static void
find_sections(Joiner *joiner, const char *name)
{
    joiner->sections = nodes_new(joiner);
    for (guint i = 0; i < joiner->join->shards->n; i++) {
        TorporTree *tree = torpor_shards_tree(joiner->join->shards, i, NULL); /* was read */
        const TorporNode *root = torpor_tree_root(tree);
        const TorporNode *section = torpor_map_get(root, name);
        joiner->sections[i] = section != NULL && section->kind == TORPOR_NODE_MAP ? section : NULL;
    }
}

static void
find_parts(const Joiner *joiner, const char *path, const TorporNode **layouts,
           TorporPopulationParts *parts)
{
    *parts = (TorporPopulationParts){path, nodes_new(joiner), nodes_new(joiner)};
    for (guint i = 0; i < joiner->join->shards->n; i++) {
        parts->entries[i] = layouts[i] == NULL ? NULL : torpor_map_get(layouts[i], path);
        if (parts->entries[i] != NULL && joiner->sections[i] != NULL)
            parts->nodes[i] = torpor_section_find(joiner->sections[i], path);
    }
}

static TorporPopulationRows *
rows_new(const Joiner *joiner, const char *path, const TorporNode **layouts)
{
    const TorporJoin *join = joiner->join;
    TorporPopulationRows *rows = torpor_tree_alloc(joiner->tree, sizeof *rows);
    *rows = (TorporPopulationRows){.join = join, .joined = joiner->joined};
    rows->live = join->live == NULL ? NULL : torpor_populations_find(join->live, path);
    find_parts(joiner, path, layouts, &rows->parts);
    return rows;
}

/* What the host lists as of a rank: is this one the same rank of as many? */
static gboolean
has_same_ranks(const Joiner *joiner)
{
    return joiner->join->shards->n == joiner->join->n_ranks;
}

/* All ranks have the same objects, so any of them will do. */
static gboolean
take_population(const Joiner *joiner, const TorporPopulationParts *parts, TorporNode *layout,
                TorporNode *map, GError **error)
{
    g_autofree char *place = g_strdup_printf(TORPOR_SECTION_POPULATIONS "/%s", parts->path);
    TorporNode *entry = take_one(joiner, parts->entries, place, error);
    TorporNode *node = entry == NULL ? NULL : take_one(joiner, parts->nodes, place, error);
    if (node == NULL)
        return FALSE;
    if (node->kind != TORPOR_NODE_MAP) {
        g_set_error(error, TORPOR_ERROR, TORPOR_STATUS_MISMATCH, "%s: expected a map, found %s",
                    place, torpor_node_kind_name(node->kind));
        return FALSE;
    }
    torpor_map_append(joiner->tree, layout, parts->path, -1, entry);
    map->value.map = node->value.map;
    return TRUE;
}

static gboolean
put_population(const Joiner *joiner, TorporPopulationRows *rows, GHashTable *all,
               TorporSection *section, TorporNode *layout, GError **error)
{
    if (joiner->join->live != NULL && rows->live == NULL)
        return TRUE; /* of other ranks */
    if (rows->live != NULL && (rows->live->listed->flags & TORPOR_POPULATION_OF_RANK) != 0 &&
        !has_same_ranks(joiner))
        return TRUE;
    TorporNode *map = torpor_section_add(section, rows->parts.path, error);
    if (map == NULL)
        return FALSE;
    return torpor_population_rows_are_keyed(rows)
               ? torpor_join_population(rows, all, layout, map, error)
               : take_population(joiner, &rows->parts, layout, map, error);
}

static gboolean
put_populations(Joiner *joiner, TorporNode *layout, GError **error)
{
    find_sections(joiner, TORPOR_SECTION_LAYOUT);
    const TorporNode **layouts = joiner->sections;
    find_sections(joiner, TORPOR_SECTION_POPULATIONS);
    g_autoptr(TorporSection) section = torpor_section_new(joiner->tree, TORPOR_SECTION_POPULATIONS);
    g_autoptr(GHashTable) all = g_hash_table_new(torpor_text_hash, g_str_equal);
    g_autoptr(GPtrArray) in_order = g_ptr_array_new();
    for (guint i = 0; i < joiner->join->shards->n; i++) {
        const TorporNode *entry = layouts[i] == NULL ? NULL : layouts[i]->value.map.first;
        for (; entry != NULL; entry = entry->next) {
            if (g_hash_table_contains(all, entry->key))
                continue;
            TorporPopulationRows *rows = rows_new(joiner, entry->key, layouts);
            g_hash_table_insert(all, (gpointer)entry->key, rows);
            g_ptr_array_add(in_order, rows);
        }
    }
    for (guint i = 0; i < in_order->len; i++)
        if (!put_population(joiner, in_order->pdata[i], all, section, layout, error))
            return FALSE;
    torpor_map_index(joiner->tree, layout);
    return TRUE;
}

/* ---- generators and trees ---- */

/* For people: maps are merged, whatever the host listed as one. */
static TorporNode *
merge(const Joiner *joiner, const TorporNode **nodes, GString *path, GError **error)
{
    guint n = joiner->join->shards->n;
    for (guint i = 0; i < n; i++)
        if (nodes[i] != NULL && nodes[i]->kind != TORPOR_NODE_MAP)
            return take_one(joiner, nodes, path->str, error);
    g_autofree const TorporNode **children = g_new(const TorporNode *, n);
    TorporNode *map = torpor_node_new(joiner->tree, TORPOR_NODE_MAP);
    gsize length = path->len;
    for (guint i = 0; i < n; i++) {
        const TorporNode *child = nodes[i] == NULL ? NULL : nodes[i]->value.map.first;
        for (; child != NULL; child = child->next) {
            torpor_map_index(joiner->tree, map);
            if (torpor_map_find(map, child->key, child->key_length) != NULL)
                continue;
            for (guint k = 0; k < n; k++)
                children[k] = k < i || nodes[k] == NULL
                                  ? NULL
                                  : torpor_map_find(nodes[k], child->key, child->key_length);
            torpor_path_append(path, child->key, child->key_length);
            TorporNode *one = merge(joiner, children, path, error);
            if (one == NULL)
                return NULL;
            torpor_map_append(joiner->tree, map, child->key, child->key_length, one);
            g_string_truncate(path, length);
        }
    }
    return map;
}

/* For a host: what it lists is one thing. What no shard has is left out, and reported later. */
static gboolean
put_listed(const Joiner *joiner, TorporSection *section, const char *path, GError **error)
{
    const TorporNode **nodes = nodes_new(joiner);
    for (guint i = 0; i < joiner->join->shards->n; i++)
        if (joiner->sections[i] != NULL && path != NULL)
            nodes[i] = torpor_section_find(joiner->sections[i], path);
    if (first_of(joiner, nodes) == joiner->join->shards->n)
        return TRUE;
    g_autofree char *place = g_strdup_printf("%s/%s", section->name, path);
    TorporNode *node = take_one(joiner, nodes, place, error);
    TorporNode *map = node == NULL ? NULL : torpor_section_add(section, path, error);
    if (map == NULL)
        return FALSE;
    map->kind = node->kind;
    map->value = node->value;
    return TRUE;
}

static gboolean
has_any(const Joiner *joiner)
{
    return first_of(joiner, joiner->sections) < joiner->join->shards->n;
}

static gboolean
put_generators(Joiner *joiner, GError **error)
{
    find_sections(joiner, TORPOR_SECTION_GENERATORS);
    if (!has_any(joiner))
        return TRUE;
    g_autoptr(TorporSection) section = torpor_section_new(joiner->tree, TORPOR_SECTION_GENERATORS);
    const GPtrArray *listed = joiner->join->description->generators;
    for (guint i = 0; i < listed->len; i++) {
        const struct torpor_generator *generator = listed->pdata[i];
        if (!put_listed(joiner, section, generator->path, error))
            return FALSE;
    }
    return TRUE;
}

static gboolean
put_trees(Joiner *joiner, GError **error)
{
    find_sections(joiner, TORPOR_SECTION_TREES);
    if (!has_any(joiner))
        return TRUE;
    g_autoptr(TorporSection) section = torpor_section_new(joiner->tree, TORPOR_SECTION_TREES);
    const GPtrArray *listed = joiner->join->description->trees;
    for (guint i = 0; i < listed->len; i++) {
        const struct torpor_tree *tree = listed->pdata[i];
        gboolean is_left_out = (tree->flags & TORPOR_TREE_OF_RANK) != 0 && !has_same_ranks(joiner);
        if (!is_left_out && !put_listed(joiner, section, tree->path, error))
            return FALSE;
    }
    return TRUE;
}

static gboolean
put_merged(Joiner *joiner, const char *name, GError **error)
{
    find_sections(joiner, name);
    if (!has_any(joiner))
        return TRUE;
    g_autoptr(GString) path = g_string_new(name);
    TorporNode *map = merge(joiner, joiner->sections, path, error);
    if (map == NULL)
        return FALSE;
    torpor_map_append(joiner->tree, joiner->root, name, -1, map);
    return TRUE;
}

/* ---- outputs and origin ---- */

/* Files are written by rank 0, or resumed by the rank that wrote them. */
static gboolean
put_outputs(Joiner *joiner, GError **error)
{
    const TorporJoin *join = joiner->join;
    find_sections(joiner, TORPOR_SECTION_OUTPUTS);
    gboolean keeps_ranks = join->live != NULL && join->shards->n == join->n_ranks;
    for (guint i = 1; i < join->shards->n && join->live != NULL && !keeps_ranks; i++)
        if (joiner->sections[i] != NULL && joiner->sections[i]->value.map.first != NULL) {
            g_set_error(error, TORPOR_ERROR, TORPOR_STATUS_UNSUPPORTED,
                        TORPOR_SECTION_OUTPUTS "/%s: rank %u wrote this file; outputs of other "
                                               "ranks than 0 can be resumed on %u ranks only",
                        joiner->sections[i]->value.map.first->key, i, join->shards->n);
            return FALSE;
        }
    guint from = keeps_ranks ? join->rank : 0;
    if (joiner->sections[from] == NULL || (from == 0 && join->live != NULL && join->rank > 0))
        return TRUE;
    torpor_map_append(joiner->tree, joiner->root, TORPOR_SECTION_OUTPUTS, -1,
                      copy_of(joiner, joiner->sections[from], from));
    return TRUE;
}

static gboolean
put_all(Joiner *joiner, GError **error)
{
    gboolean is_live = joiner->join->live != NULL;
    if (!read_shards(joiner, error) || !begin_tree(joiner, error))
        return FALSE;
    TorporNode *layout = torpor_map_put_map(joiner->tree, joiner->root, TORPOR_SECTION_LAYOUT);
    if (is_live ? !put_generators(joiner, error)
                : !put_merged(joiner, TORPOR_SECTION_GENERATORS, error))
        return FALSE;
    if (!put_populations(joiner, layout, error))
        return FALSE;
    if (is_live ? !put_trees(joiner, error) : !put_merged(joiner, TORPOR_SECTION_TREES, error))
        return FALSE;
    return put_outputs(joiner, error) && put_heading(joiner, TORPOR_SECTION_PROVENANCE, error);
}

TorporJoinedTree *
torpor_join(const TorporJoin *join, GError **error)
{
    g_autoptr(TorporJoinedTree) joined = g_new0(TorporJoinedTree, 1);
    joined->tree = torpor_tree_new();
    joined->maps = g_ptr_array_new_with_free_func((GDestroyNotify)torpor_row_map_free);
    Joiner joiner = {.join = join,
                     .joined = joined,
                     .tree = joined->tree,
                     .root = torpor_tree_root(joined->tree)};
    return put_all(&joiner, error) ? g_steal_pointer(&joined) : NULL;
}
