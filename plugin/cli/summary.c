#include "cli/summary.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/error.h"
#include "checkpoint/shards.h"
#include "cli/value.h"
#include "folder/checkpoint_list.h"
#include "host/section_names.h"
#include "msgpack/decode.h"
#include "msgpack/stored.h"

static char *
time_to_text(gint64 seconds)
{
    g_autoptr(GDateTime) time = g_date_time_new_from_unix_utc(seconds);
    return time == NULL ? NULL : g_date_time_format(time, "%Y-%m-%dT%H:%M:%SZ");
}

/* Errors that say something of the file rather than of the machine. */
static gboolean
is_about_content(const GError *error)
{
    return error->code == TORPOR_STATUS_DAMAGED || error->code == TORPOR_STATUS_VERSION ||
           error->code == TORPOR_STATUS_UNSUPPORTED || error->code == TORPOR_STATUS_LIMIT;
}

void
torpor_summary_clear(TorporSummary *summary)
{
    g_clear_pointer(&summary->rows, g_array_unref);
    g_clear_pointer(&summary->layout, torpor_layout_free);
    torpor_opened_clear(&summary->opened);
    g_clear_error(&summary->damage);
    g_clear_pointer(&summary->written, g_free);
    g_clear_pointer(&summary->path, g_free);
}

/* ---- sections of a checkpoint ---- */

static const TorporNode *
find(const TorporSummary *summary, const char *path)
{
    return summary->opened.tree == NULL ? NULL
                                        : torpor_tree_lookup(summary->opened.tree, path, NULL);
}

/* A short text, as it is. NULL without an error: there is none, or the file is damaged there. */
static char *
read_text(const TorporSummary *summary, const TorporNode *node, GError **error)
{
    if (node == NULL || node->kind != TORPOR_NODE_TEXT || (error != NULL && *error != NULL))
        return NULL;
    return torpor_bytes_read(summary->opened.file, node, summary->damage == NULL ? error : NULL);
}

static char *
find_text(const TorporSummary *summary, const char *path, GError **error)
{
    return read_text(summary, find(summary, path), error);
}

const char *
torpor_summary_integrity(const TorporSummary *summary)
{
    if (summary->damage != NULL)
        return summary->damage->code == TORPOR_STATUS_DAMAGED ? "damaged" : "unreadable";
    if (summary->indexed)
        return "whole";
    return summary->is_checkpoint ? "unchecked" : "structure";
}

static char *
clock_text(const TorporSummary *summary)
{
    const TorporNode *node = find(summary, TORPOR_SECTION_CLOCK);
    if (node == NULL || node->kind != TORPOR_NODE_QUANTITY ||
        node->value.quantity.mantissa->kind != TORPOR_NODE_FLOAT)
        return NULL;
    char time[TORPOR_FLOAT_TEXT_BYTES];
    g_autofree char *unit = torpor_unit_to_text(node->value.quantity.unit);
    return g_strdup_printf(
        "%s %s", torpor_float_to_text(node->value.quantity.mantissa->value.real, time), unit);
}

static char *
uint_text(const TorporSummary *summary, const char *path)
{
    const TorporNode *node = find(summary, path);
    if (node == NULL || (node->kind != TORPOR_NODE_INT && node->kind != TORPOR_NODE_UINT))
        return NULL;
    return g_strdup_printf("%" G_GUINT64_FORMAT, node->value.unsigned_integer);
}

#define RUN_PATH TORPOR_SECTION_PROVENANCE "/" TORPOR_KEY_RUN "/"

/* The run that this one branched from, and where. */
static char *
parent_text(const TorporSummary *summary, GError **error)
{
    g_autofree char *parent = find_text(summary, RUN_PATH TORPOR_KEY_PARENT, error);
    g_autofree char *step = uint_text(summary, RUN_PATH TORPOR_KEY_PARENT_STEP);
    return parent == NULL || step == NULL ? NULL : g_strdup_printf("%s at step %s", parent, step);
}

/* ---- for people ---- */

static void
row_clear(gpointer data)
{
    TorporSummaryRow *row = data;
    g_free(row->name);
    g_free(row->text);
}

/* text: taken; NULL if there is none. */
static void
add_row(GArray *rows, const char *name, char *text)
{
    TorporSummaryRow row = {g_strdup(name), text};
    if (text != NULL)
        g_array_append_val(rows, row);
    else
        row_clear(&row);
}

static void
add_host(const TorporSummary *summary, GArray *rows, GError **error)
{
    g_autofree char *name = find_text(summary, TORPOR_SECTION_HOST "/" TORPOR_KEY_NAME, error);
    g_autofree char *version =
        find_text(summary, TORPOR_SECTION_HOST "/" TORPOR_KEY_VERSION, error);
    if (name != NULL)
        add_row(rows, "host", g_strdup_printf("%s %s", name, version != NULL ? version : ""));
}

