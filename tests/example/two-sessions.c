/* two-sessions: two sessions of the tiny host in two threads at once.
 *
 * Each thread has a model of its own size, saves it often, and keeps going back to a checkpoint. If
 * the two shared anything, such as what the adapter hands to Torpor, one model's neurons would end
 * up in the other's checkpoints. Both must end as they do without Torpor. */
#include "adapter.h"

#include <glib.h>
#include <glib/gstdio.h>

#define N_ROUNDS 100u
#define STEPS_PER_ROUND 10u

/* One thread's run. */
struct run {
    uint32_t n_neurons;
    uint64_t seed;
    const char *folder;  /* of its checkpoints */
    gint *n_waiting;     /* of the runs that have not opened their session yet; shared */
    uint64_t end_digest; /* of the model after all rounds */
};

static void
advance(struct model *model, uint64_t n_steps)
{
    for (uint64_t i = 0; i < n_steps; i++)
        model_advance(model);
}

/* Save, simulate on, go back to what was saved, and simulate the same steps once more. */
static void
save_and_go_back(struct torpor *torpor, struct model *model, const char *path)
{
    struct torpor_error error = {TORPOR_ERROR_INIT};
    torpor_save(torpor, path, &error);
    g_assert_cmpstr(error.message, ==, "");
    uint64_t saved_digest = model_digest(model);
    advance(model, STEPS_PER_ROUND);
    uint64_t digest_once = model_digest(model);
    int32_t resumed = 0;
    torpor_restore(torpor, path, &resumed, &error);
    g_assert_cmpstr(error.message, ==, "");
    g_assert_true(resumed);
    g_assert_cmphex(model_digest(model), ==, saved_digest);
    advance(model, STEPS_PER_ROUND);
    g_assert_cmphex(model_digest(model), ==, digest_once);
}

static gpointer
simulate(gpointer data)
{
    struct run *run = data;
    struct torpor_error error = {TORPOR_ERROR_INIT};
    struct model *model = model_new(run->n_neurons, run->seed);
    g_autofree char *folder_option = g_strconcat("dir=", run->folder, NULL);
    g_autofree char *path = g_build_filename(run->folder, "here.msgpack", NULL);
    const char *const options[] = {folder_option, "every=1 ms", "fsync=no"};
    struct torpor *torpor = adapter_open(model, options, G_N_ELEMENTS(options), &error);
    g_assert_cmpstr(error.message, ==, "");
    g_atomic_int_add(run->n_waiting, -1);
    while (g_atomic_int_get(run->n_waiting) > 0)
        g_thread_yield();
    for (uint32_t i = 0; i < N_ROUNDS; i++) {
        save_and_go_back(torpor, model, path);
        g_assert_cmpint(torpor_step(torpor, model->step, model_time_ms(model)), ==, TORPOR_GO_ON);
    }
    torpor_close(torpor, &error);
    g_assert_cmpstr(error.message, ==, "");
    run->end_digest = model_digest(model);
    model_free(model);
    return NULL;
}

/* Of the same model, never saved or restored. */
static uint64_t
digest_without_torpor(const struct run *run)
{
    struct model *model = model_new(run->n_neurons, run->seed);
    advance(model, (uint64_t)N_ROUNDS * STEPS_PER_ROUND);
    uint64_t digest = model_digest(model);
    model_free(model);
    return digest;
}

static void
remove_folder(const char *folder)
{
    GDir *dir = g_dir_open(folder, 0, NULL);
    for (const char *name; (name = g_dir_read_name(dir)) != NULL;) {
        g_autofree char *path = g_build_filename(folder, name, NULL);
        g_remove(path);
    }
    g_dir_close(dir);
    g_assert_cmpint(g_rmdir(folder), ==, 0);
}

static void
test_two_sessions_at_once(void)
{
    gint n_waiting = 2;
    struct run runs[] = {{.n_neurons = 1000, .seed = 1}, {.n_neurons = 700, .seed = 2}};
    GThread *threads[2];
    char *folders[2];
    for (int i = 0; i < 2; i++) {
        folders[i] = g_dir_make_tmp("tiny-host-XXXXXX", NULL);
        runs[i].folder = folders[i];
        runs[i].n_waiting = &n_waiting;
        threads[i] = g_thread_new("run", simulate, &runs[i]);
    }
    for (int i = 0; i < 2; i++) {
        g_thread_join(threads[i]);
        g_assert_cmphex(runs[i].end_digest, ==, digest_without_torpor(&runs[i]));
        remove_folder(runs[i].folder);
        g_free(folders[i]);
    }
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/tiny-host/two-sessions/at-once", test_two_sessions_at_once);
    return g_test_run();
}
