#include "host/host_table.h"

#include <stdio.h>
#include <string.h>

#include "host/abi_struct.h"
#include "value/unit.h"

/* Longer ones name more than a model. */
#define MAX_FINGERPRINT_BYTES ((guint64)1 << 20)

static gboolean
check_version(const struct torpor_host *table, GError **error)
{
    if (table == NULL) {
        g_set_error_literal(error, TORPOR_ERROR, TORPOR_STATUS_INVALID,
                            "the host table is NULL: pass a struct torpor_host");
        return FALSE;
    }
    if (table->abi_major == TORPOR_ABI_MAJOR)
        return TRUE;
    g_set_error(error, TORPOR_ERROR, TORPOR_STATUS_VERSION,
                "the host was built for ABI %u.%u, this plugin (%s) for %u.%u: majors must be "
                "equal, rebuild the older one",
                table->abi_major, table->abi_minor, TORPOR_VERSION, TORPOR_ABI_MAJOR,
                TORPOR_ABI_MINOR);
    return FALSE;
}

static gboolean
check_slots(const struct torpor_host *table, GError **error)
{
    const char *missing = table->register_hooks == NULL   ? "register_hooks"
                          : table->clock == NULL          ? "clock"
                          : table->describe == NULL       ? "describe"
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

static gboolean
check_flags(guint32 flags, GError **error)
{
    const guint32 unknown = flags & ~(TORPOR_HOST_CONCURRENT | TORPOR_HOST_NO_SIGNALS |
                                      TORPOR_HOST_CHECKPOINT_CHANGES_RUN | TORPOR_HOST_FORKABLE |
                                      TORPOR_HOST_FINGERPRINT_MUST_MATCH);
    if (unknown == 0)
        return TRUE;
    g_set_error(error, TORPOR_ERROR, TORPOR_STATUS_UNSUPPORTED,
                "flag 0x%x of the host table is not built into Torpor %s", unknown, TORPOR_VERSION);
    return FALSE;
}

/* More ranks than a machine has; the slots are sized by them. */
#define MAX_RANKS (1u << 20)

static gboolean
check_collective(const struct torpor_collective *collective, GError **error)
{
    const char *missing = collective->barrier == NULL     ? "barrier"
                          : collective->allgather == NULL ? "allgather"
                          : collective->broadcast == NULL ? "broadcast"
                                                          : NULL;
    if (collective->rank >= collective->n_ranks || collective->n_ranks > MAX_RANKS)
        g_set_error(error, TORPOR_ERROR, TORPOR_STATUS_INVALID,
                    "slot collective of the host table: expected a rank below n_ranks, and at most "
                    "%u of them, found rank %u of %u",
                    MAX_RANKS, collective->rank, collective->n_ranks);
    else if (collective->n_ranks > 1 && missing != NULL)
        g_set_error(error, TORPOR_ERROR, TORPOR_STATUS_INVALID,
                    "slot collective of the host table: %s is NULL, with %u ranks", missing,
                    collective->n_ranks);
    else if ((collective->send == NULL) != (collective->receive == NULL))
        g_set_error_literal(error, TORPOR_ERROR, TORPOR_STATUS_INVALID,
                            "slot collective of the host table: expected both send and receive, or "
                            "none of them");
    else
        return TRUE;
    return FALSE;
}

gboolean
torpor_host_import(const struct torpor_host *from, struct torpor_host *table,
                   struct torpor_collective *collective, GError **error)
{
    if (!check_version(from, error) || !torpor_abi_import(&torpor_abi_host, from, table, error) ||
        !check_slots(table, error) || !check_flags(table->flags, error))
        return FALSE;
    if (table->collective == NULL)
        return TRUE;
    if (!torpor_abi_import(&torpor_abi_collective, table->collective, collective, error)) {
        g_prefix_error(error, "slot collective of the host table: ");
        return FALSE;
    }
    table->collective = collective;
    return check_collective(collective, error);
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
    error.message[0] = '\0'; /* the rest need not be cleared */
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
    struct torpor_clock clock = {TORPOR_CLOCK_INIT};
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

gboolean
torpor_host_n_threads(const TorporHost *host, guint32 *out, GError **error)
{
    *out = 1;
    if (host->table->n_threads == NULL)
        return TRUE;
    struct torpor_error failure = torpor_host_error_new();
    gint32 status = host->table->n_threads(host->data, out, &failure);
    return torpor_host_result(status, &failure, error, "the host's n_threads");
}

/* Ask for the text with room for `size` bytes. *length: of the whole text, which the room may be
 * too small for. */
static char *
ask_fingerprint(const TorporHost *host, guint64 size, guint64 *length, GError **error)
{
    g_autofree char *text = g_malloc0(size);
    struct torpor_error failure = torpor_host_error_new();
    gint32 status = host->table->fingerprint(host->data, text, size, length, &failure);
    if (!torpor_host_result(status, &failure, error, "the host's fingerprint"))
        return NULL;
    if (*length > MAX_FINGERPRINT_BYTES) {
        g_set_error(error, TORPOR_ERROR, TORPOR_STATUS_LIMIT,
                    "the host's fingerprint: expected at most %" G_GUINT64_FORMAT
                    " bytes, found %" G_GUINT64_FORMAT,
                    MAX_FINGERPRINT_BYTES, *length);
        return NULL;
    }
    if (*length < size && strnlen(text, size) != *length) {
        g_set_error(error, TORPOR_ERROR, TORPOR_STATUS_INVALID,
                    "the host's fingerprint: its length is said to be %" G_GUINT64_FORMAT
                    ", but %" G_GSIZE_FORMAT " bytes were written before a NUL",
                    *length, strnlen(text, size));
        return NULL;
    }
    return g_steal_pointer(&text);
}

char *
torpor_host_fingerprint(const TorporHost *host, GError **error)
{
    if (host->table->fingerprint == NULL)
        return g_strdup("");
    guint64 size = 256;
    guint64 length = 0;
    g_autofree char *text = ask_fingerprint(host, size, &length, error);
    if (text != NULL && length >= size) {
        size = length + 1;
        g_free(text);
        text = ask_fingerprint(host, size, &length, error);
    }
    if (text != NULL && length >= size) {
        g_set_error_literal(error, TORPOR_ERROR, TORPOR_STATUS_INVALID,
                            "the host's fingerprint: it became longer while it was asked for");
        return NULL;
    }
    if (text == NULL || !torpor_host_text_check("the host's fingerprint", text, error))
        return NULL;
    return g_steal_pointer(&text);
}

guint32
torpor_host_n_ranks(const TorporHost *host)
{
    return host->table->collective == NULL ? 1 : host->table->collective->n_ranks;
}

guint32
torpor_host_rank(const TorporHost *host)
{
    return host->table->collective == NULL ? 0 : host->table->collective->rank;
}

gboolean
torpor_host_save_begin(const TorporHost *host, GError **error)
{
    if (host->table->save_begin == NULL)
        return TRUE;
    struct torpor_error failure = torpor_host_error_new();
    gint32 status = host->table->save_begin(host->data, &failure);
    return torpor_host_result(status, &failure, error, "the host's save_begin");
}

void
torpor_host_save_end(const TorporHost *host)
{
    if (host->table->save_end != NULL)
        host->table->save_end(host->data);
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
    static const char *const words[] = {"", "warning: ", "error: "};
    if (level >= TORPOR_LOG_INFO)
        fprintf(stderr, "torpor: %s%s\n", words[MIN(level, TORPOR_LOG_ERROR) - TORPOR_LOG_INFO],
                message);
}

void
torpor_host_progress(const TorporHost *host, const char *what, guint64 done, guint64 total)
{
    if (host->table->progress != NULL)
        host->table->progress(host->data, what, done, total);
}