static void
add_provenance(const TorporSummary *summary, GArray *rows, GError **error)
{
    add_row(rows, "run", find_text(summary, RUN_PATH TORPOR_KEY_ID, error));
    add_row(rows, "parent", parent_text(summary, error));
    const TorporNode *provenance = find(summary, TORPOR_SECTION_PROVENANCE);
    if (provenance == NULL || provenance->kind != TORPOR_NODE_MAP)
        return;
    for (const TorporNode *node = provenance->value.map.first; node; node = node->next) {
        g_autofree char *key = torpor_printable(node->key, node->key_length);
        add_row(rows, key, read_text(summary, node, error));
    }
}

static char *
integrity_text(const TorporSummary *summary)
{
    if (summary->damage != NULL)
        return g_strdup_printf("%s: %s", torpor_summary_integrity(summary),
                               summary->damage->message);
    return g_strdup(summary->indexed
                        ? "intact: every byte was checked"
                        : "the structure is fine; without an index its bytes cannot be checked");
}

static const char *
what_text(const TorporSummary *summary)
{
    if (summary->is_checkpoint)
        return "checkpoint of a simulation";
    if (summary->opened.tree == NULL)
        return "unknown";
    return summary->indexed ? "tree of values with an index"
                            : "tree of values, as braintools writes it";
}

/* The names of the earlier files, or checkpoints of several ranks, that it refers to. Transfer
 * full.
 */
static GPtrArray *
names_of_needs(const TorporSummary *summary)
{
    const TorporUnpacker *unpacker = summary->opened.file->unpacker;
    if (unpacker != NULL)
        return g_ptr_array_ref(torpor_unpacker_table(unpacker)->names);
    TorporTree *tree = summary->opened.tree;
    GPtrArray *names = g_ptr_array_new_with_free_func(g_free);
    g_autoptr(GArray) steps =
        tree == NULL ? NULL : torpor_shards_needs(tree, summary->opened.file, NULL);
    for (guint i = 0; steps != NULL && i < steps->len; i++)
        g_ptr_array_add(names, torpor_checkpoint_name(g_array_index(steps, guint64, i)));
    return names;
}

/* What it needs of others, and that braintools needs `torpor convert`. */
static void
add_packed(const TorporSummary *summary, GArray *rows)
{
    g_autoptr(GPtrArray) names = names_of_needs(summary);
    g_autofree char *size = torpor_size_to_text(summary->opened.file->length);
    if (summary->opened.file->unpacker != NULL)
        add_row(rows, "packed",
                g_strdup_printf(
                    "%s when unpacked; braintools opens what `torpor convert` makes of it", size));
    for (guint i = 0; i < names->len; i++)
        add_row(rows, "needs", g_strdup(names->pdata[i]));
}

/* All that is shown is read here, so that what cannot be read is an error before anything is
 * printed. */
static gboolean
read_rows(TorporSummary *summary, GError **error)
{
    GError *problem = NULL;
    GArray *rows = summary->rows = g_array_new(FALSE, FALSE, sizeof(TorporSummaryRow));
    g_array_set_clear_func(rows, row_clear);
    g_autofree char *format =
        find_text(summary, TORPOR_SECTION_FORMAT "/" TORPOR_KEY_NAME, &problem);
    summary->is_checkpoint = g_strcmp0(format, TORPOR_CHECKPOINT_NAME) == 0;
    add_row(rows, "what", g_strdup(what_text(summary)));
    if (summary->is_checkpoint) {
        add_host(summary, rows, &problem);
        add_row(rows, "clock", clock_text(summary));
        add_row(rows, "step", uint_text(summary, TORPOR_SECTION_STEP));
        add_row(rows, "fingerprint", find_text(summary, TORPOR_SECTION_FINGERPRINT, &problem));
    }
    add_row(rows, "size", torpor_size_to_text(summary->byte_length));
    add_packed(summary, rows);
    add_row(rows, "written", g_strdup(summary->written));
    add_row(rows, TORPOR_SUMMARY_INTEGRITY, integrity_text(summary));
    if (summary->is_checkpoint)
        add_provenance(summary, rows, &problem);
    if (problem == NULL)
        return TRUE;
    g_propagate_error(error, problem);
    return FALSE;
}

/* What cannot be decoded is damage, and was found by the check. */
static gboolean
read_tree(TorporSummary *summary, GError **error)
{
    GError *problem = NULL;
    summary->opened.tree = torpor_decode_file(summary->opened.file, &problem);
    if (summary->opened.tree == NULL) {
        if (summary->damage == NULL) {
            g_propagate_error(error, problem);
            return FALSE;
        }
        g_error_free(problem);
        return TRUE;
    }
    summary->layout = torpor_layout_new(summary->opened.tree);
    summary->byte_length +=
        torpor_whole_file_shard_bytes(summary->opened.tree, summary->opened.file);
    return TRUE;
}

