/* Shards that refer to earlier ones. Each cell has a row of numbers, and all rows change once, at
 * step 25: so a whole checkpoint has them, and so has that at 30, to which those after it refer. */
#include "ranks.h"

#include <fcntl.h>
#include <glib/gstdio.h>
#include <sys/stat.h>

#include "checkpoint/shards.h"
#include "file/verify.h"
#include "folder/folder.h"
#include "msgpack/decode.h"

#include "run.h"

#define ROW_BYTES (N_WORDS * sizeof(double))

static void
begin_with_rows(Rank *rank)
{
    rank->cells.rows = g_new0(double, (gsize)rank->cells.n *N_WORDS);
    cells_set_rows(&rank->cells);
}

/* What is restored is what the file has. */
static void
resume_with_rows(Rank *rank)
{
    rank->cells.rows = g_new0(double, (gsize)rank->cells.n *N_WORDS);
}

/* Run until all die at this step. */
static void
run_with_rows(const char *dir, guint n, const char *mode, const char *options, guint64 until,
              void (*at_step)(Rank *rank))
{
    g_autofree Run *run = g_new(Run, 1);
    *run = run_new(dir, n, ONE_BY_ONE);
    run->mode = mode;
    run->options = options;
    run->before = begin_with_rows;
    run->at_step = at_step;
    run->until = until;
    run->dies = until < END;
    run_start(run);
    assert_all_fine(run);
    if (strstr(run->ranks[0].cells.log->str, "the run goes on") != NULL)
        g_error("%s", run->ranks[0].cells.log->str);
    run_clear(run);
}

/* To the end. *log: of rank 0 (optional; transfer full). */
static void
resume_to_end(const char *dir, guint n, Dealing dealing, const char *mode, const char *options,
              char **log)
{
    g_autofree Run *run = g_new(Run, 1);
    *run = run_new(dir, n, dealing);
    run->mode = mode;
    run->options = options;
    run->before = resume_with_rows;
    run_start(run);
    assert_all_fine(run);
    g_assert_true(run->ranks[0].resumed);
    for (guint i = 0; i < n; i++)
        g_assert_true(cells_rows_are_right(&run->ranks[i].cells));
    if (log != NULL)
        *log = g_strdup(run->ranks[0].cells.log->str);
    else
        g_assert_cmpstr(run->ranks[0].cells.log->str, ==, "");
    assert_equals_straight(run);
}

/* ---- what a folder has ---- */

static TorporTree *
read_manifest(const char *path)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(TorporFile) file = torpor_file_open(path, &error);
    g_assert_no_error(error);
    TorporTree *tree = torpor_decode_file(file, &error);
    g_assert_no_error(error);
    return tree;
}

/* Every byte of each checkpoint is there. Returns their steps, the newest first: "60 50". */
static char *
steps_of_intact(const char *dir)
{
    g_autoptr(GPtrArray) all = torpor_folder_list(dir, NULL);
    g_autoptr(GString) steps = g_string_new(NULL);
    for (guint i = 0; i < all->len; i++) {
        const TorporCheckpoint *checkpoint = all->pdata[i];
        g_autoptr(GError) error = NULL;
        g_autoptr(TorporTree) tree = read_manifest(checkpoint->path);
        g_autoptr(TorporShards) shards =
            torpor_shards_read(tree, NULL, AT_FDCWD, checkpoint->path, &error);
        g_assert_no_error(error);
        if (shards != NULL)
            torpor_shards_verify(shards, 0, 1, NULL, NULL, &error);
        g_assert_no_error(error);
        g_string_append_printf(steps, "%s%" G_GUINT64_FORMAT, i == 0 ? "" : " ", checkpoint->step);
    }
    return g_string_free(g_steal_pointer(&steps), FALSE);
}

static void
assert_intact(const char *dir, const char *expected)
{
    g_autofree char *steps = steps_of_intact(dir);
    g_assert_cmpstr(steps, ==, expected);
}

