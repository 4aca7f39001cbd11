#include "folder/ledger.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define KEPT_NAME ".torpor.kept"

typedef struct {
    guint64 step;
    guint64 number;
    gboolean for_good;
} Line;

struct _TorporLedger {
    GHashTable *by_step; /* Line, under the address of its step */
    gboolean is_used;    /* the file exists, or is to be written */
};

static Line *
find_or_add(TorporLedger *ledger, guint64 step)
{
    Line *line = g_hash_table_lookup(ledger->by_step, &step);
    if (line == NULL) {
        line = g_new0(Line, 1);
        line->step = step;
        g_hash_table_insert(ledger->by_step, &line->step, line);
    }
    return line;
}

/* *text: NULL if there is no such file. */
static gboolean
read_all(const TorporFolder *folder, char **text, GError **error)
{
    *text = NULL;
    int fd = openat(torpor_folder_fd(folder), KEPT_NAME, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    if (fd < 0 && errno == ENOENT)
        return TRUE;
    g_autoptr(GString) all = g_string_new(NULL);
    char piece[4096];
    gssize n = -1;
    while (fd >= 0 && ((n = read(fd, piece, sizeof piece)) > 0 || (n < 0 && errno == EINTR)))
        g_string_append_len(all, piece, MAX(n, 0));
    if (n < 0)
        torpor_error_set_errno(error, errno, "cannot read \"%s/%s\"", torpor_folder_path(folder),
                               KEPT_NAME);
    else
        *text = g_string_free(g_steal_pointer(&all), FALSE);
    if (fd >= 0)
        close(fd);
    return n == 0;
}

TorporLedger *
torpor_ledger_read(const TorporFolder *folder, GError **error)
{
    g_autofree char *text = NULL;
    if (!read_all(folder, &text, error))
        return NULL;
    TorporLedger *ledger = g_new0(TorporLedger, 1);
    ledger->by_step = g_hash_table_new_full(g_int64_hash, g_int64_equal, NULL, g_free);
    if (text == NULL)
        return ledger;
    ledger->is_used = TRUE;
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
    for (gsize i = 0; lines[i] != NULL; i++) {
        guint64 step = 0;
        guint64 number = 0;
        char mark[8] = "";
        int n_read = sscanf(lines[i], "%" G_GUINT64_FORMAT " %" G_GUINT64_FORMAT " %7s", &step,
                            &number, mark);
        if (n_read < 2)
            continue;
        Line *line = find_or_add(ledger, step);
        line->number = number;
        line->for_good = strcmp(mark, "kept") == 0;
    }
    return ledger;
}

void
torpor_ledger_free(TorporLedger *ledger)
{
    if (ledger == NULL)
        return;
    g_hash_table_unref(ledger->by_step);
    g_free(ledger);
}

static gint
compare_oldest_first(gconstpointer a, gconstpointer b)
{
    const Line *one = a;
    const Line *other = b;
    return (one->step > other->step) - (one->step < other->step);
}

void
torpor_ledger_number(TorporLedger *ledger, const GPtrArray *checkpoints, guint64 keep_every)
{
    ledger->is_used |= keep_every > 0;
    for (guint i = 0; i < checkpoints->len; i++)
        find_or_add(ledger, ((const TorporCheckpoint *)checkpoints->pdata[i])->step);
    /* Lines of removed checkpoints count too: a run may have died before it wrote newer lines. */
    g_autoptr(GList) lines =
        g_list_sort(g_hash_table_get_values(ledger->by_step), compare_oldest_first);
    guint64 number = 0;
    for (const GList *link = lines; link != NULL; link = link->next) {
        Line *line = link->data;
        line->number = MAX(line->number, number + 1);
        number = line->number;
        line->for_good |= keep_every > 0 && number % keep_every == 0;
    }
}

gboolean
torpor_ledger_is_for_good(const TorporLedger *ledger, guint64 step)
{
    const Line *line = g_hash_table_lookup(ledger->by_step, &step);
    return line != NULL && line->for_good;
}

static gboolean
write_durably(const TorporFolder *folder, const char *name, const char *text, GError **error)
{
    int fd = openat(torpor_folder_fd(folder), name,
                    O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0666);
    gsize length = strlen(text);
    gsize written = 0;
    while (fd >= 0 && written < length) {
        gssize n = write(fd, text + written, length - written);
        if (n <= 0 && errno != EINTR)
            break;
        written += (gsize)MAX(n, 0);
    }
    gboolean done = fd >= 0 && written == length && fsync(fd) == 0;
    int failed_errno = errno;
    if (fd >= 0)
        close(fd);
    if (!done)
        torpor_error_set_errno(error, failed_errno, "cannot write \"%s/%s\"",
                               torpor_folder_path(folder), name);
    return done;
}

gboolean
torpor_ledger_write(TorporLedger *ledger, const TorporFolder *folder, const GPtrArray *checkpoints,
                    GError **error)
{
    if (!ledger->is_used)
        return TRUE;
    g_autoptr(GString) text = g_string_new(NULL);
    for (guint i = checkpoints->len; i-- > 0;) {
        const TorporCheckpoint *checkpoint = checkpoints->pdata[i];
        const Line *line = g_hash_table_lookup(ledger->by_step, &checkpoint->step);
        if (line != NULL)
            g_string_append_printf(text, "%" G_GUINT64_FORMAT " %" G_GUINT64_FORMAT "%s\n",
                                   line->step, line->number, line->for_good ? " kept" : "");
    }
    /* The folder is locked, so one name per process is enough; it is one that is removed at the
     * next start if this process dies now. */
    int fd = torpor_folder_fd(folder);
    g_autofree char *new_name = g_strdup_printf(KEPT_NAME ".tmp-%d-%016d", (int)getpid(), 0);
    if (write_durably(folder, new_name, text->str, error)) {
        if (renameat(fd, new_name, fd, KEPT_NAME) == 0)
            return TRUE;
        torpor_error_set_errno(error, errno, "cannot replace \"%s/" KEPT_NAME "\"",
                               torpor_folder_path(folder));
    }
    unlinkat(fd, new_name, 0);
    return FALSE;
}
