/* torpor ls FILE [PATH]: what is in a file. */
#include <stdio.h>
#include <string.h>

#include "checkpoint/layout.h"
#include "cli/command.h"
#include "cli/output.h"
#include "compare/labels.h"
#include "value/element.h"

typedef struct {
    TorporTree *tree;
    const TorporFile *file;
    const TorporLayout *layout;
    gboolean shows_hidden;
    gboolean as_json;
    TorporJson json;
    GString *path;
    int depth;
} Listing;

static gboolean
is_container(const TorporNode *node)
{
    return node->kind == TORPOR_NODE_MAP || node->kind == TORPOR_NODE_LIST;
}

/* The array of a node, also of a quantity; NULL if it has none. */
static const TorporArray *
array_of(const TorporNode *node)
{
    if (node->kind == TORPOR_NODE_QUANTITY)
        node = node->value.quantity.mantissa;
    return node->kind == TORPOR_NODE_ARRAY || node->kind == TORPOR_NODE_SCALAR ? node->value.array
                                                                               : NULL;
}

/* The shape with all rows; *stored_once if the file has one row for all. */
static char *
shape_text(const Listing *listing, const TorporArray *array, gboolean *stored_once)
{
    guint64 shape[64];
    TorporArray all_rows = *array;
    for (guint32 i = 0; i < array->rank; i++)
        shape[i] = array->shape[i];
    all_rows.shape = shape;
    *stored_once = FALSE;
    if (array->rank > 0) {
        shape[0] = torpor_layout_count(listing->layout, listing->path->str, array);
        *stored_once = shape[0] != array->shape[0];
    }
    return torpor_shape_text(&all_rows);
}

/* Is this text short enough to be shown itself? */
static gboolean
is_shown(const TorporNode *text)
{
    return text->value.bytes.data != NULL && text->value.bytes.length <= 60;
}

/* A short value as text. NULL: it is not short. */
static char *
value_text(const TorporNode *node)
{
    char real[TORPOR_FLOAT_TEXT_BYTES];
    switch (node->kind) {
    case TORPOR_NODE_NIL:
        return g_strdup("nil");
    case TORPOR_NODE_BOOL:
        return g_strdup(node->value.boolean ? "true" : "false");
    case TORPOR_NODE_INT:
        return g_strdup_printf("%" G_GINT64_FORMAT, node->value.integer);
    case TORPOR_NODE_UINT:
        return g_strdup_printf("%" G_GUINT64_FORMAT, node->value.unsigned_integer);
    case TORPOR_NODE_FLOAT:
        return g_strdup(torpor_float_to_text(node->value.real, real));
    case TORPOR_NODE_COMPLEX:
        return torpor_element_text(torpor_dtype_by_id(TORPOR_DTYPE_COMPLEX128),
                                   node->value.complex);
    case TORPOR_NODE_QUANTITY:
        return value_text(node->value.quantity.mantissa);
    case TORPOR_NODE_SCALAR:
        return torpor_element_components(node->value.array->dtype) > 0
                   ? torpor_element_text(node->value.array->dtype, node->value.array->data)
                   : NULL;
    case TORPOR_NODE_TEXT: {
        if (!is_shown(node))
            return NULL;
        g_autofree char *text =
            torpor_printable(node->value.bytes.data, (gsize)node->value.bytes.length);
        return g_strdup_printf("\"%s\"", text);
    }
    default:
        return NULL;
    }
}

/* "float64 [4000]", "text of 70000 bytes", ... */
static char *
type_text(const Listing *listing, const TorporNode *node, gboolean *stored_once)
{
    const TorporArray *array = array_of(node);
    *stored_once = FALSE;
    if (array != NULL) {
        g_autofree char *shape = shape_text(listing, array, stored_once);
        gboolean is_scalar = node->kind == TORPOR_NODE_SCALAR;
        return g_strdup_printf("%s%s%s", array->dtype_name, is_scalar ? "" : " ",
                               is_scalar ? "" : shape);
    }
    if (node->kind == TORPOR_NODE_QUANTITY)
        return g_strdup(torpor_node_kind_name(node->value.quantity.mantissa->kind));
    if (is_container(node))
        return g_strdup_printf("%s of %" G_GUINT64_FORMAT, torpor_node_kind_name(node->kind),
                               node->value.map.count);
    if (node->kind == TORPOR_NODE_BYTES || node->kind == TORPOR_NODE_EXT ||
        (node->kind == TORPOR_NODE_TEXT && !is_shown(node)))
        return g_strdup_printf("%s of %" G_GUINT64_FORMAT " bytes",
                               torpor_node_kind_name(node->kind), node->value.bytes.length);
    return g_strdup(torpor_node_kind_name(node->kind));
}

