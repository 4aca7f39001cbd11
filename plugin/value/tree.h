/* A tree is maps and lists of values: what a file will hold, or what was read from one. It owns its
 * nodes. */
#ifndef TORPOR_VALUE_TREE_H
#define TORPOR_VALUE_TREE_H

#include <glib.h>

#include "value/children.h"
#include "value/node.h"

G_BEGIN_DECLS

typedef struct _TorporTree TorporTree;

TorporTree *torpor_tree_new(void); /* with an empty map as its root */
void torpor_tree_free(TorporTree *tree);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(TorporTree, torpor_tree_free)
TorporNode *torpor_tree_root(TorporTree *tree);
void torpor_tree_set_root(TorporTree *tree, TorporNode *root);

/* Memory that is freed with the tree. It is aligned for any type and not zeroed. torpor_tree_alloc
 * is for a few KiB and aborts without memory; torpor_tree_try_alloc returns NULL. */
gpointer torpor_tree_alloc(TorporTree *tree, gsize size);
gpointer torpor_tree_try_alloc(TorporTree *tree, gsize size);
const char *torpor_tree_strdup(TorporTree *tree, const char *text, gsize length);

/* A node that is in no map or list yet. */
TorporNode *torpor_node_new(TorporTree *tree, TorporNodeKind kind);

/* Append `child` to `map` under `key` (NULL in a list, or if the child has its key already). The
 * key is copied; key_length -1: it ends at NUL. Whether the map has that key already is not
 * checked. */
void torpor_map_append(TorporTree *tree, TorporNode *map, const char *key, gssize key_length,
                       TorporNode *child);
/* Take an entry, which must be there, out of a map or a list. */
void torpor_map_remove(TorporNode *map, TorporNode *entry);

/* From now on find entries in a time that does not grow with the map. Maps of files are read like
 * that; call this for one that is being made if it is looked into again and again, before each
 * time. Nothing is done where there are few entries yet, or without memory. */
void torpor_map_index(TorporTree *tree, TorporNode *map);
/* The first entry with this key. NULL: there is none, or this is no map. */
TorporNode *torpor_map_find(const TorporNode *map, const char *key, gsize key_length);
/* The same for a key that ends at NUL. NULL if the map is NULL. */
TorporNode *torpor_map_get(const TorporNode *map, const char *key);
/* *duplicate is the first entry of a map that has the key of an earlier one, NULL if there is none.
 * FALSE with TORPOR_STATUS_NO_MEMORY. */
gboolean torpor_map_find_duplicate(const TorporNode *map, const TorporNode **duplicate,
                                   GError **error);

/* Create a node and append it. */
TorporNode *torpor_map_put_map(TorporTree *tree, TorporNode *map, const char *key);
/* The map under `key`, which is appended if there is none. */
TorporNode *torpor_map_ensure_map(TorporTree *tree, TorporNode *map, const char *key);
TorporNode *torpor_map_put_int(TorporTree *tree, TorporNode *map, const char *key, gint64 value);
TorporNode *torpor_map_put_uint(TorporTree *tree, TorporNode *map, const char *key, guint64 value);
TorporNode *torpor_map_put_float(TorporTree *tree, TorporNode *map, const char *key, double value);
TorporNode *torpor_map_put_text(TorporTree *tree, TorporNode *map, const char *key,
                                const char *value); /* copied */
/* Create and append an array, whose payload the caller sets; the shape is copied. With a unit it
 * becomes the mantissa of a quantity; the node returned is the array all the same. NULL, and
 * nothing appended, if the shape has more than 2^64 - 1 bytes. */
TorporNode *torpor_map_put_array(TorporTree *tree, TorporNode *map, const char *key,
                                 const TorporDtype *dtype, guint32 rank, const guint64 *shape,
                                 const TorporUnit *unit);

/* The node at a path. TORPOR_STATUS_NOT_FOUND names the first key that is missing. */
TorporNode *torpor_tree_lookup(TorporTree *tree, const char *path, GError **error);

/* The same for a path that begins at `node`. children: NULL, or for many
 * paths through lists of nodes that do not change meanwhile: see torpor_children_at. */
TorporNode *torpor_node_lookup(const TorporNode *node, const char *path, TorporChildren *children,
                               GError **error);

/* Make n the first dimension of the array (which has one), with values that `produce` gives.
 * FALSE if that were more than 2^64 - 1 bytes; the array is unchanged then. */
gboolean torpor_array_set_rows(TorporTree *tree, TorporArray *array, guint64 n,
                               TorporProduceFunc produce, gpointer produce_data);

G_END_DECLS

#endif
