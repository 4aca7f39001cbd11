/* Damage of checkpoints: each bit, each length, blocks that are zeroed or swapped, files that are
 * spliced, replaced by others or gone. A resume passes over what is damaged, says where, and
 * restores a checkpoint exactly; no change reaches the host.
 *
 * A sample of all cases, another one at each run; with TORPOR_FAULT_LONG all of them, or 60,000 of
 * each kind of damage to a file, or as many as TORPOR_FAULT_SECONDS allow. */
#include "saved_run.h"

#include <fcntl.h>
#include <glib/gstdio.h>
#include <unistd.h>

#include "../unit/scratch.h"

#define SECTOR 512u
#define N_SHARES 35                         /* five kinds of damage to each file of all kinds */
#define N_SAMPLED (is_long ? 60000u : 100u) /* cases of each kind of damage to each file */

static char *folder;
static gboolean is_long;
static gint64 end_of_share;

/* ---- a file, and its damage ---- */

typedef struct {
    Sweep *sweep;
    const Part *part;
    char *path;
    GBytes *intact;
    int fd;
    const char *what;    /* of it is changed */
    gboolean is_foreign; /* by now it may be a file of another run */
} Victim;

static GBytes *
read_file(const char *dir, const char *name)
{
    g_autofree char *path = g_build_filename(dir, name, NULL);
    char *bytes;
    gsize length;
    g_autoptr(GError) error = NULL;
    g_file_get_contents(path, &bytes, &length, &error);
    g_assert_no_error(error);
    return g_bytes_new_take(bytes, length);
}

static void
victim_write(const Victim *victim, const void *bytes, gsize length, gsize place)
{
    g_assert_cmpint(pwrite(victim->fd, bytes, length, (off_t)place), ==, (gssize)length);
}

static void
victim_heal(const Victim *victim)
{
    gsize length;
    const void *bytes = g_bytes_get_data(victim->intact, &length);
    g_assert_cmpint(ftruncate(victim->fd, (off_t)length), ==, 0);
    victim_write(victim, bytes, length, 0);
}

/* The file is said to be damaged where it is: `place` is in the bytes that the message names. */
static void
check_place(const char *said, gsize place, const char *what)
{
    const char *bytes = strstr(said, ": bytes ");
    guint64 first, last;
    if (place == G_MAXSIZE || bytes == NULL ||
        sscanf(bytes, ": bytes %" G_GUINT64_FORMAT " to %" G_GUINT64_FORMAT, &first, &last) != 2)
        return;
    if (place < first || place > last)
        g_error("%s: damaged at %" G_GSIZE_FORMAT ", but: %s", what, place, said);
}

/* It says no, by name, and the host is as it was. */
static void
check_refused(const Victim *victim, const Host *host, const State *before, const char *said)
{
    g_autofree State *state = state_of(host);
    if (!victim->is_foreign || strstr(said, victim->part->name) == NULL ||
        strstr(said, "is of another run") == NULL)
        g_error("%s of %s: %s", victim->what, victim->part->name, said);
    g_assert_cmpuint(host->cells.step, ==, 0);
    g_assert_cmpmem(state, sizeof *state, before, sizeof *before);
}

/* Whatever checkpoint was restored, it was so exactly; and the damaged file was passed over, by
 * name. */
static void
check_resumed(const Victim *victim, const Host *host, gsize place)
{
    const Sweep *sweep = victim->sweep;
    const Part *part = victim->part;
    const char *said = host->cells.log->str;
    guint64 step = host->cells.step;
    g_autofree State *state = state_of(host);
    if (step % EVERY != 0 || memcmp(state, sweep->states[step / EVERY - 1], sizeof *state) != 0)
        g_error("%s of %s: the host is not as it was at step %" G_GUINT64_FORMAT, victim->what,
                part->name, step);
    if (step != part->step && !(step == NEWEST && part->has_more))
        g_error("%s of %s: resumed from step %" G_GUINT64_FORMAT ": %s", victim->what, part->name,
                step, said);
    if (step == NEWEST)
        return;
    if (!g_str_has_prefix(said, "passed over: ") || strstr(said, part->name) == NULL)
        g_error("%s of %s: it is not named: %s", victim->what, part->name, said);
    if (*sweep->kind->options ==
        '\0') /* the others are packed: there it is a place in what is unpacked */
        check_place(said, place, victim->what);
}

/* Start again after `what` was changed. */
static void
check(Victim *victim, gsize place, const char *what)
{
    Sweep *sweep = victim->sweep;
    struct torpor_host table;
    g_autoptr(GError) error = NULL;
    gboolean resumed;
    Host *host = host_new(sweep, 0, 1);
    host->table[1]++; /* to be restored, too */
    g_autofree State *before = state_of(host);
    TorporSession *session = attach(host, &table, NULL);
    victim->what = what;
    if (torpor_session_restore(session, NULL, &resumed, &error))
        check_resumed(victim, host, place);
    else
        check_refused(victim, host, before, error->message);
    sweep->n_done++;
    sweep->n_noticed += host->cells.step != NEWEST;
    (void)torpor_session_free(session);
    host_free(host);
}

