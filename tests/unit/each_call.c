/* Each call of the system and each allocation fails once, or for ever: what was asked for is done
 * all the same, or an error says why not; and it can be done afterwards. */
#include "failing.h"

#include "file/index.h"
#include "file/verify.h"
#include "folder/abandoned.h"
#include "folder/newest.h"
#include "folder/retention.h"
#include "msgpack/decode.h"
#include "round.h"
#include "session/hooks.h"

/* With what they fail: 0, that nothing was read or written. */
static const struct {
    const char *kind;
    int errors[6];
    guint n_errors;
} calls[] = {
    {"try", {ENOMEM}, 1},
    {"open", {EIO, ENOENT, EACCES, EPERM, EROFS}, 5},
    {"create", {EIO, ENOSPC, EEXIST}, 3},
    {"stat", {EIO, ENOENT}, 2},
    {"pread", {EIO, EINTR, 0}, 3},
    {"read", {EIO, EINTR, 0}, 3},
    {"pwrite", {EIO, ENOSPC, EDQUOT, EINTR, 0}, 5},
    {"write", {EIO, ENOSPC, EINTR}, 3},
    {"fsync", {EIO, EINVAL}, 2},
    {"flock", {EIO, ENOLCK, EWOULDBLOCK}, 3},
    {"rename", {EIO, EINVAL, ENOSYS}, 3},
    {"link", {EIO, ENOENT}, 2},
    {"ftruncate", {EIO}, 1},
    {"unlink", {EIO, ENOENT}, 2},
    {"opendir", {EIO}, 1},
    {"mkdir", {EIO, EEXIST}, 2},
    {"readdir", {EIO}, 1},
    {"close", {EIO}, 1},
    {"access", {EIO, ENOENT}, 2},
    {"readlink", {EIO}, 1},
    {"random", {EIO}, 1},
    {"thread", {EAGAIN}, 1},
    /* One after the other. */
    {"link+open", {EIO}, 1},
    {"link+create", {EIO}, 1},
    {"link+read", {EIO}, 1},
    {"link+write", {EIO}, 1},
    {"link+close", {EIO}, 1},
    {"pwrite+ftruncate", {ENOSPC}, 1},
    {"create+random", {EEXIST}, 1},
};

/* What is tried: FALSE with an error. `prepare` makes what it needs, before each time. */
typedef struct {
    void (*prepare)(Round *round);
    gboolean (*attempt)(Round *round, GError **error);
} Case;

/* TRUE: there was such a call. */
static gboolean
attempt_once(Round *round, const Case *each, const char *kind, gint nth, int number,
             gboolean for_ever)
{
    g_autoptr(GError) error = NULL;
    each->prepare(round);
    fail_call(kind, nth, number, for_ever);
    gboolean done = each->attempt(round, &error);
    gboolean is_met = fail_no_more();
    g_assert_cmpint(done, ==, error == NULL);
    if (error != NULL && (!is_met || strlen(error->message) < 20))
        g_error("%s %d, errno %d: %s", kind, nth, number, error->message);
    return is_met;
}

static void
test_each(Round *round, gconstpointer data)
{
    const Case *each = data;
    guint n_tried = 0;
    for (gsize i = 0; i < G_N_ELEMENTS(calls); i++)
        for (guint e = 0; e < calls[i].n_errors; e++)
            for (gint for_ever = 0; for_ever < (e == 0 ? 2 : 1); for_ever++)
                for (gint n = 1;
                     attempt_once(round, each, calls[i].kind, n, calls[i].errors[e], for_ever); n++)
                    n_tried++;
    g_test_message("%u calls failed", n_tried);
    g_assert_cmpuint(n_tried, >, 10);
    g_autoptr(GError) error = NULL;
    each->prepare(round);
    g_assert_true(each->attempt(round, &error));
    g_assert_no_error(error);
}

/* ---- saves ---- */

static void
nothing(G_GNUC_UNUSED Round *round)
{
}

