#include "host/host_table.h"

#include <string.h>

#include "value/unit.h"

gboolean
torpor_host_check(const struct torpor_host *table, GError **error)
{
    if (table == NULL) {
        g_set_error_literal(error, TORPOR_ERROR, TORPOR_STATUS_INVALID,
                            "the host table is NULL: pass a struct torpor_host");
        return FALSE;
    }
    if (table->abi_major != TORPOR_ABI_MAJOR) {
        g_set_error(error, TORPOR_ERROR, TORPOR_STATUS_VERSION,
                    "the host was built for ABI %u.%u, this plugin (%s) for %u.%u: majors must be "
                    "equal, rebuild the older one",
                    table->abi_major, table->abi_minor, TORPOR_VERSION, TORPOR_ABI_MAJOR,
                    TORPOR_ABI_MINOR);
        return FALSE;
    }
    if (!TORPOR_HAS(table, struct torpor_host, parallel_for)) {
        g_set_error(error, TORPOR_ERROR, TORPOR_STATUS_VERSION,
                    "the host table has %u bytes, ABI 1.0 has %" G_GSIZE_FORMAT
                    ": set struct_size to sizeof(struct torpor_host)",
                    table->struct_size,
                    offsetof(struct torpor_host, parallel_for) + sizeof table->parallel_for);
        return FALSE;
    }
    const char *missing = table->register_hooks == NULL   ? "register_hooks"
                          : table->clock == NULL          ? "clock"
                          : table->populations == NULL    ? "populations"
                          : table->restore_commit == NULL ? "restore_commit"
                                                          : NULL;
    if (missing != NULL) {
        g_set_error(error, TORPOR_ERROR, TORPOR_STATUS_INVALID,
                    "slot %s of the host table is NULL, but not optional", missing);
        return FALSE;
    }
    return torpor_host_text_check("the host's name", table->name, error) &&
           torpor_host_text_check("the host's version", table->version, error);
}

gboolean
torpor_host_text_check(const char *what, const char *text, GError **error)
{
    if (text == NULL || text[0] == '\0') {
        g_set_error(error, TORPOR_ERROR, TORPOR_STATUS_INVALID, "%s is %s", what,
                    text == NULL ? "NULL" : "empty");
        return FALSE;
    }
    if (!g_utf8_validate(text, -1, NULL)) {
        g_autofree char *shown = g_strescape(text, NULL);
        g_set_error(error, TORPOR_ERROR, TORPOR_STATUS_INVALID, "%s is not UTF-8: \"%s\"", what,
                    shown);
        return FALSE;
    }
    return TRUE;
}

struct torpor_error
torpor_host_error_new(void)
{
    struct torpor_error error;
    error.struct_size = sizeof error;
    error.status = TORPOR_STATUS_OK;
    error.message[0] = '\0';
    return error;
}

gboolean
torpor_host_result(gint32 status, const struct torpor_error *from, GError **error,
                   const char *format, ...)
{
    if (status == TORPOR_STATUS_OK)
        return TRUE;
    va_list arguments;
    va_start(arguments, format);
    g_autofree char *what = g_strdup_vprintf(format, arguments);
    va_end(arguments);
    struct torpor_error text = *from;
    text.message[sizeof text.message - 1] = '\0';
    g_autofree char *fallback =
        g_strdup_printf("the host failed with status %d and no text", status);
    torpor_error_import(error, status, &text, fallback);
    g_prefix_error(error, "%s: ", what);
    return FALSE;
}

gboolean
torpor_host_clock(const TorporHost *host, struct torpor_clock *out, GError **error)
{
    struct torpor_clock clock = {.struct_size = sizeof clock};
    struct torpor_error failure = torpor_host_error_new();
    gint32 status = host->table->clock(host->data, &clock, &failure);
    if (!torpor_host_result(status, &failure, error, "the host's clock") ||
        !torpor_host_text_check("the unit of the host's clock", clock.unit, error))
        return FALSE;
    const TorporUnit *unit = torpor_unit_lookup(clock.unit, error);
    if (unit == NULL) {
        g_prefix_error(error, "the host's clock: ");
        return FALSE;
    }
    if (!torpor_unit_same_dimension(unit, torpor_unit_lookup("s", NULL)) &&
        !torpor_unit_same_dimension(unit, torpor_unit_lookup("1", NULL))) {
        g_set_error(error, TORPOR_ERROR, TORPOR_STATUS_UNIT,
                    "the host's clock: expected a unit of time such as \"ms\", or \"1\" if it "
                    "counts, found \"%s\"",
                    clock.unit);
        return FALSE;
    }
    *out = clock;
    return TRUE;
}

