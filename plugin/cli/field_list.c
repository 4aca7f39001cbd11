#include "cli/field_list.h"

#include <string.h>

#include "cli/events.h"
#include "host/section_names.h"

typedef struct {
    const TorporLayout *layout;
    gboolean is_checkpoint;
    guint max;
    guint64 n_more;
    GArray *fields;
    GString *path;
} Walk;

static void
field_clear(gpointer data)
{
    TorporField *field = data;
    g_free(field->path);
    g_free(field->group);
}

static gboolean
is_left_out(const Walk *walk)
{
    if (torpor_layout_is_hidden(walk->layout, walk->path->str))
        return TRUE;
    return walk->is_checkpoint && strchr(walk->path->str, '/') == NULL &&
           strcmp(walk->path->str, TORPOR_SECTION_POPULATIONS) != 0 &&
           strcmp(walk->path->str, TORPOR_SECTION_TREES) != 0;
}

static void
add_field(Walk *walk, const TorporNode *node)
{
    if (walk->fields->len == walk->max) {
        walk->n_more++;
        return;
    }
    const char *path = walk->path->str;
    const char *population = torpor_layout_population(walk->layout, path);
    const char *slash = strrchr(path, '/');
    TorporField field = {.path = g_strdup(path), .node = node};
    if (population != NULL)
        field.group = g_strdup(population);
    else
        field.group = g_strndup(path, slash == NULL ? 0 : (gsize)(slash - path));
    g_array_append_val(walk->fields, field);
}

static void
add_node(Walk *walk, const TorporNode *node)
{
    gboolean has_entries = node->kind == TORPOR_NODE_MAP || node->kind == TORPOR_NODE_LIST;
    if (!has_entries || torpor_node_is_ragged(node)) {
        add_field(walk, node);
        return;
    }
    gboolean is_events = torpor_node_is_events(node);
    if (is_events)
        add_field(walk, node);
    gsize length = walk->path->len;
    guint64 number = 0;
    for (const TorporNode *child = node->value.map.first; child != NULL; child = child->next) {
        guint64 index = number++;
        /* These are in the raster of the events. */
        if (is_events && (strcmp(child->key, TORPOR_KEY_TIMES) == 0 ||
                          strcmp(child->key, TORPOR_KEY_SENDERS) == 0))
            continue;
        torpor_path_append_child(walk->path, child, index);
        if (!is_left_out(walk))
            add_node(walk, child);
        g_string_truncate(walk->path, length);
    }
}

GArray *
torpor_field_list(const TorporOpened *opened, const TorporLayout *layout, gboolean is_checkpoint,
                  guint max, guint64 *n_more)
{
    g_autoptr(GString) path = g_string_new(NULL);
    Walk walk = {.layout = layout,
                 .is_checkpoint = is_checkpoint,
                 .max = max,
                 .fields = g_array_new(FALSE, FALSE, sizeof(TorporField)),
                 .path = path};
    g_array_set_clear_func(walk.fields, field_clear);
    add_node(&walk, torpor_tree_root(opened->tree));
    *n_more = walk.n_more;
    return walk.fields;
}