/* ---- for people: one line per node, indented ---- */

/* Who the objects of this population are: "node 1 ... node 400"; "" for what is no population, or
 * has no labels. */
static char *
objects_text(const Listing *listing)
{
    guint64 count = 0;
    if (!torpor_layout_is_population(listing->layout, listing->path->str, &count) || count == 0)
        return g_strdup("");
    g_autofree char *any = g_strconcat(listing->path->str, "/", NULL);
    g_autoptr(GArray) first =
        torpor_labels_of(listing->tree, listing->file, listing->layout, any, 0);
    g_autoptr(GArray) last =
        torpor_labels_of(listing->tree, listing->file, listing->layout, any, count - 1);
    g_autofree char *from = torpor_labels_text(first);
    g_autofree char *to = torpor_labels_text(last);
    if (from[0] == '\0')
        return g_strdup("");
    return strcmp(from, to) == 0 ? g_strconcat(": ", from, NULL)
                                 : g_strconcat(": ", from, " ... ", to, NULL);
}

static void
print_line(const Listing *listing, const TorporNode *node, const char *name)
{
    const TorporColours *colours = torpor_colours();
    g_autofree char *shown = torpor_printable(name, strlen(name));
    gboolean stored_once;
    g_autofree char *type = type_text(listing, node, &stored_once);
    g_autofree char *value = value_text(node);
    g_autofree char *unit =
        node->kind == TORPOR_NODE_QUANTITY ? torpor_unit_to_text(node->value.quantity.unit) : NULL;
    g_autofree char *shown_unit = unit != NULL ? torpor_printable(unit, strlen(unit)) : NULL;
    int indent = 2 * listing->depth;
    if (is_container(node)) {
        g_autofree char *objects = objects_text(listing);
        printf("%*s%s%s%s  %s%s%s%s\n", indent, "", colours->strong, shown, colours->plain,
               colours->faint, type, objects, colours->plain);
        return;
    }
    g_autoptr(GString) rest = g_string_new(value);
    if (shown_unit != NULL)
        g_string_append_printf(rest, "%s%s", rest->len > 0 ? " " : "", shown_unit);
    if (stored_once)
        g_string_append_printf(rest, "%s%sstored once%s", rest->len > 0 ? "  " : "", colours->faint,
                               colours->plain);
    int name_width = MAX(1, 28 - indent - (int)g_utf8_strlen(shown, -1));
    int type_width = rest->len > 0 ? 22 : 0;
    printf("%*s%s%*s  %s%-*s%s%s%s\n", indent, "", shown, name_width, "", colours->faint,
           type_width, type, colours->plain, rest->len > 0 ? "  " : "", rest->str);
}

/* ---- for programs: a flat list ---- */

static void
put_shape(Listing *listing, const TorporArray *array)
{
    gboolean stored_once;
    g_autofree char *shape = shape_text(listing, array, &stored_once);
    torpor_json_text(&listing->json, "dtype", array->dtype_name, -1);
    torpor_json_raw(&listing->json, "shape", shape);
    torpor_json_uint(&listing->json, "bytes", array->byte_length);
    if (stored_once)
        torpor_json_bool(&listing->json, "stored_once", TRUE);
}

static void
put_plain_value(Listing *listing, const TorporNode *node)
{
    g_autofree char *number = NULL;
    switch (node->kind) {
    case TORPOR_NODE_QUANTITY:
        put_plain_value(listing, node->value.quantity.mantissa);
        return;
    case TORPOR_NODE_BOOL:
    case TORPOR_NODE_INT:
    case TORPOR_NODE_UINT:
    case TORPOR_NODE_FLOAT:
        number = value_text(node);
        torpor_json_raw(&listing->json, "value", number);
        return;
    case TORPOR_NODE_TEXT:
        torpor_json_uint(&listing->json, "bytes", node->value.bytes.length);
        if (node->value.bytes.data != NULL)
            torpor_json_text(&listing->json, "value", node->value.bytes.data,
                             (gssize)node->value.bytes.length);
        return;
    case TORPOR_NODE_BYTES:
    case TORPOR_NODE_EXT:
        torpor_json_uint(&listing->json, "bytes", node->value.bytes.length);
        return;
    case TORPOR_NODE_MAP:
    case TORPOR_NODE_LIST:
        torpor_json_uint(&listing->json, "entries", node->value.map.count);
        return;
    default:
        return;
    }
}

