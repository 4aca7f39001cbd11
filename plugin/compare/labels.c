#include "compare/labels.h"

#include <string.h>

#include "compare/groups.h"
#include "host/section_names.h"
#include "msgpack/decode.h"
#include "msgpack/stored.h"
#include "value/element.h"

static char *
integer_at(const TorporFile *file, const TorporArray *array, guint64 index)
{
    guint8 bytes[8];
    guint32 size = array->dtype->size;
    if (!torpor_element_is_integer(array->dtype) || size > sizeof bytes ||
        index >= array->byte_length / size ||
        !torpor_array_read(file, array, index * size, size, bytes, NULL))
        return NULL;
    return torpor_element_text(array->dtype, bytes);
}

static const TorporArray *
array_of(const TorporNode *map, const char *key)
{
    const TorporNode *node = torpor_map_get(map, key);
    gboolean is_list = node != NULL && node->kind == TORPOR_NODE_ARRAY &&
                       node->value.array->rank == 1 && node->value.array->dtype->size > 0;
    return is_list ? node->value.array : NULL;
}

/* A value for each group of objects, and the sizes of the groups. */
static char *
value_in_groups(const TorporFile *file, const TorporNode *groups, guint64 row)
{
    const TorporArray *values = array_of(groups, TORPOR_KEY_VALUES),
                      *counts = array_of(groups, TORPOR_KEY_COUNTS);
    guint64 group;
    return values != NULL && counts != NULL && counts->dtype->id == TORPOR_DTYPE_UINT32 &&
                   torpor_groups_find(file, counts, row, &group)
               ? integer_at(file, values, group)
               : NULL;
}

/* The value is in a column of the population. */
static char *
value_in_column(TorporTree *tree, const TorporFile *file, const char *place, const TorporNode *name,
                guint64 row)
{
    if (name->kind != TORPOR_NODE_TEXT || name->value.bytes.data == NULL)
        return NULL;
    g_autofree char *path = g_strdup_printf("%s/%.*s", place, (int)name->value.bytes.length,
                                            (const char *)name->value.bytes.data);
    const TorporNode *node = torpor_tree_lookup(tree, path, NULL);
    if (node == NULL || node->kind != TORPOR_NODE_ARRAY || node->value.array->rank != 1)
        return NULL;
    return integer_at(file, node->value.array, node->value.array->shape[0] == 1 ? 0 : row);
}

static gboolean
is_plain(const char *text)
{
    while (*text != '\0' && !g_ascii_iscntrl(*text))
        text++;
    return *text == '\0' && g_utf8_validate(text, -1, NULL);
}

/* A name from a list: that of the row, or of the number that a column has for it. */
static char *
name_of_row(TorporTree *tree, const TorporFile *file, const TorporLayout *layout, const char *place,
            const TorporNode *label, guint64 row)
{
    const TorporNode *list = torpor_map_get(label, TORPOR_KEY_NAMES),
                     *column = torpor_map_get(label, TORPOR_KEY_COLUMN);
    if (list->kind != TORPOR_NODE_TEXT || list->value.bytes.data == NULL)
        return NULL;
    g_autofree char *number =
        column == NULL ? NULL : value_in_column(tree, file, place, column, row);
    if (column != NULL && number == NULL)
        return NULL;
    guint64 i = row;
    if (number != NULL && !g_ascii_string_to_unsigned(number, 10, 0, G_MAXUINT64, &i, NULL))
        return NULL;
    g_autofree char *path =
        g_strndup((const char *)list->value.bytes.data, list->value.bytes.length);
    const GPtrArray *names = torpor_layout_names(layout, tree, file, path);
    return names != NULL && i < names->len && is_plain(names->pdata[i]) ? g_strdup(names->pdata[i])
                                                                        : NULL;
}

static void
clear_label(gpointer data)
{
    TorporLabel *label = data;
    g_free(label->name);
    g_free(label->value);
}

GArray *
torpor_labels_of(TorporTree *tree, const TorporFile *file, const TorporLayout *layout,
                 const char *path, guint64 row)
{
    GArray *labels = g_array_new(FALSE, FALSE, sizeof(TorporLabel));
    g_array_set_clear_func(labels, clear_label);
    const char *place;
    const TorporNode *map = torpor_layout_labels(layout, path, &place);
    if (map == NULL || map->kind != TORPOR_NODE_MAP)
        return labels;
    for (const TorporNode *one = map->value.map.first; one != NULL; one = one->next) {
        gboolean is_name =
            one->kind == TORPOR_NODE_MAP && torpor_map_get(one, TORPOR_KEY_NAMES) != NULL;
        char *value = is_name ? name_of_row(tree, file, layout, place, one, row)
                      : one->kind == TORPOR_NODE_ARRAY ? integer_at(file, one->value.array, row)
                      : one->kind == TORPOR_NODE_TEXT ? value_in_column(tree, file, place, one, row)
                                                      : value_in_groups(file, one, row);
        if (value == NULL)
            continue;
        TorporLabel label = {g_strndup(one->key, one->key_length), value, is_name};
        g_array_append_val(labels, label);
    }
    return labels;
}

char *
torpor_labels_text(const GArray *labels)
{
    GString *text = g_string_new(NULL);
    for (guint i = 0; i < labels->len; i++) {
        const TorporLabel *label = &g_array_index(labels, TorporLabel, i);
        g_string_append_printf(text, "%s%s %s", i > 0 ? ", " : "", label->name, label->value);
    }
    return g_string_free(text, FALSE);
}