static gboolean
save_packed(Round *round, gint level, gboolean overwrite, GError **error)
{
    g_autoptr(TorporCapture) capture =
        torpor_capture_new(&round->host, round->catalogue, round->outputs, NULL, NULL, error);
    const TorporEncodeOptions options = {.index = TRUE};
    const TorporPackOptions packing = {.level = level};
    return capture != NULL && torpor_file_save_packed(round->path, capture->tree, &options,
                                                      &packing, overwrite, TRUE, error);
}

static gboolean
attempt_save(Round *round, GError **error)
{
    return save_packed(round, 0, TRUE, error);
}

static void
remove_file(Round *round)
{
    (void)g_unlink(round->path);
}

static gboolean
attempt_save_new(Round *round, GError **error)
{
    return save_packed(round, 0, FALSE, error);
}

/* A file beside one that has the same blocks. */
static TorporEarlier *first;
static int first_folder;

static void
prepare_shared(Round *round)
{
    if (first != NULL)
        return;
    g_autoptr(GError) error = NULL;
    round_save_fine(round);
    g_autoptr(TorporFile) file = torpor_file_open(round->path, &error);
    g_assert_no_error(error);
    first_folder = open(round->folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    first = torpor_earlier_new(first_folder, file, &error);
    g_assert_no_error(error);
}

static gboolean
attempt_save_shared(Round *round, GError **error)
{
    g_autofree char *path = g_build_filename(round->folder, "second.msgpack", NULL);
    g_autoptr(TorporCapture) capture =
        torpor_capture_new(&round->host, round->catalogue, round->outputs, NULL, NULL, error);
    const TorporEncodeOptions options = {.index = TRUE};
    const TorporPackOptions packing = {.shared = first, .shared_folder = first_folder};
    return capture != NULL &&
           torpor_file_save_packed(path, capture->tree, &options, &packing, TRUE, TRUE, error);
}

static gboolean
attempt_save_packed(Round *round, GError **error)
{
    return save_packed(round, 1, TRUE, error);
}

/* ---- reading ---- */

static void
prepare_file(Round *round)
{
    if (!g_file_test(round->path, G_FILE_TEST_EXISTS))
        round_save_fine(round);
}

static gboolean
attempt_read(Round *round, GError **error)
{
    g_autoptr(TorporFile) file = torpor_file_open(round->path, error);
    g_autoptr(TorporIndex) index = file == NULL ? NULL : torpor_file_read_index(file, error);
    g_autoptr(TorporTree) tree = index == NULL ? NULL : torpor_decode_file(file, error);
    return tree != NULL && torpor_file_verify(file, index, 2, NULL, NULL, NULL, error) &&
           torpor_file_verify(file, NULL, 1, NULL, NULL, NULL, error);
}

static gboolean
attempt_restore(Round *round, GError **error)
{
    return round_restore(round, 0, TORPOR_MISMATCH_ERROR, error);
}

static gboolean
attempt_restore_from_disk(Round *round, GError **error)
{
    return round_restore(round, 1, TORPOR_MISMATCH_ERROR, error);
}

/* ---- the folder ---- */

/* Checkpoints that refer to earlier ones, one of shards, and what dead processes have left. */
static const char *const chain[] = {
    "ckpt-0000000000000010.msgpack", "ckpt-0000000000000020.msgpack",
    "ckpt-0000000000000030.msgpack", "ckpt-0000000000000040.msgpack",
    "ckpt-0000000000000050.msgpack"};
static const char *const others[] = {
    "ckpt-0000000000000040.shard-0-of-2.msgpack", "ckpt-0000000000000045.shard-0-of-2.msgpack",
    ".torpor.kept", ".x.tmp-999999-0123456789abcdef", "ckpt-0000000000000045.other.msgpack"};
static char *kept; /* where all that stays */
static char *dir, *no_dir;
static TorporFolder *held;

/* Each refers to the one before it, but for the shards and the last. */
static void
save_chain(void)
{
    static guint64 values[1024];
    g_autoptr(TorporEarlier) earlier = NULL;
    for (gsize i = 0; i < G_N_ELEMENTS(chain); i++) {
        g_autoptr(GError) error = NULL;
        g_autofree char *path = g_build_filename(kept, chain[i], NULL);
        g_autoptr(TorporTree) tree = torpor_tree_new();
        TorporNode *node = torpor_map_put_array(tree, torpor_tree_root(tree), "x",
                                                torpor_dtype_by_id(TORPOR_DTYPE_UINT64), 1,
                                                (guint64[]){G_N_ELEMENTS(values)}, NULL);
        for (gsize n = 0; n < G_N_ELEMENTS(values); n++)
            values[n] = n + 1;
        node->value.array->data = values;
        const TorporEncodeOptions options = {.index = TRUE};
        const TorporPackOptions packing = {.earlier = i < 3 ? earlier : NULL};
        torpor_file_save_packed(path, tree, &options, &packing, TRUE, FALSE, &error);
        g_assert_no_error(error);
        g_autoptr(TorporFile) file = torpor_file_open(path, &error);
        int folder = open(kept, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        torpor_earlier_free(earlier);
        earlier = torpor_earlier_new(folder, file, &error);
        close(folder);
        g_assert_no_error(error);
    }
}

static void
put(const char *name, const void *bytes, gsize length)
{
    g_autofree char *path = g_build_filename(kept, name, NULL);
    g_assert_true(g_file_set_contents(path, bytes, (gssize)length, NULL));
}

/* The folder as it was, by other names of the same files. */
static void
prepare_folder(Round *round)
{
    g_clear_pointer(&held, torpor_folder_unlock);
    if (dir == NULL) {
        dir = g_build_filename(round->folder, "dir", NULL);
        kept = g_build_filename(round->folder, "kept", NULL);
        g_mkdir(kept, 0777);
        save_chain();
        put(others[0], "shard", 5);
        put(others[1], "shard", 5);
        put(others[2], "20 2 kept\n30 3\nnonsense\n", 24);
        put(others[3], "half", 4);
        put(others[4], "other", 5);
    }
    scratch_remove(dir);
    g_mkdir(dir, 0777);
    g_autofree char *pipe = g_build_filename(dir, ".y.tmp-999999-0123456789abcdef", NULL);
    g_assert_cmpint(mkfifo(pipe, 0600), ==, 0);
    g_autoptr(GDir) names = g_dir_open(kept, 0, NULL);
    for (const char *name; (name = g_dir_read_name(names)) != NULL;) {
        g_autofree char *from = g_build_filename(kept, name, NULL);
        g_autofree char *to = g_build_filename(dir, name, NULL);
        g_assert_cmpint(link(from, to), ==, 0);
    }
}

static void
prepare_held(Round *round)
{
    g_autoptr(GError) error = NULL;
    prepare_folder(round);
    held = torpor_folder_lock(dir, &error);
    g_assert_no_error(error);
}

static gboolean
verify(G_GNUC_UNUSED gpointer data, int folder, const char *path, GError **error)
{
    g_autoptr(TorporFile) file = torpor_file_open_in(folder, path, error);
    g_autoptr(TorporIndex) index = file == NULL ? NULL : torpor_file_read_index(file, error);
    return index != NULL && torpor_file_verify(file, index, 1, NULL, NULL, NULL, error);
}

static gboolean
attempt_lock(G_GNUC_UNUSED Round *round, GError **error)
{
    held = torpor_folder_lock(dir, error);
    return held != NULL;
}

/* A folder in one that is not there either. */
static void
prepare_no_folder(Round *round)
{
    prepare_folder(round);
    scratch_remove(dir);
    g_autofree char *inner = g_build_filename(dir, "inner", NULL);
    g_free(no_dir);
    no_dir = g_steal_pointer(&inner);
}

static gboolean
attempt_lock_new(G_GNUC_UNUSED Round *round, GError **error)
{
    held = torpor_folder_lock(no_dir, error);
    return held != NULL;
}

/* As a rank that does not hold it. */
static gboolean
attempt_join(G_GNUC_UNUSED Round *round, GError **error)
{
    g_autoptr(TorporFolder) joined = torpor_folder_join(dir, error);
    if (joined != NULL) {
        (void)torpor_folder_number(joined);
        torpor_folder_remove_other_shards(joined, 40, "ckpt-0000000000000040");
        torpor_folder_remove_other_shards(joined, 50, "ckpt-0000000000000050");
    }
    return joined != NULL;
}

static gboolean
attempt_prune(G_GNUC_UNUSED Round *round, GError **error)
{
    g_autoptr(GPtrArray) removed = g_ptr_array_new_with_free_func(g_free);
    gboolean done = torpor_retention_prune(held, NULL, 1, 2, FALSE, verify, NULL, removed, error);
    g_autofree char *newest = g_build_filename(dir, chain[4], NULL);
    GStatBuf status; /* by a call that does not fail */
    g_assert_cmpint(g_stat(newest, &status), ==, 0);
    return done;
}

/* Several are removed, or none can be. */
static gboolean
attempt_prune_most(G_GNUC_UNUSED Round *round, GError **error)
{
    return torpor_retention_prune(held, NULL, 1, 0, FALSE, verify, NULL, NULL, error);
}

static gboolean
attempt_make_room(G_GNUC_UNUSED Round *round, GError **error)
{
    g_autofree char *removed = torpor_retention_make_room(held, NULL, verify, NULL, error);
    return removed != NULL;
}

static gboolean
attempt_set_aside(G_GNUC_UNUSED Round *round, GError **error)
{
    const guint64 resumed_step = 20;
    g_autofree char *moved_to = NULL;
    return torpor_abandoned_set_aside(held, NULL, &resumed_step, &moved_to, error) >= 0;
}

static gboolean
attempt_select(G_GNUC_UNUSED Round *round, GError **error)
{
    g_autofree char *path =
        torpor_newest_select(AT_FDCWD, dir, TORPOR_RESUME_REQUIRE, NULL, verify, NULL, NULL, error);
    return path != NULL;
}

/* After the lock file is gone, and after the folder is. */
static void
prepare_without_lock(Round *round)
{
    prepare_held(round);
    g_autofree char *lock = g_build_filename(dir, ".torpor.lock", NULL);
    g_unlink(lock);
}

static void
prepare_without_folder(Round *round)
{
    prepare_held(round);
    scratch_remove(dir);
}

/* After the folder got another name. */
static char *moved;

static void
prepare_moved(Round *round)
{
    if (moved == NULL)
        moved = g_build_filename(round->folder, "moved", NULL);
    scratch_remove(moved);
    prepare_held(round);
    g_assert_cmpint(g_rename(dir, moved), ==, 0);
}

static gboolean
attempt_select_path(G_GNUC_UNUSED Round *round, GError **error)
{
    g_autofree char *wanted = g_build_filename(dir, chain[2], NULL);
    g_autofree char *path =
        torpor_newest_select(AT_FDCWD, dir, TORPOR_RESUME_PATH, wanted, verify, NULL, NULL, error);
    return path != NULL;
}

static gboolean
attempt_follow(G_GNUC_UNUSED Round *round, GError **error)
{
    TorporFolderChange change;
    return torpor_folder_follow(held, &change, error);
}

/* ---- a session ---- */

static TorporSession *session;
static const char *session_options;

static void
open_session(Round *round)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *text =
        g_strdup_printf("dir=%s/session,mode=sync,every_wall=off,origin=ignore,fsync=yes,keep=1,%s",
                        round->folder, session_options);
    g_auto(GStrv) options = g_strsplit(text, ",", -1);
    (void)torpor_session_free(session);
    session = torpor_session_new(&model_host, round->model, (const char *const *)options,
                                 g_strv_length(options), &error);
    g_assert_no_error(error);
    for (gsize i = 0; i < G_N_ELEMENTS(model_types); i++)
        g_assert_true(torpor_catalogue_add_type(session->catalogue, model_types[i], NULL));
}

static gboolean
attempt_resume(G_GNUC_UNUSED Round *round, GError **error)
{
    gboolean resumed;
    return torpor_session_restore(session, NULL, &resumed, error);
}

static void
prepare_session_save(Round *round)
{
    g_autoptr(GError) error = NULL;
    if (session == NULL) {
        open_session(round);
        attempt_resume(round, &error);
        g_assert_no_error(error);
    }
    model_advance(round->model, 1, NULL);
    torpor_session_save(session, NULL, &error); /* removes what the last attempt left */
    g_assert_no_error(error);
    model_advance(round->model, 1, NULL);
}

static gboolean
attempt_session_save(G_GNUC_UNUSED Round *round, GError **error)
{
    return torpor_session_save(session, NULL, error);
}

static void
test_session(Round *round, gconstpointer data)
{
    static const Case save = {prepare_session_save, attempt_session_save};
    static const Case resume = {open_session, attempt_resume};
    session_options = data;
    test_each(round, &save);
    test_each(round, &resume);
    (void)torpor_session_free(g_steal_pointer(&session));
}

static void
forget_folder(Round *round, gconstpointer data)
{
    g_clear_pointer(&held, torpor_folder_unlock);
    g_clear_pointer(&dir, g_free);
    g_clear_pointer(&kept, g_free);
    g_clear_pointer(&no_dir, g_free);
    g_clear_pointer(&moved, g_free);
    if (first != NULL)
        close(first_folder);
    g_clear_pointer(&first, torpor_earlier_free);
    tear_down(round, data);
}

int
main(int argc, char **argv)
{
    static const struct {
        const char *path;
        Case each;
    } cases[] = {
        {"/each-call/save", {nothing, attempt_save}},
        {"/each-call/save/new", {remove_file, attempt_save_new}},
        {"/each-call/save/packed", {nothing, attempt_save_packed}},
        {"/each-call/save/shared", {prepare_shared, attempt_save_shared}},
        {"/each-call/read", {prepare_file, attempt_read}},
        {"/each-call/restore", {prepare_file, attempt_restore}},
        {"/each-call/restore/from-disk", {prepare_file, attempt_restore_from_disk}},
        {"/each-call/folder/lock", {prepare_folder, attempt_lock}},
        {"/each-call/folder/lock-new", {prepare_no_folder, attempt_lock_new}},
        {"/each-call/folder/join", {prepare_folder, attempt_join}},
        {"/each-call/folder/prune", {prepare_held, attempt_prune}},
        {"/each-call/folder/prune-most", {prepare_held, attempt_prune_most}},
        {"/each-call/folder/make-room", {prepare_held, attempt_make_room}},
        {"/each-call/folder/set-aside", {prepare_held, attempt_set_aside}},
        {"/each-call/folder/select", {prepare_folder, attempt_select}},
        {"/each-call/folder/select-path", {prepare_folder, attempt_select_path}},
        {"/each-call/folder/moved", {prepare_moved, attempt_follow}},
        {"/each-call/folder/follow", {prepare_held, attempt_follow}},
        {"/each-call/folder/lock-lost", {prepare_without_lock, attempt_follow}},
        {"/each-call/folder/lost", {prepare_without_folder, attempt_follow}},
    };
    g_test_init(&argc, &argv, NULL);
    if (g_access("/dev/shm", W_OK) == 0) /* thousands of folders: no disk is needed for them */
        g_setenv("TMPDIR", "/dev/shm", FALSE);
    /* A file system without locks is warned of. */
    g_log_set_always_fatal((GLogLevelFlags)(G_LOG_LEVEL_ERROR | G_LOG_LEVEL_CRITICAL));
    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++)
        g_test_add(cases[i].path, Round, &cases[i].each, set_up, test_each, forget_folder);
    g_test_add("/each-call/session", Round, "incremental=no", set_up, test_session, tear_down);
    g_test_add("/each-call/session/incremental", Round, "incremental=compare,full_every=2", set_up,
               test_session, tear_down);
    return g_test_run();
}