/* The only step that the checkpoint needs; 0: none. */
static void
assert_needs(const char *dir, guint64 step, guint64 expected)
{
    g_autofree char *path = torpor_checkpoint_path(dir, step);
    g_autoptr(TorporTree) tree = read_manifest(path);
    g_autoptr(GArray) needs = torpor_shards_needs(tree, NULL, NULL);
    g_assert_cmpuint(needs == NULL ? 0 : needs->len, ==, expected == 0 ? 0 : 1);
    if (needs != NULL)
        g_assert_cmpuint(g_array_index(needs, guint64, 0), ==, expected);
}

/* The same of all checkpoints of a run, the first one first. */
static void
assert_each_needs(const char *dir, const guint64 *expected)
{
    for (guint i = 0; i < END / 10; i++)
        assert_needs(dir, (i + 1) * 10, expected[i]);
}

/* Of all shards of a step. */
static guint64
count_bytes(const char *dir, guint64 step, guint n)
{
    g_autofree char *stem = torpor_checkpoint_stem(step, FALSE);
    guint64 bytes = 0;
    for (guint k = 0; k < n; k++) {
        GStatBuf status;
        g_autofree char *name = torpor_shard_name(stem, k, n);
        g_autofree char *path = path_of(dir, name);
        g_assert_cmpint(g_stat(path, &status), ==, 0);
        bytes += (guint64)status.st_size;
    }
    return bytes;
}

/* ---- runs ---- */

static const char *const modes[] = {"sync", "async"};
static const char *const kinds[] = {"compare", "yes"};

static void
test_resume(void)
{
    static const struct {
        guint before;
        guint after;
        const char *more;
    } cases[] = {{3, 2, ",writers=1"},
                 {4, 4, ",writers=2,compress=zstd"},
                 {2, 2, ""},
                 {2, 1, ""},
                 {2, 4, ",compress=zstd"},
                 {4, 2, ""},
                 {3, 3, ",compress=zstd"}};
    for (guint i = 0; i < G_N_ELEMENTS(cases) * 4; i++) {
        g_autofree char *dir = dir_new();
        guint before = cases[i / 4].before;
        g_autofree char *options = g_strdup_printf("incremental=%s,full_every=9,keep=2%s",
                                                   kinds[i % 2], cases[i / 4].more);
        run_with_rows(dir, before, modes[i / 2 % 2], options, 47, NULL);
        g_autofree char *saved = steps_of_intact(dir);
        if (i / 2 % 2 == 0) { /* in mode async, that at 40 may have no manifest yet */
            g_assert_cmpstr(saved, ==, "40 30");
            assert_needs(dir, 30, 0);
            assert_needs(dir, 40, 30);
        }
        resume_to_end(dir, cases[i / 4].after, (Dealing)(i % 3), modes[i % 2], options, NULL);
        g_autofree char *steps = steps_of_intact(dir);
        g_assert_true(g_str_has_prefix(steps, "60 50"));
    }
}

/* Two shards, of two ranks or of five. */
static void
test_bytes(void)
{
    for (guint i = 0; i < 8; i++) {
        g_autofree char *dir = dir_new();
        g_autofree char *options =
            g_strdup_printf("incremental=%s,full_every=9,keep=9,writers=2", kinds[i / 2 % 2]);
        run_with_rows(dir, i < 4 ? 2 : 5, modes[i % 2], options, END, NULL);
        guint64 rows = N_CELLS * ROW_BYTES;
        g_assert_cmpuint(count_bytes(dir, 10, 2), >, rows / 2); /* without words of zeros */
        g_assert_cmpuint(count_bytes(dir, 20, 2) * 5, <, count_bytes(dir, 10, 2));
        g_assert_cmpuint(count_bytes(dir, 30, 2), >, rows / 2);
        g_assert_cmpuint(count_bytes(dir, 40, 2) * 5, <, count_bytes(dir, 30, 2));
    }
}

/* Each third is whole, on all ranks. */
static void
test_full_every(void)
{
    for (guint i = 0; i < 2; i++) {
        g_autofree char *dir = dir_new();
        run_with_rows(dir, 3, modes[i], "incremental=compare,full_every=3,keep=9", END, NULL);
        assert_each_needs(dir, (const guint64[]){0, 10, 0, 0, 40, 40});
        assert_intact(dir, "60 50 40 30 20 10");
    }
}