/* From here on, a share of TORPOR_FAULT_SECONDS is for the next kind of damage. */
static void
begin_share(void)
{
    const char *seconds = g_getenv("TORPOR_FAULT_SECONDS");
    gint64 share =
        (gint64)((seconds == NULL ? 1e6 : g_ascii_strtod(seconds, NULL)) / N_SHARES * 1e6);
    end_of_share = g_get_monotonic_time() + share;
}

/* Is it the turn of one of n cases? */
static gboolean
is_drawn(gsize n)
{
    if (is_long && g_get_monotonic_time() > end_of_share)
        return FALSE;
    return is_long || n <= N_SAMPLED || (gsize)g_test_rand_int_range(0, (gint32)n) < N_SAMPLED;
}

static void
sweep_bits(Victim *victim)
{
    gsize length;
    const guint8 *bytes = g_bytes_get_data(victim->intact, &length);
    gsize first = (gsize)g_test_rand_int_range(0, (gint32)(8 * length));
    for (gsize n = 0; n < 8 * length; n++) {
        gsize i = (first + n) % (8 * length);
        guint8 changed = bytes[i / 8] ^ (guint8)(1u << i % 8);
        if (!is_drawn(8 * length))
            continue;
        victim_write(victim, &changed, 1, i / 8);
        check(victim, i / 8, "a bit");
        victim_write(victim, &bytes[i / 8], 1, i / 8);
    }
}

static void
sweep_lengths(Victim *victim)
{
    gsize length = g_bytes_get_size(victim->intact);
    for (gsize cut = 0; cut < length; cut++) {
        if (!is_drawn(length))
            continue;
        g_assert_cmpint(ftruncate(victim->fd, (off_t)cut), ==, 0);
        check(victim, G_MAXSIZE, "the end");
        victim_heal(victim);
    }
    for (gsize more = 1; more <= SECTOR; more *= 2) {
        g_assert_cmpint(ftruncate(victim->fd, (off_t)(length + more)), ==, 0);
        check(victim, G_MAXSIZE, "zeros after the end");
        victim_heal(victim);
    }
}

/* Sectors that were never written, or have the bytes of another one. */
static void
sweep_sectors(Victim *victim)
{
    static const guint8 zeros[SECTOR];
    gsize length;
    const guint8 *bytes = g_bytes_get_data(victim->intact, &length);
    gsize n = length / SECTOR;
    for (gsize i = 0; i < n; i++)
        for (gsize k = i; k < n; k++) {
            const guint8 *one = bytes + i * SECTOR;
            const guint8 *other = i == k ? zeros : bytes + k * SECTOR;
            if (!is_drawn(n * n / 2) || memcmp(one, other, SECTOR) == 0)
                continue;
            victim_write(victim, other, SECTOR, i * SECTOR);
            if (i != k)
                victim_write(victim, one, SECTOR, k * SECTOR);
            check(victim, G_MAXSIZE, i == k ? "a sector of zeros" : "two sectors");
            victim_heal(victim);
        }
}

/* The bytes of two files, one up to some sector and the other from there on. */
static void
check_splice(Victim *victim, GBytes *head, GBytes *tail, gsize place, const char *what)
{
    g_autoptr(GByteArray) bytes = g_byte_array_new();
    gsize head_length, tail_length;
    const guint8 *head_bytes = g_bytes_get_data(head, &head_length);
    const guint8 *tail_bytes = g_bytes_get_data(tail, &tail_length);
    g_byte_array_append(bytes, head_bytes, (guint)MIN(place, head_length));
    if (place < tail_length)
        g_byte_array_append(bytes, tail_bytes + place, (guint)(tail_length - place));
    if (bytes->len == g_bytes_get_size(victim->intact) &&
        memcmp(bytes->data, g_bytes_get_data(victim->intact, NULL), bytes->len) == 0)
        return;
    g_assert_cmpint(ftruncate(victim->fd, 0), ==, 0);
    victim_write(victim, bytes->data, bytes->len, 0);
    check(victim, G_MAXSIZE, what);
    victim_heal(victim);
}

static void
sweep_splices(Victim *victim, GBytes *other, gboolean is_foreign)
{
    gsize length = MIN(g_bytes_get_size(victim->intact), g_bytes_get_size(other));
    victim->is_foreign = is_foreign;
    for (gsize place = SECTOR; place < length; place += SECTOR) {
        if (!is_drawn(length / SECTOR))
            continue;
        check_splice(victim, other, victim->intact, place, "the head");
        check_splice(victim, victim->intact, other, place, "the tail");
    }
    check_splice(victim, other, other, 0, "all");
    victim->is_foreign = FALSE;
}

static void
sweep_gone(Victim *victim)
{
    g_autofree char *aside = g_build_filename(folder, "aside", NULL);
    g_assert_cmpint(g_rename(victim->path, aside), ==, 0);
    check(victim, G_MAXSIZE, "all");
    g_assert_cmpint(g_rename(aside, victim->path), ==, 0);
}

