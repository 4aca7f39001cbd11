#include "session/together.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "file/writer.h"
#include "host/section_names.h"
#include "msgpack/decode.h"
#include "msgpack/encode.h"
#include "session/keeping.h"
#include "session/lineage.h"
#include "session/lists.h"
#include "session/ranks.h"
#include "session/shard_needs.h"
#include "session/shared_shard.h"
#include "session/writers.h"
#include "value/tree_copy.h"

/* One save, until its manifest is durable. */
struct torpor_shard_save {
    char *path;       /* of the manifest */
    char *stem;       /* of the shards */
    char *shard_path; /* NULL: this rank writes none */
    int folder;       /* descriptor; AT_FDCWD: not into the run's folder */
    guint64 step;
    gint64 begin_us;
    gboolean refers;          /* all ranks do, to earlier checkpoints */
    TorporBaseline *baseline; /* of this rank, if so */
    TorporTree *heading;      /* rank 0: what the manifest begins with, and its provenance */
    char *lists;              /* what this rank lists */
    GArray *needs;            /* see torpor_shard_needs_of; NULL: it writes no shard */
    GError *failure;          /* of this rank; NULL: none yet */
};
typedef struct torpor_shard_save Save;

static void
save_free(Save *save)
{
    if (save == NULL)
        return;
    g_free(save->path);
    g_free(save->stem);
    g_free(save->shard_path);
    g_free(save->lists);
    g_clear_pointer(&save->needs, g_array_unref);
    g_clear_pointer(&save->heading, torpor_tree_free);
    g_clear_pointer(&save->baseline, torpor_baseline_unref);
    g_clear_error(&save->failure);
    g_free(save);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Save, save_free)

/* ---- the folder ---- */

/* Rank 0: lock the folder, or see what became of it. */
static void
hold_folder(TorporSession *session, TorporSay *say, GError **error)
{
    TorporFolder *before = session->folder;
    guint64 number_before = before == NULL ? 0 : torpor_folder_number(before);
    if (!torpor_session_lock_folder(session, error))
        return;
    say->words[0] = torpor_folder_number(session->folder);
    say->words[1] = before == NULL || number_before != say->words[0];
}

/* The other ranks: use the folder that rank 0 holds. */
static void
join_folder(TorporSession *session, const TorporSay *first, GError **error)
{
    if (session->folder != NULL && first->words[1] == 0)
        return;
    g_clear_pointer(&session->folder, torpor_folder_unlock);
    session->folder = torpor_folder_join(session->options->dir, error);
    if (session->folder == NULL || torpor_folder_number(session->folder) == first->words[0])
        return;
    g_set_error(error, TORPOR_ERROR, TORPOR_STATUS_MISMATCH,
                "folder \"%s\" is not the one that rank 0 has; option dir must name one that all "
                "ranks share",
                session->options->dir);
    g_clear_pointer(&session->folder, torpor_folder_unlock);
}

gboolean
torpor_together_lock_folder(TorporSession *session, GError **error)
{
    g_autofree TorporSay *all = g_new0(TorporSay, torpor_host_n_ranks(&session->host));
    GError *failure = NULL;
    TorporSay mine = {{0}};
    if (torpor_ranks_is_first(session))
        hold_folder(session, &mine, &failure);
    if (!torpor_ranks_meet(session, TORPOR_AT_RESTORE, failure, &mine, all, error))
        return FALSE;
    failure = NULL;
    if (!torpor_ranks_is_first(session))
        join_folder(session, &all[0], &failure);
    return torpor_ranks_meet(session, TORPOR_AT_RESTORE, failure, NULL, NULL, error);
}

/* ---- a save begins ---- */

/* Rank 0: is there a manifest of this step whose shards begin with this stem? */
static gboolean
has_stem(int folder, const char *path, const char *stem)
{
    g_autoptr(TorporFile) file = torpor_file_open_in(folder, path, NULL);
    g_autoptr(TorporTree) tree = file == NULL ? NULL : torpor_decode_file(file, NULL);
    g_autoptr(TorporShards) shards =
        tree == NULL ? NULL : torpor_shards_read(tree, file, folder, path, NULL);
    return shards != NULL && strcmp(shards->stem, stem) == 0;
}