static void
change_file_of_rank_1(Rank *rank)
{
    g_autofree char *path = path_of(rank->run->dir, SHARD_30);
    if (rank->cells.seat.rank == 1 && rank->cells.step == 35)
        g_assert_cmpint(utimensat(AT_FDCWD, path, NULL, 0), ==, 0);
}

/* One rank cannot refer to its shard: so none does. */
static void
test_common_decision(void)
{
    g_autofree char *dir = dir_new();
    run_with_rows(dir, 3, "sync", "incremental=yes,full_every=4,keep=9", END,
                  change_file_of_rank_1);
    assert_each_needs(dir, (const guint64[]){0, 10, 0, 0, 40, 40});
    g_assert_cmpuint(count_bytes(dir, 40, 3), >, N_CELLS * ROW_BYTES / 2);
}

static void
fail_save_of_rank_1(Rank *rank)
{
    begin_with_rows(rank);
    if (rank->cells.seat.rank == 1) {
        rank->cells.fails_at = "save_begin";
        rank->cells.fail_step = 40;
    }
}

/* A file that is no checkpoint of the folder. */
static void
save_elsewhere(Rank *rank)
{
    g_autofree char *path = path_of(rank->run->folder, "elsewhere.msgpack");
    if (rank->cells.step == 45)
        g_assert_true(torpor_session_save(rank->session, path, NULL));
}

/* The others had written their shards. */
static void
test_failed_save(void)
{
    for (guint i = 0; i < 8; i++) {
        g_autofree char *dir = dir_new();
        g_autofree char *options = g_strdup_printf("incremental=%s,full_every=9,keep=9,writers=%u",
                                                   kinds[i / 2 % 2], i < 4 ? 3 : 2);
        g_autofree Run *run = g_new(Run, 1);
        *run = run_new(dir, 3, ONE_BY_ONE);
        run->mode = modes[i % 2];
        run->options = options;
        run->before = fail_save_of_rank_1;
        run->at_step = save_elsewhere;
        run_start(run);
        assert_equals_straight(run);
        assert_intact(dir, "60 50 30 20 10");
        assert_needs(dir, 50, 30);
        assert_needs(dir, 60, 30);
    }
}

static void
keep_revision_of_rank_1(Rank *rank)
{
    begin_with_rows(rank);
    rank->cells.keeps_revision = rank->cells.seat.rank == 1;
}

/* The save at 30 fails on all ranks, and the next one is whole on all. */
static void
test_wrong_revision(void)
{
    g_autofree char *dir = dir_new();
    g_autofree Run *run = g_new(Run, 1);
    *run = run_new(dir, 3, ONE_BY_ONE);
    run->options = "incremental=check,full_every=9,keep=9";
    run->before = keep_revision_of_rank_1;
    run_start(run);
    for (guint i = 0; i < run->n; i++) {
        g_assert_error(run->ranks[i].error, TORPOR_ERROR, TORPOR_STATUS_MISMATCH);
        g_assert_true(g_str_has_prefix(run->ranks[i].error->message,
                                       "rank 1: option incremental=check: populations/rows"));
    }
    run_clear(run);
    assert_intact(dir, "60 50 40 20 10");
    assert_needs(dir, 20, 10);
    assert_needs(dir, 40, 0);
    assert_needs(dir, 50, 40);
}

static void
restore_newest(Rank *rank)
{
    g_autofree char *path = torpor_checkpoint_path(rank->run->dir, 40);
    if (rank->cells.step == 47 && !rank->resumed)
        g_assert_true(torpor_session_restore(rank->session, path, &rank->resumed, NULL));
}

/* The host may count its revisions from the restore on. */
static void
test_restore_within(void)
{
    g_autofree char *dir = dir_new();
    run_with_rows(dir, 3, "sync", "incremental=yes,full_every=9,keep=9", END, restore_newest);
    assert_intact(dir, "60 50 40 30 20 10");
    assert_needs(dir, 40, 30);
    assert_needs(dir, 50, 0);
    assert_needs(dir, 60, 50);
}

