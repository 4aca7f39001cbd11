#include "checkpoint/run.h"

#include <string.h>
#include <sys/random.h>
#include <xxhash.h>

#include "checkpoint/checkpoint_file.h"
#include "checkpoint/provenance.h"
#include "host/section_names.h"

#define ID_DIGITS 32
/* Of a run that branched more often, the oldest ancestors are forgotten. */
#define MAX_ANCESTORS 64

typedef struct {
    char id[ID_DIGITS + 1];
    guint64 step; /* where the run after it branched off */
} Ancestor;

struct _TorporRun {
    char id[ID_DIGITS + 1];
    GArray *ancestors; /* Ancestor, the parent first */
};

static TorporRun *
run_with_id(const char *id)
{
    TorporRun *run = g_new0(TorporRun, 1);
    g_strlcpy(run->id, id, sizeof run->id);
    run->ancestors = g_array_new(FALSE, FALSE, sizeof(Ancestor));
    return run;
}

/* Not of GLib's generator: the host may draw from it. */
static XXH128_hash_t
random_number(void)
{
    XXH128_hash_t random;
    if (getrandom(&random, sizeof random, 0) == sizeof random)
        return random;
    gint64 now[2] = {g_get_real_time(), g_get_monotonic_time()};
    return XXH3_128bits(now, sizeof now);
}

TorporRun *
torpor_run_new(const char *fingerprint)
{
    XXH128_hash_t number = torpor_source_date_epoch() != NULL
                               ? XXH3_128bits(fingerprint, strlen(fingerprint))
                               : random_number();
    g_autofree char *id = g_strdup_printf("%016" G_GINT64_MODIFIER "x%016" G_GINT64_MODIFIER "x",
                                          number.high64, number.low64);
    return run_with_id(id);
}

TorporRun *
torpor_run_named(const char *id)
{
    return run_with_id(id);
}

static void
add_ancestor(TorporRun *run, const char *id, guint64 step)
{
    Ancestor ancestor = {.step = step};
    g_strlcpy(ancestor.id, id, sizeof ancestor.id);
    if (run->ancestors->len < MAX_ANCESTORS)
        g_array_append_val(run->ancestors, ancestor);
}

TorporRun *
torpor_run_branch(const TorporRun *parent, guint64 step, const char *fingerprint)
{
    TorporRun *run = torpor_run_new(fingerprint);
    add_ancestor(run, parent->id, step);
    for (guint i = 0; i < parent->ancestors->len; i++) {
        const Ancestor *one = &g_array_index(parent->ancestors, Ancestor, i);
        add_ancestor(run, one->id, MIN(one->step, step));
    }
    return run;
}

TorporRun *
torpor_run_copy(const TorporRun *run)
{
    TorporRun *copy = run_with_id(run->id);
    g_array_append_vals(copy->ancestors, run->ancestors->data, run->ancestors->len);
    return copy;
}

void
torpor_run_free(TorporRun *run)
{
    if (run == NULL)
        return;
    g_array_unref(run->ancestors);
    g_free(run);
}

const char *
torpor_run_id(const TorporRun *run)
{
    return run->id;
}

gboolean
torpor_run_has(const TorporRun *run, const TorporRun *other, guint64 step)
{
    if (strcmp(run->id, other->id) == 0)
        return TRUE;
    for (guint i = 0; i < run->ancestors->len; i++) {
        const Ancestor *one = &g_array_index(run->ancestors, Ancestor, i);
        if (strcmp(one->id, other->id) == 0)
            return step <= one->step;
    }
    return FALSE;
}

/* ---- in the file ---- */

/* Where a run branched depends on how the state came about, so a reproducible file leaves it out.
 */
void
torpor_run_put(const TorporRun *run, TorporTree *tree)
{
    TorporNode *provenance =
        torpor_map_ensure_map(tree, torpor_tree_root(tree), TORPOR_SECTION_PROVENANCE);
    TorporNode *map = torpor_map_put_map(tree, provenance, TORPOR_KEY_RUN);
    torpor_map_put_text(tree, map, TORPOR_KEY_ID, run->id);
    if (run->ancestors->len == 0 || torpor_source_date_epoch() != NULL)
        return;
    const Ancestor *parent = &g_array_index(run->ancestors, Ancestor, 0);
    torpor_map_put_text(tree, map, TORPOR_KEY_PARENT, parent->id);
    torpor_map_put_uint(tree, map, TORPOR_KEY_PARENT_STEP, parent->step);
    if (run->ancestors->len == 1)
        return;
    TorporNode *before = torpor_map_put_map(tree, map, TORPOR_KEY_ANCESTORS);
    for (guint i = 1; i < run->ancestors->len; i++) {
        const Ancestor *one = &g_array_index(run->ancestors, Ancestor, i);
        if (torpor_map_get(before, one->id) == NULL)
            torpor_map_put_uint(tree, before, one->id, one->step);
    }
}

/* A text as short as an id is in memory once the tree is, so this cannot fail for a reason that
 * passes. */
static gboolean
read_id(const TorporNode *map, const char *key, char *id)
{
    const TorporNode *node = torpor_map_get(map, key);
    return node != NULL && node->kind == TORPOR_NODE_TEXT && node->value.bytes.data != NULL &&
           g_strlcpy(id, node->value.bytes.data, ID_DIGITS + 1) == ID_DIGITS;
}

TorporRun *
torpor_run_read(TorporTree *tree)
{
    const TorporNode *map =
        torpor_tree_lookup(tree, TORPOR_SECTION_PROVENANCE "/" TORPOR_KEY_RUN, NULL);
    char id[ID_DIGITS + 1];
    guint64 step;
    if (map == NULL || map->kind != TORPOR_NODE_MAP || !read_id(map, TORPOR_KEY_ID, id))
        return NULL;
    TorporRun *run = run_with_id(id);
    if (!read_id(map, TORPOR_KEY_PARENT, id) ||
        !torpor_checkpoint_file_uint(map, TORPOR_KEY_PARENT_STEP, &step))
        return run;
    add_ancestor(run, id, step);
    const TorporNode *before = torpor_map_get(map, TORPOR_KEY_ANCESTORS);
    const TorporNode *one =
        before == NULL || before->kind != TORPOR_NODE_MAP ? NULL : before->value.map.first;
    for (; one != NULL; one = one->next) {
        g_autofree char *key = g_strndup(one->key, one->key_length);
        if (torpor_checkpoint_file_uint(one, "", &step))
            add_ancestor(run, key, step);
    }
    return run;
}