static void
put_object(Listing *listing, const TorporNode *node)
{
    torpor_json_begin_flat(&listing->json, NULL, '{');
    torpor_json_text(&listing->json, "path", listing->path->str, (gssize)listing->path->len);
    torpor_json_text(&listing->json, "kind", torpor_node_kind_name(node->kind), -1);
    const TorporArray *array = array_of(node);
    if (array != NULL)
        put_shape(listing, array);
    else
        put_plain_value(listing, node);
    if (node->kind == TORPOR_NODE_QUANTITY) {
        g_autofree char *unit = torpor_unit_to_text(node->value.quantity.unit);
        torpor_json_text(&listing->json, "unit", unit, -1);
    }
    torpor_json_end(&listing->json, '}');
}

/* ---- the walk ---- */

static void list_entries(Listing *listing, const TorporNode *node);

static void
list_node(Listing *listing, const TorporNode *node, const char *name)
{
    if (!listing->shows_hidden && torpor_layout_is_hidden(listing->layout, listing->path->str))
        return;
    if (listing->as_json)
        put_object(listing, node);
    else
        print_line(listing, node, name);
    if (is_container(node))
        list_entries(listing, node);
}

static void
list_entries(Listing *listing, const TorporNode *node)
{
    gsize parent_length = listing->path->len;
    guint64 number = 0;
    listing->depth++;
    for (const TorporNode *child = node->value.map.first; child != NULL; child = child->next) {
        torpor_path_append_child(listing->path, child, number++);
        g_autofree char *name = g_strdup(listing->path->str + parent_length + (parent_length > 0));
        list_node(listing, child, name);
        g_string_truncate(listing->path, parent_length);
    }
    listing->depth--;
}

static gboolean
list(const char *name, const char *path, gboolean shows_hidden, gboolean as_json, GError **error)
{
    g_auto(TorporOpened) opened = {.file = NULL};
    if (!torpor_opened_init(&opened, name, error))
        return FALSE;
    const TorporNode *node = torpor_opened_lookup(&opened, path, error);
    if (node == NULL)
        return FALSE;
    g_autoptr(TorporLayout) layout = torpor_layout_new(opened.tree);
    g_autoptr(GString) full_path = g_string_new(path[0] == '/' ? path + 1 : path);
    Listing listing = {.tree = opened.tree,
                       .file = opened.file,
                       .layout = layout,
                       .shows_hidden = shows_hidden,
                       .as_json = as_json,
                       .path = full_path};
    if (listing.as_json)
        torpor_json_begin(&listing.json, NULL, '[');
    if (!is_container(node) || torpor_layout_is_hidden(layout, full_path->str))
        listing.shows_hidden = TRUE; /* asked for by name */
    if (!is_container(node)) {
        const char *slash = strrchr(full_path->str, '/');
        list_node(&listing, node, slash != NULL ? slash + 1 : full_path->str);
    } else {
        listing.depth = -1; /* entries of the one asked for are not indented */
        list_entries(&listing, node);
    }
    if (listing.as_json) {
        torpor_json_end(&listing.json, ']');
        torpor_json_finish(&listing.json);
    }
    return torpor_output_flush(error);
}

int
torpor_command_ls(int argc, char **argv)
{
    gboolean shows_hidden = FALSE;
    gboolean as_json = FALSE;
    const GOptionEntry entries[] = {
        {"json", 0, 0, G_OPTION_ARG_NONE, &as_json, "a list of objects, one per node", NULL},
        {"all", 'a', 0, G_OPTION_ARG_NONE, &shows_hidden,
         "also hidden fields, the layout and the origin", NULL},
        G_OPTION_ENTRY_NULL};
    if (!torpor_command_parse("FILE [PATH]",
                              "List what is in a file: dtype, shape, unit, short values.", entries,
                              &argc, &argv, 1, 2))
        return TORPOR_EXIT_USAGE;
    GError *error = NULL;
    return list(argv[1], argc > 2 ? argv[2] : "", shows_hidden, as_json, &error)
               ? TORPOR_EXIT_FINE
               : torpor_command_fail(error);
}