/* ---- the folder ---- */

static void
test_retention(void)
{
    static const char *const kept[] = {"60 30", "60 50 30", "60 50 40 30"};
    for (guint i = 0; i < 6; i++) {
        g_autofree char *dir = dir_new();
        g_autofree char *options =
            g_strdup_printf("incremental=compare,full_every=9,keep=%u", i / 2 + 1);
        run_with_rows(dir, 3, modes[i % 2], options, END, NULL);
        assert_intact(dir, kept[i / 2]);
    }
}

/* A second save at a step is in files of other names. */
static void
test_same_step(void)
{
    g_autofree char *dir = dir_new();
    g_autofree Run *run = g_new(Run, 1);
    *run = run_new(dir, 2, ONE_BY_ONE);
    run->options = "incremental=compare,full_every=9,keep=9";
    run->before = begin_with_rows;
    run->save_at = 40;
    run_start(run);
    assert_equals_straight(run);
    assert_intact(dir, "60 50 40 30 20 10");
    g_assert_cmpuint(count_shards(dir, 40), ==, 2);
    assert_needs(dir, 40, 0);
    assert_needs(dir, 60, 40);
}

/* A branch that is set aside has all that it needs, whatever becomes of the folder. */
static void
test_abandoned(void)
{
    g_autofree char *dir = dir_new();
    g_autofree char *from = torpor_checkpoint_path(dir, 40);
    g_autofree char *aside = path_of(dir, "abandoned-1");
    g_autofree char *options =
        g_strdup_printf("incremental=compare,full_every=9,keep=1,resume=%s", from);
    run_with_rows(dir, 3, "sync", "incremental=compare,full_every=9,keep=2", 57, NULL);
    assert_intact(dir, "50 40 30");
    resume_to_end(dir, 2, IN_BLOCKS, "sync", options, NULL);
    assert_intact(dir, "60 50");
    assert_intact(aside, "50 30");
    torpor_folder_unlock(torpor_folder_lock(aside, NULL)); /* removes shards without a manifest */
    assert_intact(aside, "50 30");
    resume_to_end(aside, 2, ONE_BY_ONE, "sync", NULL, NULL);
}

/* Somebody removed a manifest, whose shards are needed; others were left over. */
static void
test_orphans(void)
{
    g_autofree char *dir = dir_new();
    g_autofree char *needed = torpor_checkpoint_path(dir, 30);
    g_autofree char *other = torpor_checkpoint_path(dir, 20);
    run_with_rows(dir, 3, "sync", "incremental=compare,full_every=9,keep=9", 47, NULL);
    g_remove(needed);
    g_remove(other);
    resume_to_end(dir, 4, ONE_BY_ONE, "sync", "keep=9", NULL);
    g_assert_true(is_there(dir, SHARD_30));
    g_assert_false(is_there(dir, "ckpt-0000000000000020.shard-1-of-3.msgpack"));
    assert_intact(dir, "60 50 40 10");
}

/* All that need a file that is damaged or gone are passed over. */
static void
test_damage(void)
{
    for (guint n = 1; n <= 4; n++) {
        g_autofree char *dir = dir_new();
        g_autofree char *victim = path_of(dir, SHARD_30);
        g_autofree char *log = NULL;
        GStatBuf status;
        run_with_rows(dir, 3, "sync", "incremental=compare,full_every=2,keep=9", 47, NULL);
        assert_needs(dir, 40, 30);
        g_assert_cmpint(g_stat(victim, &status), ==, 0);
        if (n % 2 == 1)
            flip(victim, status.st_size / 2);
        else
            g_remove(victim);
        resume_to_end(dir, n, ONE_BY_ONE, "sync", "keep=9", &log);
        g_auto(GStrv) lines = g_strsplit(log, "\n", -1);
        g_assert_cmpuint(g_strv_length(lines), ==, 2 + 1);
        for (guint i = 0; i < 2; i++) {
            g_autofree char *name = g_strdup_printf("00%u.", i == 0 ? 40 : 30);
            g_assert_nonnull(strstr(lines[i], "passed over"));
            g_assert_nonnull(strstr(lines[i], name));
            if (strstr(lines[i], SHARD_30) == NULL)
                g_error("%u: expected " SHARD_30 " in: %s", n, log);
        }
    }
}

