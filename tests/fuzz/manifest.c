/* The manifest of a checkpoint of two ranks, whose shards are there and intact. Whatever it says, a
 * restore takes it or refuses it, and a refusal leaves the host as it was. The empty input stands
 * for the manifest as it was saved, which must be taken. */
#define TABLE_WORDS 1u /* there is none */
#include "../fault/saved_run.h"
#include "../unit/scratch.h"
#include "bytes_file.h"
#include "check.h"
#include "limits.h"
#include "seal.h"
#include "target.h"

#define MANIFEST "ckpt-0000000000000040.msgpack"
#define MANIFEST_FILE 0u

static const Kind kind = {.name = "sharded", .options = "", .n_ranks = 2};

typedef struct {
    Sweep sweep;
    char *path; /* of the manifest */
    char *intact;
    gsize intact_length;
    gsize shards_length;
} Saved;

static Saved *saved;

static void
remove_saved(void)
{
    scratch_remove(saved->sweep.dir);
}

/* From then on, this file is in memory. */
static void
keep_file(guint number, char *path, char **bytes, gsize *length)
{
    g_assert(g_file_get_contents(path, bytes, length, NULL));
    fuzz_bytes_file_at(number, path, *bytes, *length);
}

static void
save_once(void)
{
    if (saved != NULL)
        return;
    saved = g_new0(Saved, 1);
    g_setenv("SOURCE_DATE_EPOCH", "0", TRUE); /* the same bytes at each start */
    saved->sweep = (Sweep){.kind = &kind, .dir = g_dir_make_tmp("torpor-manifest-XXXXXX", NULL)};
    run(&saved->sweep, kind.n_ranks);
    saved->path = g_build_filename(saved->sweep.dir, MANIFEST, NULL);
    keep_file(MANIFEST_FILE, saved->path, &saved->intact, &saved->intact_length);
    for (guint i = 0; i < kind.n_ranks; i++) {
        char *bytes;
        gsize length;
        keep_file(1 + i,
                  g_strdup_printf("%s/ckpt-0000000000000040.shard-%u-of-%u.msgpack",
                                  saved->sweep.dir, i, kind.n_ranks),
                  &bytes, &length);
        saved->shards_length += length;
    }
    atexit(remove_saved);
}

size_t
LLVMFuzzerCustomMutator(uint8_t *bytes, size_t length, size_t max_length, unsigned int seed)
{
    save_once();
    if (length == 0 && saved->intact_length <= max_length) {
        length = saved->intact_length;
        memcpy(bytes, saved->intact, length);
    }
    return fuzz_change_file(bytes, length, max_length, seed);
}

/* A host that waits for its restore. */
typedef struct {
    struct torpor_host table;
    Host *host;
    State *before;
    TorporSession *session;
} Waiting;

static Waiting *
waiting_new(void)
{
    Waiting *waiting = g_new0(Waiting, 1);
    waiting->host = host_new(&saved->sweep, 0, 1);
    waiting->before = state_of(waiting->host);
    waiting->session = attach(waiting->host, &waiting->table, NULL);
    return waiting;
}

static void
waiting_free(Waiting *waiting)
{
    (void)torpor_session_free(waiting->session);
    host_free(waiting->host);
    g_free(waiting->before);
    g_free(waiting);
}

/* To begin a session costs more than a restore that is refused; after that, the host still waits.
 */
static void
restore(gboolean must_be_taken)
{
    static Waiting *waiting;
    g_autoptr(GError) error = NULL;
    gboolean resumed;
    if (waiting == NULL)
        waiting = waiting_new();
    if (torpor_session_restore(waiting->session, saved->path, &resumed, &error)) {
        g_clear_pointer(&waiting, waiting_free);
        return;
    }
    g_autofree State *after = state_of(waiting->host);
    if (must_be_taken || !g_utf8_validate(error->message, -1, NULL))
        fuzz_fail("refused: %s", error->message);
    if (memcmp(waiting->before, after, sizeof *after) != 0)
        fuzz_fail("refused, but the host changed: %s", error->message);
    g_string_truncate(waiting->host->cells.log, 0);
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
    save_once();
    const void *manifest = length == 0 ? saved->intact : (const void *)bytes;
    size_t manifest_length = length == 0 ? saved->intact_length : length;
    fuzz_bytes_file(MANIFEST_FILE, manifest, manifest_length);
    fuzz_limits_begin(manifest_length + saved->shards_length);
    restore(length == 0);
    fuzz_limits_end();
    return 0;
}