static void
put_id(const TorporRun *run, TorporSay *say)
{
    g_autofree char *half = g_strndup(torpor_run_id(run), 16);
    say->words[3] = g_ascii_strtoull(half, NULL, 16);
    say->words[4] = g_ascii_strtoull(torpor_run_id(run) + 16, NULL, 16);
}

static void
take_run(TorporSession *session, const TorporSay *first)
{
    g_autofree char *id = g_strdup_printf("%016" G_GINT64_MODIFIER "x%016" G_GINT64_MODIFIER "x",
                                          first->words[3], first->words[4]);
    torpor_run_free(session->run);
    session->run = torpor_run_named(id);
}

/* Rank 0: the folder is held, and free of an abandoned branch. Says which folder, which stem, and
 * which run. */
static void
prepare_folder(TorporSession *session, const char *path, guint64 step, TorporSay *say,
               GError **error)
{
    put_id(session->run, say);
    if (path != NULL)
        return;
    GError *failure = NULL;
    hold_folder(session, say, &failure);
    if (failure == NULL)
        (void)torpor_keeping_settle_branch(session, &failure);
    if (failure != NULL) {
        g_propagate_error(error, failure);
        return;
    }
    g_autofree char *manifest = torpor_checkpoint_path(torpor_folder_path(session->folder), step);
    g_autofree char *stem = torpor_checkpoint_stem(step, FALSE);
    say->words[2] = has_stem(torpor_folder_fd(session->folder), manifest, stem);
}

static char *
stem_of_path(const char *path)
{
    g_autofree char *name = g_path_get_basename(path);
    if (g_str_has_suffix(name, ".msgpack"))
        name[strlen(name) - strlen(".msgpack")] = '\0';
    return g_steal_pointer(&name);
}

static Save *
save_new(TorporSession *session, const char *path, guint64 step, gboolean again)
{
    Save *save = g_new0(Save, 1);
    save->step = step;
    save->begin_us = g_get_monotonic_time();
    save->folder = path == NULL ? torpor_folder_fd(session->folder) : AT_FDCWD;
    save->path = path == NULL ? torpor_checkpoint_path(torpor_folder_path(session->folder), step)
                              : g_strdup(path);
    save->stem = path == NULL ? torpor_checkpoint_stem(step, again) : stem_of_path(path);
    g_autofree char *folder = g_path_get_dirname(save->path);
    g_autofree char *name =
        torpor_shard_name(save->stem, torpor_writers_shard(session), torpor_writers_n(session));
    if (torpor_writers_is_one(session))
        save->shard_path = g_build_filename(folder, name, NULL);
    return save;
}

/* Rank 0: the sections that a manifest has in common with a checkpoint. */
static TorporTree *
copy_heading(const TorporCapture *capture, gboolean is_shared)
{
    static const char *const sections[] = {TORPOR_SECTION_FORMAT, TORPOR_SECTION_HOST,
                                           TORPOR_SECTION_CLOCK,  TORPOR_SECTION_FINGERPRINT,
                                           TORPOR_SECTION_STEP,   TORPOR_SECTION_PROVENANCE};
    TorporTree *tree = torpor_tree_new();
    const TorporNode *from = torpor_tree_root(capture->tree);
    for (gsize i = 0; i < G_N_ELEMENTS(sections); i++)
        torpor_map_append(tree, torpor_tree_root(tree), sections[i], -1,
                          torpor_node_copy(tree, torpor_map_get(from, sections[i]), 0));
    TorporNode *format = torpor_map_get(torpor_tree_root(tree), TORPOR_SECTION_FORMAT);
    torpor_map_get(format, TORPOR_KEY_VERSION)->value.integer =
        is_shared ? TORPOR_MANIFEST_VERSION : TORPOR_MANIFEST_VERSION_OF_OWN;
    return tree;
}