/* ---- all of it ---- */

static const Kind kinds[] = {
    {"plain", "", 1, FALSE, {{"ckpt-0000000000000040.msgpack", 30, FALSE}}},
    {"compressed", ",compress=zstd", 1, FALSE, {{"ckpt-0000000000000040.msgpack", 30, FALSE}}},
    {"incremental",
     ",incremental=compare,full_every=2,origin=ignore",
     1,
     TRUE,
     {{"ckpt-0000000000000040.msgpack", 30, FALSE}, {"ckpt-0000000000000030.msgpack", 20, TRUE}}},
    {"sharded",
     "",
     2,
     FALSE,
     {{"ckpt-0000000000000040.msgpack", 30, FALSE},
      {"ckpt-0000000000000040.shard-0-of-2.msgpack", 30, FALSE},
      {"ckpt-0000000000000040.shard-1-of-2.msgpack", 30, FALSE}}},
    {"sharded incremental",
     ",incremental=compare,full_every=2,origin=ignore",
     2,
     TRUE,
     {{"ckpt-0000000000000040.msgpack", 30, FALSE},
      {"ckpt-0000000000000040.shard-1-of-2.msgpack", 30, FALSE},
      {"ckpt-0000000000000030.shard-1-of-2.msgpack", 20, TRUE}}},
};

/* The file of the same name in the checkpoint before the one it belongs to. */
static char *
name_before(const Part *part)
{
    return g_strdup_printf("ckpt-%016" G_GUINT64_FORMAT "%s", part->step,
                           part->name + strlen("ckpt-0000000000000040"));
}

static void
sweep_file(Sweep *sweep, const Sweep *other_run, const Part *part)
{
    Victim victim = {
        .sweep = sweep, .part = part, .path = g_build_filename(sweep->dir, part->name, NULL)};
    g_autofree char *before = name_before(part);
    g_autoptr(GBytes) earlier = read_file(sweep->dir, before);
    g_autoptr(GBytes) foreign = read_file(other_run->dir, part->name);
    victim.intact = read_file(sweep->dir, part->name);
    victim.fd = g_open(victim.path, O_RDWR | O_CLOEXEC, 0);
    g_assert_cmpint(victim.fd, >=, 0);
    begin_share();
    sweep_bits(&victim);
    begin_share();
    sweep_lengths(&victim);
    begin_share();
    sweep_sectors(&victim);
    begin_share();
    sweep_splices(&victim, earlier, FALSE);
    begin_share();
    sweep_splices(&victim, foreign, TRUE);
    if (part > sweep->kind->parts) /* without the first of them there is no such checkpoint */
        sweep_gone(&victim);
    close(victim.fd);
    g_bytes_unref(victim.intact);
    g_free(victim.path);
}

static Sweep *
sweep_new(const Kind *kind, guint64 seed)
{
    static guint n;
    Sweep *sweep = g_new0(Sweep, 1);
    sweep->kind = kind;
    sweep->seed = seed;
    sweep->dir = g_strdup_printf("%s/%u-straight", folder, n);
    run(sweep, 1); /* what it does does not depend on the number of ranks */
    if (kind->n_ranks > 1) {
        g_free(sweep->dir);
        sweep->dir = g_strdup_printf("%s/%u", folder, n);
        run(sweep, kind->n_ranks);
    }
    n++;
    return sweep;
}

static void
sweep_free(Sweep *sweep)
{
    for (guint i = 0; i < N_SAVED; i++)
        g_free(sweep->states[i]);
    g_free(sweep->dir);
    g_free(sweep);
}

/* As counts.py does it. */
static void
count(const char *what, guint n)
{
    const char *path = g_getenv("TORPOR_FAULT_COUNTS");
    FILE *file = path == NULL ? NULL : fopen(path, "a");
    if (file == NULL)
        return;
    fprintf(file, "%u %s\n", n, what);
    fclose(file);
}

static void
test_kind(gconstpointer data)
{
    const Kind *kind = data;
    Sweep *sweep = sweep_new(kind, 0);
    Sweep *other_run = sweep_new(kind, 12345);
    for (const Part *part = kind->parts; part->name != NULL; part++)
        sweep_file(sweep, other_run, part);
    g_test_message("%u damaged files, %u noticed", sweep->n_done, sweep->n_noticed);
    count("damaged files", sweep->n_done);
    count("damaged files that the newest checkpoint did not need",
          sweep->n_done - sweep->n_noticed);
    sweep_free(other_run);
    sweep_free(sweep);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    is_long = g_getenv("TORPOR_FAULT_LONG") != NULL;
    folder = g_dir_make_tmp("torpor-damage-XXXXXX", NULL);
    for (gsize i = 0; i < G_N_ELEMENTS(kinds); i++) {
        g_autofree char *path = g_strdup_printf("/damage/%s", kinds[i].name);
        g_test_add_data_func(path, &kinds[i], test_kind);
    }
    int status = g_test_run();
    scratch_remove(folder);
    g_free(folder);
    return status;
}