gboolean
torpor_summary_init(TorporSummary *summary, const char *path, GError **error)
{
    *summary = (TorporSummary){.path = g_strdup(path)};
    if (!torpor_check_file(path, &summary->indexed, &summary->damage) &&
        !is_about_content(summary->damage)) {
        g_propagate_error(error, g_steal_pointer(&summary->damage));
        return FALSE;
    }
    summary->opened.file = torpor_file_open(path, error);
    if (summary->opened.file == NULL)
        return FALSE;
    struct stat status;
    if (fstat(summary->opened.file->fd, &status) != 0) {
        torpor_error_set_errno(error, errno, "cannot examine '%s'", path);
        return FALSE;
    }
    summary->byte_length = (guint64)status.st_size;
    summary->written = time_to_text((gint64)status.st_mtime);
    return read_tree(summary, error) && read_rows(summary, error);
}

gboolean
torpor_summary_open_whole(TorporSummary *summary, GError **error)
{
    if (summary->opened.tree == NULL || !torpor_shards_are_named_in(summary->opened.tree))
        return TRUE;
    if (!torpor_whole_file_join(&summary->opened, TRUE, error))
        return FALSE;
    torpor_layout_free(summary->layout);
    summary->layout = torpor_layout_new(summary->opened.tree);
    return TRUE;
}

void
torpor_summary_print(const TorporSummary *summary)
{
    const TorporColours *colours = torpor_colours();
    const GArray *rows = summary->rows;
    g_autofree char *path = torpor_printable(summary->path, strlen(summary->path));
    printf("%s%s%s\n", colours->strong, path, colours->plain);
    for (guint i = 0; i < rows->len; i++) {
        const TorporSummaryRow *row = &g_array_index(rows, TorporSummaryRow, i);
        g_autofree char *text = torpor_printable(row->text, strlen(row->text));
        gboolean is_bad =
            summary->damage != NULL && strcmp(row->name, TORPOR_SUMMARY_INTEGRITY) == 0;
        printf("  %s%-12s%s %s%s%s\n", colours->faint, row->name, colours->plain,
               is_bad ? colours->bad : "", text, is_bad ? colours->plain : "");
    }
}

void
torpor_summary_print_line(const TorporSummary *summary)
{
    const TorporColours *colours = torpor_colours();
    g_autofree char *name = g_path_get_basename(summary->path);
    g_autofree char *shown = torpor_printable(name, strlen(name));
    g_autofree char *clock = clock_text(summary);
    g_autofree char *size = torpor_size_to_text(summary->byte_length);
    g_autofree char *time =
        torpor_printable(clock != NULL ? clock : "?", strlen(clock != NULL ? clock : "?"));
    printf("  %s  %14s  %11s  %s  %s%s%s\n", shown, time, size,
           summary->written != NULL ? summary->written : "?",
           summary->damage == NULL ? colours->good : colours->bad,
           summary->damage == NULL && summary->indexed ? "intact"
                                                       : torpor_summary_integrity(summary),
           colours->plain);
}

/* ---- for programs ---- */

static gboolean
put_section(const TorporSummary *summary, TorporJson *json, const char *key, GError **error)
{
    const TorporNode *node = find(summary, key);
    g_autoptr(GString) path = g_string_new(key);
    return node == NULL ||
           torpor_json_value(json, key, summary->opened.file, summary->layout, path, node, error);
}

static void
put_packed(const TorporSummary *summary, TorporJson *json)
{
    gboolean is_packed = summary->opened.file->unpacker != NULL;
    g_autoptr(GPtrArray) names = names_of_needs(summary);
    torpor_json_bool(json, "packed", is_packed);
    if (is_packed)
        torpor_json_uint(json, "unpacked_size", summary->opened.file->length);
    else if (names->len == 0)
        return;
    torpor_json_begin(json, "needs", '[');
    for (guint i = 0; i < names->len; i++)
        torpor_json_text(json, NULL, names->pdata[i], -1);
    torpor_json_end(json, ']');
}

gboolean
torpor_summary_put_json(const TorporSummary *summary, TorporJson *json, GError **error)
{
    static const char *const sections[] = {TORPOR_SECTION_FORMAT,      TORPOR_SECTION_HOST,
                                           TORPOR_SECTION_CLOCK,       TORPOR_SECTION_STEP,
                                           TORPOR_SECTION_FINGERPRINT, TORPOR_SECTION_PROVENANCE};
    torpor_json_begin(json, NULL, '{');
    torpor_json_text(json, "path", summary->path, -1);
    torpor_json_text(json, "what",
                     summary->is_checkpoint         ? "checkpoint"
                     : summary->opened.tree == NULL ? "unknown"
                                                    : "tree",
                     -1);
    torpor_json_uint(json, "size", summary->byte_length);
    put_packed(summary, json);
    torpor_json_text(json, "written", summary->written, -1);
    torpor_json_bool(json, "indexed", summary->indexed);
    torpor_json_text(json, "integrity", torpor_summary_integrity(summary), -1);
    torpor_json_text(json, "error", summary->damage == NULL ? NULL : summary->damage->message, -1);
    for (gsize i = 0; summary->is_checkpoint && i < G_N_ELEMENTS(sections); i++)
        if (!put_section(summary, json, sections[i], error))
            return FALSE;
    torpor_json_end(json, '}');
    return TRUE;
}