/* Capture, and write, stage or send. A failure is kept for the commit: the other ranks do not know
 * yet. */
static void
write_shard(TorporSession *session, Save *save, gboolean waits)
{
    gboolean are_few = torpor_writers_are_few(session);
    TorporCapture *captured = save->failure == NULL
                                  ? torpor_keeping_capture(session, save->baseline, &save->failure)
                                  : NULL;
    if (captured != NULL && torpor_ranks_is_first(session))
        save->heading = copy_heading(captured, are_few);
    if (captured != NULL)
        save->lists = torpor_lists_to_text(captured->populations);
    const TorporFollow follow = {.folder = save->folder, .is_shard = TRUE};
    if (are_few) {
        gboolean is_written = torpor_shared_shard_write(session, captured, save->shard_path, waits,
                                                        &follow, &save->failure);
        if (!is_written && save->failure == NULL) /* that of another rank is why */
            g_clear_pointer(&save->shard_path, g_free);
    } else if (captured != NULL) {
        (void)torpor_saver_write(session->saver, captured, save->shard_path, waits, &follow,
                                 &save->failure);
    }
}

/* Of this rank, for a save into the folder, which rank 0 has prepared. NULL: none. */
static TorporBaseline *
find_baseline(const TorporSession *session, const char *path)
{
    return path != NULL || session->folder == NULL
               ? NULL
               : torpor_saver_baseline(session->saver, torpor_folder_fd(session->folder));
}

/* All ranks refer to earlier checkpoints, or none does: so each full_every-th is whole on all. */
static void
settle_baseline(Save *save, TorporBaseline *own, const TorporSay *all, guint n)
{
    save->refers = TRUE;
    for (guint i = 0; i < n; i++)
        save->refers = save->refers && all[i].words[6] != 0;
    save->baseline = save->refers && own != NULL ? torpor_baseline_ref(own) : NULL;
}

static gboolean
begin_save(TorporSession *session, const char *path, GError **error)
{
    g_autofree TorporSay *all = g_new0(TorporSay, torpor_host_n_ranks(&session->host));
    struct torpor_clock clock;
    GError *failure = NULL;
    TorporSay mine = {{0}};
    if (torpor_host_clock(&session->host, &clock, &failure) &&
        torpor_keeping_check_not_torn(session, &failure)) {
        mine.words[5] = clock.step;
        if (torpor_ranks_is_first(session))
            prepare_folder(session, path, clock.step, &mine, &failure);
    }
    TorporBaseline *baseline = find_baseline(session, path);
    mine.words[6] = baseline != NULL || !torpor_writers_is_one(session);
    if (!torpor_ranks_meet(session, TORPOR_AT_SAVE, failure, &mine, all, error))
        return FALSE;
    failure = NULL;
    if (!torpor_ranks_is_first(session)) {
        take_run(session, &all[0]);
        if (path == NULL)
            join_folder(session, &all[0], &failure);
    }
    if (failure == NULL && clock.step != all[0].words[5])
        g_set_error(&failure, TORPOR_ERROR, TORPOR_STATUS_ORDER,
                    "rank 0 saves at step %" G_GUINT64_FORMAT
                    ", this rank at step %" G_GUINT64_FORMAT,
                    all[0].words[5], (guint64)clock.step);
    /* Without its folder a rank has nowhere to write; the others learn so at the commit. */
    session->shard_save = failure != NULL && session->folder == NULL
                              ? g_new0(Save, 1)
                              : save_new(session, path, all[0].words[5], all[0].words[2] != 0);
    session->shard_save->failure = failure;
    session->shard_save_free = (GDestroyNotify)save_free;
    settle_baseline(session->shard_save, baseline, all, torpor_host_n_ranks(&session->host));
    if (path == NULL)
        session->last_step = all[0].words[5];
    return TRUE;
}

/* ---- a save is committed ---- */