/* ---- the command ---- */

/* It succeeds, and says these words. */
static void
command(const char *words_said, const char *format, ...)
{
    va_list values;
    va_start(values, format);
    g_autofree char *words = g_strdup_vprintf(format, values);
    va_end(values);
    g_autofree char *line = g_strdup_printf("%s %s", g_getenv("TORPOR_CLI"), words);
    g_autofree char *said = NULL;
    g_autofree char *problem = NULL;
    gint status = -1;
    g_assert_true(g_spawn_command_line_sync(line, &said, &problem, &status, NULL));
    if (status != 0 || strstr(said, words_said) == NULL)
        g_error("%s: expected \"%s\" in: %s%s", line, words_said, said, problem);
}

/* As `torpor info` says it. */
static char *
size_on_disk(const char *dir, guint64 step, guint n)
{
    g_autofree char *manifest = torpor_checkpoint_path(dir, step);
    GStatBuf status;
    g_assert_cmpint(g_stat(manifest, &status), ==, 0);
    double bytes = (double)count_bytes(dir, step, n) + (double)status.st_size;
    return g_strdup_printf("%.1f KiB", bytes / 1024);
}

static void
test_command(void)
{
    g_autofree char *dir = dir_new();
    g_autofree char *whole_dir = dir_new();
    g_autofree char *path = torpor_checkpoint_path(dir, 40);
    g_autofree char *whole = torpor_checkpoint_path(whole_dir, 40);
    g_autofree char *converted = path_of(dir, "converted.msgpack");
    if (g_getenv("TORPOR_CLI") == NULL) {
        g_test_skip("TORPOR_CLI is not set");
        return;
    }
    run_with_rows(dir, 3, "sync", "incremental=yes,full_every=9,keep=9", 47, NULL);
    run_with_rows(whole_dir, 2, "sync", NULL, 47, NULL);
    g_autofree char *size = size_on_disk(dir, 40, 3);
    command("0040.msgpack: fine", "verify %s", dir);
    command("ckpt-0000000000000030.msgpack\n", "info %s", path);
    command("\"needs\": [\n", "info --json %s", path);
    command(size, "info %s", dir);
    command("float64 [101, 512]", "ls %s populations/rows", path);
    command("3000.25,", "get %s populations/rows/values --slice 3:4 --format csv", path);
    command("", "diff %s %s", path, whole);
    command("", "convert %s %s", path, converted);
    command("", "diff %s %s", converted, whole);
    command("", "prune %s --keep 1", dir);
    assert_intact(dir, "40 30");
    command("", "diff %s %s", path, whole);
}

void
add_incremental_tests(void)
{
    g_test_add_func("/ranks/incremental/resume", test_resume);
    g_test_add_func("/ranks/incremental/bytes", test_bytes);
    g_test_add_func("/ranks/incremental/full-every", test_full_every);
    g_test_add_func("/ranks/incremental/common-decision", test_common_decision);
    g_test_add_func("/ranks/incremental/failed-save", test_failed_save);
    g_test_add_func("/ranks/incremental/wrong-revision", test_wrong_revision);
    g_test_add_func("/ranks/incremental/restore-within", test_restore_within);
    g_test_add_func("/ranks/incremental/retention", test_retention);
    g_test_add_func("/ranks/incremental/same-step", test_same_step);
    g_test_add_func("/ranks/incremental/abandoned", test_abandoned);
    g_test_add_func("/ranks/incremental/orphans", test_orphans);
    g_test_add_func("/ranks/incremental/damage", test_damage);
    g_test_add_func("/ranks/incremental/command", test_command);
}