static gboolean
check_list(const char *what, gsize our_size, const TorporHostList *list, GError **error)
{
    if (list->count == 0)
        return TRUE;
    if (list->elements == NULL || list->count > G_MAXSIZE / MAX(list->element_size, 1)) {
        g_set_error(error, TORPOR_ERROR, TORPOR_STATUS_INVALID,
                    "the host's %s: %" G_GUINT64_FORMAT " elements of %u bytes at %s", what,
                    list->count, list->element_size,
                    list->elements == NULL ? "NULL" : "a place where they cannot lie");
        return FALSE;
    }
    if (list->element_size < our_size) {
        g_set_error(error, TORPOR_ERROR, TORPOR_STATUS_INVALID,
                    "the host's %s: element_size is %u, but ABI 1.0 has %" G_GSIZE_FORMAT " bytes",
                    what, list->element_size, our_size);
        return FALSE;
    }
    return TRUE;
}

/* The five lists differ in the slot and in the type of its elements only. */
#define DEFINE_LIST(function, slot, element)                                                       \
    gboolean function(const TorporHost *host, TorporHostList *out, GError **error)                 \
    {                                                                                              \
        TorporHostList list = {0};                                                                 \
        if (host->table->slot != NULL) {                                                           \
            const struct element *elements = NULL;                                                 \
            struct torpor_error failure = torpor_host_error_new();                                 \
            gint32 status = host->table->slot(host->data, &elements, &list.count,                  \
                                              &list.element_size, &failure);                       \
            if (!torpor_host_result(status, &failure, error, "the host's " #slot))                 \
                return FALSE;                                                                      \
            list.elements = (const char *)elements;                                                \
        }                                                                                          \
        if (!check_list(#slot, sizeof(struct element), &list, error))                              \
            return FALSE;                                                                          \
        *out = list;                                                                               \
        return TRUE;                                                                               \
    }

DEFINE_LIST(torpor_host_populations, populations, torpor_population)
DEFINE_LIST(torpor_host_trees, trees, torpor_tree)
DEFINE_LIST(torpor_host_generators, generators, torpor_generator)
DEFINE_LIST(torpor_host_outputs, outputs, torpor_output)
DEFINE_LIST(torpor_host_notes, provenance, torpor_note)

gboolean
torpor_host_parallel(const TorporHost *host, struct torpor_parallel *out, GError **error)
{
    *out = (struct torpor_parallel){.struct_size = sizeof *out, .n_threads = 1, .n_ranks = 1};
    if (host->table->parallel == NULL)
        return TRUE;
    struct torpor_error failure = torpor_host_error_new();
    gint32 status = host->table->parallel(host->data, out, &failure);
    return torpor_host_result(status, &failure, error, "the host's parallel");
}

gboolean
torpor_host_fingerprint(const TorporHost *host, const char **out, GError **error)
{
    *out = "";
    if (host->table->fingerprint == NULL)
        return TRUE;
    const char *text = NULL;
    struct torpor_error failure = torpor_host_error_new();
    gint32 status = host->table->fingerprint(host->data, &text, &failure);
    if (!torpor_host_result(status, &failure, error, "the host's fingerprint") ||
        !torpor_host_text_check("the host's fingerprint", text, error))
        return FALSE;
    *out = text;
    return TRUE;
}

const void *
torpor_host_list_at(const TorporHostList *list, guint64 index)
{
    return list->elements + index * list->element_size;
}

void
torpor_host_log(const TorporHost *host, gint32 level, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    g_autofree char *message = g_strdup_vprintf(format, arguments);
    va_end(arguments);
    if (host->table->log != NULL) {
        host->table->log(host->data, level, message);
        return;
    }
    static const GLogLevelFlags flags[] = {G_LOG_LEVEL_DEBUG, G_LOG_LEVEL_INFO, G_LOG_LEVEL_WARNING,
                                           G_LOG_LEVEL_WARNING};
    g_log(G_LOG_DOMAIN, flags[CLAMP(level, TORPOR_LOG_DEBUG, TORPOR_LOG_ERROR)], "%s", message);
}

void
torpor_host_progress(const TorporHost *host, const char *what, guint64 done, guint64 total)
{
    if (host->table->progress != NULL)
        host->table->progress(host->data, what, done, total);
}