static TorporFile *
open_beside(const Save *save, const char *path, GError **error)
{
    return torpor_file_open_in(save->folder, path, error);
}

static void
put_shard(const TorporSession *session, Save *save, TorporSay *say, GError **error)
{
    TorporShardInfo info;
    if (save->shard_path == NULL)
        return;
    g_autoptr(TorporFile) file = open_beside(save, save->shard_path, error);
    if (file == NULL || !torpor_shard_info_read(file, &info, error))
        return;
    *say = (TorporSay){{info.byte_length, info.index_length, info.index_xxh3,
                        torpor_saver_shard_bytes(session->saver)}};
    save->needs = torpor_shard_needs_of(file);
}

static gboolean
write_manifest(TorporSession *session, const Save *save, TorporTree *tree, GError **error)
{
    const TorporEncodeOptions options = {.index = TRUE};
    g_autoptr(TorporPlaces) places = torpor_places_new();
    TorporFileWriter *writer =
        torpor_file_writer_new_in(save->folder, save->path, TRUE, session->options->fsync, error);
    if (writer == NULL)
        return FALSE;
    if (torpor_encode(tree, &options, torpor_file_writer_sink(writer), places, error) &&
        torpor_file_writer_append_index(writer, places, error))
        return torpor_file_writer_commit(writer, error);
    torpor_file_writer_abort(writer);
    return FALSE;
}

static void
put_shards(TorporSession *session, Save *save, const TorporSay *all, const GPtrArray *lists)
{
    guint n = torpor_writers_n(session);
    g_autofree TorporShardInfo *infos = g_new(TorporShardInfo, n);
    g_autofree guint64 *n_ranks = g_new(guint64, n);
    for (guint k = 0; k < n; k++) {
        guint first = torpor_writers_first(session, k);
        const guint64 *words = all[first].words;
        infos[k] = (TorporShardInfo){words[0], words[1], words[2]};
        n_ranks[k] = torpor_writers_first(session, k + 1) - first;
    }
    torpor_shards_put(save->heading, save->stem, infos, n,
                      torpor_writers_are_few(session) ? n_ranks : NULL);
    torpor_lists_put_layout(lists, save->heading);
}

/* Once the shards are in vain. Not if the ranks have parted: another may have committed. */
static void
discard(TorporSession *session, const Save *save)
{
    torpor_saver_drop_shard(session->saver);
    if (session->parted != NULL || save->shard_path == NULL)
        return;
    g_autofree char *name = g_path_get_basename(save->shard_path);
    (void)unlinkat(save->folder, save->folder == AT_FDCWD ? save->shard_path : name, 0);
}

/* Rank 0, after the commit. */
static void
follow_up(TorporSession *session, const Save *save)
{
    g_autoptr(GError) warning = NULL;
    torpor_folder_remove_other_shards(session->folder, save->step, save->stem);
    if (!torpor_keeping_prune(session, &warning))
        torpor_host_log(&session->host, TORPOR_LOG_WARNING, "old checkpoints stay: %s",
                        warning->message);
}

/* All shards are durable. */
static gboolean
commit_manifest(TorporSession *session, Save *save, const TorporSay *all, GError **error)
{
    TorporSay mine = {{0}};
    g_autofree TorporSay *outcomes = g_new0(TorporSay, torpor_host_n_ranks(&session->host));
    GError *failure = NULL;
    g_autoptr(GPtrArray) lists =
        torpor_ranks_gather(session, save->lists, strlen(save->lists) + 1, error);
    if (lists == NULL || !torpor_lists_agree(lists, error))
        return FALSE;
    g_autoptr(GArray) needs =
        save->refers ? torpor_shard_needs_gather(session, save->needs, error) : NULL;
    if (save->refers && needs == NULL)
        return FALSE;
    if (torpor_ranks_is_first(session)) {
        put_shards(session, save, all, lists);
        if (needs != NULL && needs->len > 0)
            torpor_shards_put_needs(save->heading, needs);
        if (!write_manifest(session, save, save->heading, &failure) &&
            has_stem(save->folder, save->path, save->stem)) {
            torpor_host_log(&session->host, TORPOR_LOG_ERROR, "%s", failure->message);
            g_clear_error(&failure);
            mine.words[0] = 1; /* in place, perhaps not durable */
        }
    }
    if (!torpor_ranks_meet(session, TORPOR_AT_COMMIT, failure, &mine, outcomes, error))
        return FALSE;
    if (outcomes[0].words[0] == 0)
        return TRUE;
    torpor_saver_drop_shard(session->saver);
    g_clear_pointer(&save->shard_path, g_free); /* the manifest needs it */
    g_set_error(error, TORPOR_ERROR, TORPOR_STATUS_IO,
                "%s is written, but may not be durable: its folder could not be synced",
                save->path);
    return FALSE;
}

