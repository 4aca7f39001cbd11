#include "cli/summary.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/error.h"
#include "cli/value.h"
#include "host/section_names.h"
#include "msgpack/decode.h"
#include "msgpack/stored.h"

static char *
time_of_writing(const TorporFile *file)
{
    struct stat status;
    if (fstat(file->fd, &status) != 0)
        return NULL;
    g_autoptr(GDateTime) time = g_date_time_new_from_unix_utc((gint64)status.st_mtime);
    return time == NULL ? NULL : g_date_time_format(time, "%Y-%m-%dT%H:%M:%SZ");
}

/* Errors that say something of the file rather than of the machine. */
static gboolean
is_about_content(const GError *error)
{
    return error->code == TORPOR_STATUS_DAMAGED || error->code == TORPOR_STATUS_VERSION ||
           error->code == TORPOR_STATUS_UNSUPPORTED || error->code == TORPOR_STATUS_LIMIT;
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
    summary->byte_length = summary->opened.file->length;
    summary->written = time_of_writing(summary->opened.file);
    summary->opened.tree = torpor_decode_file(summary->opened.file, NULL);
    if (summary->opened.tree != NULL)
        summary->layout = torpor_layout_new(summary->opened.tree);
    return TRUE;
}

void
torpor_summary_clear(TorporSummary *summary)
{
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

/* A short text, as it is. NULL: there is none. */
static char *
find_text(const TorporSummary *summary, const char *path)
{
    const TorporNode *node = find(summary, path);
    if (node == NULL || node->kind != TORPOR_NODE_TEXT)
        return NULL;
    return torpor_bytes_read(summary->opened.file, node, NULL);
}

gboolean
torpor_summary_is_checkpoint(const TorporSummary *summary)
{
    g_autofree char *name = find_text(summary, TORPOR_SECTION_FORMAT "/" TORPOR_KEY_NAME);
    return g_strcmp0(name, TORPOR_CHECKPOINT_NAME) == 0;
}

const char *
torpor_summary_integrity(const TorporSummary *summary)
{
    if (summary->damage != NULL)
        return summary->damage->code == TORPOR_STATUS_DAMAGED ? "damaged" : "unreadable";
    if (summary->indexed)
        return "whole";
    return torpor_summary_is_checkpoint(summary) ? "unchecked" : "structure";
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
parent_text(const TorporSummary *summary)
{
    g_autofree char *parent = find_text(summary, RUN_PATH TORPOR_KEY_PARENT);
    g_autofree char *step = uint_text(summary, RUN_PATH TORPOR_KEY_PARENT_STEP);
    return parent == NULL || step == NULL ? NULL : g_strdup_printf("%s at step %s", parent, step);
}

/* ---- for people ---- */

static void
print_row(const char *name, const char *text)
{
    const TorporColours *colours = torpor_colours();
    if (text == NULL)
        return;
    g_autofree char *shown = torpor_printable(text, strlen(text));
    printf("  %s%-12s%s %s\n", colours->faint, name, colours->plain, shown);
}

static void
print_joined(const TorporSummary *summary, const char *name, const char *a, const char *b)
{
    g_autofree char *first = find_text(summary, a);
    g_autofree char *second = find_text(summary, b);
    g_autofree char *both = g_strdup_printf("%s %s", first, second != NULL ? second : "");
    if (first != NULL)
        print_row(name, both);
}

static void
print_provenance(const TorporSummary *summary)
{
    g_autofree char *run = find_text(summary, RUN_PATH TORPOR_KEY_ID);
    g_autofree char *parent = parent_text(summary);
    print_row("run", run);
    print_row("parent", parent);
    const TorporNode *provenance = find(summary, TORPOR_SECTION_PROVENANCE);
    if (provenance == NULL || provenance->kind != TORPOR_NODE_MAP)
        return;
    for (const TorporNode *node = provenance->value.map.first; node; node = node->next) {
        if (node->kind != TORPOR_NODE_TEXT)
            continue;
        g_autofree char *text = torpor_bytes_read(summary->opened.file, node, NULL);
        g_autofree char *key = torpor_printable(node->key, node->key_length);
        print_row(key, text);
    }
}

static void
print_integrity(const TorporSummary *summary)
{
    const TorporColours *colours = torpor_colours();
    if (summary->damage != NULL) {
        g_autofree char *text =
            torpor_printable(summary->damage->message, strlen(summary->damage->message));
        printf("  %s%-12s%s %s%s%s: %s\n", colours->faint, "integrity", colours->plain,
               colours->bad, torpor_summary_integrity(summary), colours->plain, text);
        return;
    }
    print_row("integrity",
              summary->indexed
                  ? "whole: every byte was checked"
                  : "the structure is fine; without an index its bytes cannot be checked");
}

void
torpor_summary_print(const TorporSummary *summary)
{
    const TorporColours *colours = torpor_colours();
    g_autofree char *path = torpor_printable(summary->path, strlen(summary->path));
    g_autofree char *clock = clock_text(summary);
    g_autofree char *step = uint_text(summary, TORPOR_SECTION_STEP);
    g_autofree char *size = torpor_size_to_text(summary->byte_length);
    g_autofree char *fingerprint = find_text(summary, TORPOR_SECTION_FINGERPRINT);
    printf("%s%s%s\n", colours->strong, path, colours->plain);
    if (torpor_summary_is_checkpoint(summary)) {
        print_row("what", "checkpoint of a simulation");
        print_joined(summary, "host", TORPOR_SECTION_HOST "/" TORPOR_KEY_NAME,
                     TORPOR_SECTION_HOST "/" TORPOR_KEY_VERSION);
        print_row("clock", clock);
        print_row("step", step);
        print_row("fingerprint", fingerprint);
    } else {
        print_row("what", summary->opened.tree == NULL ? "unknown"
                          : summary->indexed           ? "tree of values with an index"
                                                       : "tree of values, as braintools writes it");
    }
    print_row("size", size);
    print_row("written", summary->written);
    print_integrity(summary);
    if (torpor_summary_is_checkpoint(summary))
        print_provenance(summary);
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
           torpor_summary_integrity(summary), colours->plain);
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

gboolean
torpor_summary_put_json(const TorporSummary *summary, TorporJson *json, GError **error)
{
    gboolean is_checkpoint = torpor_summary_is_checkpoint(summary);
    static const char *const sections[] = {TORPOR_SECTION_FORMAT,      TORPOR_SECTION_HOST,
                                           TORPOR_SECTION_CLOCK,       TORPOR_SECTION_STEP,
                                           TORPOR_SECTION_FINGERPRINT, TORPOR_SECTION_PROVENANCE};
    torpor_json_begin(json, NULL, '{');
    torpor_json_text(json, "path", summary->path, -1);
    torpor_json_text(json, "what",
                     is_checkpoint                  ? "checkpoint"
                     : summary->opened.tree == NULL ? "unknown"
                                                    : "tree",
                     -1);
    torpor_json_uint(json, "size", summary->byte_length);
    torpor_json_text(json, "written", summary->written, -1);
    torpor_json_bool(json, "indexed", summary->indexed);
    torpor_json_text(json, "integrity", torpor_summary_integrity(summary), -1);
    torpor_json_text(json, "error", summary->damage == NULL ? NULL : summary->damage->message, -1);
    for (gsize i = 0; is_checkpoint && i < G_N_ELEMENTS(sections); i++)
        if (!put_section(summary, json, sections[i], error))
            return FALSE;
    torpor_json_end(json, '}');
    return TRUE;
}
