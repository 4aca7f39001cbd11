#include "checkpoint/provenance.h"

#include <gnu/libc-version.h>
#include <string.h>

#include "host/section_names.h"

static char *
read_cpu_model(void)
{
    g_autofree char *text = NULL;
    if (!g_file_get_contents("/proc/cpuinfo", &text, NULL, NULL))
        return g_strdup("unknown");
    const char *line = strstr(text, "model name");
    const char *colon = line == NULL ? NULL : strchr(line, ':');
    if (colon == NULL)
        return g_strdup("unknown");
    gsize length = strcspn(colon + 1, "\n");
    g_autofree char *model = g_strndup(colon + 1, length);
    return g_utf8_make_valid(g_strstrip(model), -1);
}

/* Read once, since the system is slow to list hundreds of cores. */
static char *
cpu_model(void)
{
    static char *model;
    if (g_once_init_enter(&model))
        g_once_init_leave(&model, read_cpu_model());
    return g_strdup(model);
}

static char *
command_line(void)
{
    g_autofree char *text = NULL;
    gsize length = 0;
    if (!g_file_get_contents("/proc/self/cmdline", &text, &length, NULL) || length == 0)
        return g_strdup("unknown");
    g_autoptr(GString) line = g_string_new(NULL);
    for (const char *word = text; word < text + length; word += strlen(word) + 1) {
        g_autofree char *quoted = g_shell_quote(word);
        gboolean is_plain = strcspn(word, " \t\n'\"\\$*?[]#~=%<>|&;(){}`!") == strlen(word);
        g_string_append_printf(line, "%s%s", line->len > 0 ? " " : "", is_plain ? word : quoted);
    }
    return g_utf8_make_valid(line->str, (gssize)line->len);
}

static void
put(TorporTree *tree, TorporNode *map, const char *key, char *owned_value)
{
    torpor_map_put_text(tree, map, key, owned_value);
    g_free(owned_value);
}

static char *
libc_text(void)
{
    return g_strdup_printf("glibc %s", gnu_get_libc_version());
}

static char *
time_text(const char *source_date_epoch)
{
    gint64 seconds = 0;
    gboolean is_given = source_date_epoch != NULL &&
                        g_ascii_string_to_signed(source_date_epoch, 10, 0,
                                                 G_GINT64_CONSTANT(253402300799), &seconds, NULL);
    g_autoptr(GDateTime) time =
        is_given ? g_date_time_new_from_unix_utc(seconds) : g_date_time_new_now_utc();
    return g_date_time_format(time, "%Y-%m-%dT%H:%M:%SZ");
}

static gboolean
put_notes(const GPtrArray *listed, TorporTree *tree, TorporNode *map, GError **error)
{
    TorporNode *notes = torpor_map_put_map(tree, map, TORPOR_KEY_NOTES);
    for (guint i = 0; i < listed->len; i++) {
        const TorporNote *note = g_ptr_array_index(listed, i);
        if (!torpor_host_text_check("key of a note of provenance", note->key, error))
            return FALSE;
        if (torpor_map_get(notes, note->key) != NULL) {
            g_set_error(error, TORPOR_ERROR, TORPOR_STATUS_EXISTS,
                        TORPOR_SECTION_PROVENANCE "/notes/%s: the host gave it twice", note->key);
            return FALSE;
        }
        put(tree, notes, note->key,
            note->value == NULL ? g_strdup("") : g_utf8_make_valid(note->value, -1));
    }
    return TRUE;
}

const char *
torpor_source_date_epoch(void)
{
    const char *epoch = g_getenv("SOURCE_DATE_EPOCH");
    return epoch == NULL || epoch[0] == '\0' ? NULL : epoch;
}

gboolean
torpor_provenance_save(const TorporDescription *description, guint32 n_threads, TorporTree *tree,
                       TorporNode *map, GError **error)
{
    const char *epoch = torpor_source_date_epoch();
    put(tree, map, TORPOR_KEY_TORPOR, g_strdup(TORPOR_VERSION));
    put(tree, map, TORPOR_KEY_COMPILER, g_strdup(__VERSION__));
    put(tree, map, TORPOR_KEY_LIBC, libc_text());
    put(tree, map, TORPOR_KEY_CPU, cpu_model());
    put(tree, map, TORPOR_KEY_TIME, time_text(epoch));
    if (epoch == NULL) {
        torpor_map_put_uint(tree, map, TORPOR_KEY_THREADS, n_threads);
        put(tree, map, TORPOR_KEY_MACHINE, g_utf8_make_valid(g_get_host_name(), -1));
        put(tree, map, TORPOR_KEY_COMMAND, command_line());
    }
    return put_notes(description->notes, tree, map, error);
}

void
torpor_provenance_compare(const TorporNode *root, TorporReport *report)
{
    g_autofree char *cpu = cpu_model();
    g_autofree char *libc = libc_text();
    /* If one of these differs, results may differ in their last bits. */
    const struct {
        const char *path;
        const char *here;
    } decisive[] = {{TORPOR_SECTION_HOST "/" TORPOR_KEY_VERSION, report->host->table->version},
                    {TORPOR_SECTION_PROVENANCE "/" TORPOR_KEY_CPU, cpu},
                    {TORPOR_SECTION_PROVENANCE "/" TORPOR_KEY_LIBC, libc}};
    for (gsize i = 0; i < G_N_ELEMENTS(decisive); i++) {
        const TorporNode *node = torpor_node_lookup(root, decisive[i].path, NULL, NULL);
        gboolean is_text =
            node != NULL && node->kind == TORPOR_NODE_TEXT && node->value.bytes.data != NULL;
        const char *then = is_text ? node->value.bytes.data : "an unknown one";
        if (strcmp(then, decisive[i].here) != 0)
            torpor_report_warning(report, decisive[i].path,
                                  "saved with %s, resumed with %s: bit-identity is no longer "
                                  "promised",
                                  then, decisive[i].here);
    }
}