static gboolean
commit(TorporSession *session, GError **error)
{
    guint n = torpor_host_n_ranks(&session->host);
    g_autofree TorporSay *all = g_new0(TorporSay, n);
    g_autoptr(Save) save = session->shard_save;
    session->shard_save = NULL;
    GError *failure = g_steal_pointer(&save->failure);
    TorporSay mine = {{0}};
    if (!torpor_saver_collect(session->saver, failure == NULL ? &failure : NULL) && failure == NULL)
        failure = g_error_new_literal(TORPOR_ERROR, TORPOR_STATUS_IO, "the shard failed");
    if (failure == NULL)
        put_shard(session, save, &mine, &failure);
    if (!torpor_ranks_meet(session, TORPOR_AT_COMMIT, failure, &mine, all, error) ||
        !commit_manifest(session, save, all, error)) {
        discard(session, save);
        return FALSE;
    }
    guint64 bytes = 0;
    for (guint i = 0; i < n; i++)
        bytes += all[i].words[3];
    torpor_saver_commit_shard(session->saver, save->path, bytes, save->begin_us);
    if (torpor_ranks_is_first(session) && save->folder != AT_FDCWD)
        follow_up(session, save);
    return TRUE;
}

gboolean
torpor_together_settle(TorporSession *session, GError **error)
{
    return session->shard_save == NULL || commit(session, error);
}

/* ---- a full disk ---- */

/* Rank 0 removes the oldest checkpoint. Was there one? */
static gboolean
make_room(TorporSession *session, gboolean *is_made, GError **error)
{
    g_autofree TorporSay *all = g_new0(TorporSay, torpor_host_n_ranks(&session->host));
    g_autofree char *note = NULL;
    if (torpor_ranks_is_first(session))
        note = torpor_keeping_make_room(session);
    if (note != NULL)
        torpor_host_log(&session->host, TORPOR_LOG_WARNING, "%s", note);
    const TorporSay mine = {{note != NULL}};
    if (!torpor_ranks_meet(session, TORPOR_AT_SAVE, NULL, &mine, all, error))
        return FALSE;
    *is_made = all[0].words[0] != 0;
    return TRUE;
}

static gboolean
save_once(TorporSession *session, const char *path, gboolean waits, GError **error)
{
    if (!begin_save(session, path, error))
        return FALSE;
    write_shard(session, session->shard_save, waits);
    return !waits || commit(session, error);
}

gboolean
torpor_together_save(TorporSession *session, const char *path, gboolean waits, GError **error)
{
    GError *failure = NULL;
    gboolean commits_now = waits || session->options->mode == TORPOR_MODE_SYNC;
    if (save_once(session, path, commits_now, &failure))
        return TRUE;
    gboolean is_made = FALSE;
    gboolean is_full = g_error_matches(failure, TORPOR_ERROR, TORPOR_STATUS_NO_SPACE) &&
                       path == NULL && session->folder != NULL && session->parted == NULL;
    if (!is_full || !make_room(session, &is_made, NULL) || !is_made) {
        g_propagate_error(error, failure);
        return FALSE;
    }
    g_error_free(failure);
    return save_once(session, path, commits_now, error);
}
