/* The plugin is opened once per process and stays mapped: GLib, which it uses, keeps pointers into
 * it. A session is one attach. The plugin registers its hooks during attach, in a table of our own
 * that is a copy of the host's with register_hooks replaced; so the host need not keep them. */
#include "exported.h"
#include "fail.h"
#include "negotiate.h"
#include "search.h"

#include <dlfcn.h>
#include <ltdl.h>
#include <math.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

struct torpor {
    /* What torpor_step needs, first and together. */
    int32_t (*step)(void *hook_data, uint64_t step, double time);
    void *hook_data;
    const struct torpor_hooks *hooks;   /* (not owned) */
    const struct torpor_plugin *plugin; /* (not owned) */
    struct torpor_session *session;
    /* The host's own register_hooks; may be NULL. */
    int32_t (*register_hooks)(void *host_data, const struct torpor_hooks *hooks, void *hook_data);
    struct torpor_host *table; /* what the plugin is given: as large as the host's */
    char *path;
};

/* The session whose attach runs in this thread; see keep_hooks. */
static _Thread_local struct torpor *attaching;

/* libltdl has no locks of its own. */
static pthread_mutex_t ltdl_lock = PTHREAD_MUTEX_INITIALIZER;

/* ---- the plugin's file ---- */

/* Why could `path` not be opened? libltdl tells what its last loader said, and that is mostly "file
 * not found"; so ask the dynamic linker. */
static const char *
why_not_opened(const char *path)
{
    void *handle = dlopen(path, RTLD_LAZY | RTLD_LOCAL);
    if (handle == NULL)
        return dlerror();
    dlclose(handle);
    return lt_dlerror();
}

/* Open `path` for good, its symbols kept to itself. Called under ltdl_lock. */
static lt_dlhandle
open_resident(const char *path)
{
    static int initialized; /* one reference, never given back: the plugin stays */
    lt_dladvise advise;
    if (!initialized && lt_dlinit() != 0)
        return NULL;
    initialized = 1;
    if (lt_dladvise_init(&advise) != 0)
        return NULL;
    lt_dlhandle handle = NULL;
    if (lt_dladvise_local(&advise) == 0)
        handle = lt_dlopenadvise(path, advise);
    lt_dladvise_destroy(&advise);
    if (handle != NULL)
        lt_dlmakeresident(handle);
    return handle;
}

static const struct torpor_plugin *
open_plugin(const char *path, struct torpor_error *error)
{
    const struct torpor_plugin *plugin = NULL;
    pthread_mutex_lock(&ltdl_lock);
    lt_dlhandle handle = open_resident(path);
    if (handle == NULL) {
        const char *reason = why_not_opened(path);
        torpor_error_set(error, TORPOR_STATUS_INVALID, "cannot open plugin %s: %s", path,
                         reason == NULL ? "unknown reason" : reason);
    } else {
        plugin = lt_dlsym(handle, TORPOR_PLUGIN_SYMBOL);
        if (plugin == NULL)
            torpor_error_set(error, TORPOR_STATUS_INVALID,
                             "%s is a shared object, but no Torpor plugin: it has no symbol "
                             "`" TORPOR_PLUGIN_SYMBOL "`",
                             path);
    }
    pthread_mutex_unlock(&ltdl_lock);
    if (plugin == NULL || torpor_negotiate_plugin(plugin, path, error) != TORPOR_STATUS_OK)
        return NULL;
    return plugin;
}

/* ---- a session ---- */

/* The register_hooks that the plugin sees. It gets the host's data, not ours: but it is called
 * during attach, in the thread that attaches. */
static int32_t
keep_hooks(void *host_data, const struct torpor_hooks *hooks, void *hook_data)
{
    struct torpor *torpor = attaching;
    if (torpor == NULL)
        return TORPOR_STATUS_ORDER;
    if (torpor->register_hooks != NULL) {
        int32_t status = torpor->register_hooks(host_data, hooks, hook_data);
        if (status != TORPOR_STATUS_OK)
            return status;
    }
    torpor->hooks = hooks;
    torpor->hook_data = hook_data;
    return TORPOR_STATUS_OK;
}

static int32_t
attach(struct torpor *torpor, void *host_data, const char *const *options, uint64_t n_options,
       struct torpor_error *error)
{
    struct torpor *outer = attaching; /* a host may open another session inside a callback */
    attaching = torpor;
    int32_t status = torpor->plugin->attach(torpor->table, host_data, options, n_options,
                                            &torpor->session, error);
    attaching = outer;
    if (status != TORPOR_STATUS_OK) {
        torpor->session = NULL;
        if (torpor_fail_room(error) > 0 && error->status == TORPOR_STATUS_OK)
            torpor_error_set(error, status,
                             "plugin %s failed to attach with status %d and no reason",
                             torpor->path, status);
        return status;
    }
    if (torpor->session == NULL)
        return torpor_error_set(error, TORPOR_STATUS_INVALID,
                                "plugin %s says that it attached, but gave no session",
                                torpor->path);
    status = torpor_negotiate_hooks(torpor->hooks, torpor->path, error);
    if (status == TORPOR_STATUS_OK)
        torpor->step = torpor->hooks->step;
    return status;
}

static void
session_free(struct torpor *torpor)
{
    if (torpor->session != NULL)
        torpor->plugin->detach(torpor->session, NULL);
    free(torpor->table);
    free(torpor->path);
    free(torpor);
}

/* Takes `path`; may be NULL after a search that failed. */
static struct torpor *
session_new(char *path, const struct torpor_host *host, struct torpor_error *error)
{
    if (path == NULL)
        return NULL;
    struct torpor *torpor = calloc(1, sizeof *torpor);
    struct torpor_host *table = malloc(host->struct_size);
    if (torpor == NULL || table == NULL) {
        torpor_error_set(error, TORPOR_STATUS_NO_MEMORY, "no memory for a session");
        free(table);
        free(torpor);
        free(path);
        return NULL;
    }
    /* All of the host's table, also members that only it and the plugin know. */
    memcpy(table, host, host->struct_size);
    table->register_hooks = keep_hooks;
    torpor->register_hooks = host->register_hooks;
    torpor->table = table;
    torpor->path = path;
    return torpor;
}

static struct torpor *
session_open(char *path, const struct torpor_host *host, void *host_data,
             const char *const *options, uint64_t n_options, struct torpor_error *error)
{
    struct torpor *torpor = session_new(path, host, error);
    if (torpor == NULL)
        return NULL;
    torpor->plugin = open_plugin(torpor->path, error);
    if (torpor->plugin == NULL ||
        attach(torpor, host_data, options, n_options, error) != TORPOR_STATUS_OK) {
        session_free(torpor);
        return NULL;
    }
    return torpor;
}

struct torpor *
torpor_open(const struct torpor_host *host, void *host_data, const char *const *options,
            uint64_t n_options, struct torpor_error *error)
{
    torpor_fail_clear(error);
    if (torpor_negotiate_host(host, error) != TORPOR_STATUS_OK)
        return NULL;
    char *path = torpor_search_plugin(host, host_data, error);
    return session_open(path, host, host_data, options, n_options, error);
}

struct torpor *
torpor_open_file(const char *plugin_path, const struct torpor_host *host, void *host_data,
                 const char *const *options, uint64_t n_options, struct torpor_error *error)
{
    torpor_fail_clear(error);
    if (torpor_negotiate_host(host, error) != TORPOR_STATUS_OK)
        return NULL;
    char *path = torpor_search_resolve(plugin_path, error);
    return session_open(path, host, host_data, options, n_options, error);
}

int32_t
torpor_close(struct torpor *torpor, struct torpor_error *error)
{
    if (torpor == NULL)
        return TORPOR_STATUS_OK;
    int32_t status = torpor->plugin->detach(torpor->session, error);
    torpor->session = NULL;
    session_free(torpor);
    return status;
}

/* ---- calls handed on; without a session they do nothing ---- */

int32_t
torpor_declare_type(struct torpor *torpor, const struct torpor_type *type,
                    struct torpor_error *error)
{
    return torpor == NULL ? TORPOR_STATUS_OK
                          : torpor->plugin->declare_type(torpor->session, type, error);
}

int32_t
torpor_declare_codec(struct torpor *torpor, const struct torpor_codec *codec,
                     struct torpor_error *error)
{
    return torpor == NULL ? TORPOR_STATUS_OK
                          : torpor->plugin->declare_codec(torpor->session, codec, error);
}

int32_t
torpor_declare_migration(struct torpor *torpor, const struct torpor_migration *migration,
                         struct torpor_error *error)
{
    return torpor == NULL ? TORPOR_STATUS_OK
                          : torpor->plugin->declare_migration(torpor->session, migration, error);
}

int32_t
torpor_step(struct torpor *torpor, uint64_t step, double time)
{
    return torpor == NULL ? TORPOR_GO_ON : torpor->step(torpor->hook_data, step, time);
}

int32_t
torpor_save(struct torpor *torpor, const char *path, struct torpor_error *error)
{
    return torpor == NULL ? TORPOR_STATUS_OK : torpor->hooks->save(torpor->hook_data, path, error);
}

int32_t
torpor_restore(struct torpor *torpor, const char *path, int32_t *resumed,
               struct torpor_error *error)
{
    if (torpor != NULL)
        return torpor->hooks->restore(torpor->hook_data, path, resumed, error);
    if (resumed != NULL)
        *resumed = 0;
    return TORPOR_STATUS_OK;
}

void
torpor_stop(struct torpor *torpor)
{
    if (torpor != NULL)
        torpor->hooks->stop(torpor->hook_data);
}

int32_t
torpor_due_next(struct torpor *torpor, uint64_t step, double time, uint64_t next_step,
                double next_time)
{
    if (torpor == NULL)
        return 0;
    return !TORPOR_HAS(torpor->hooks, struct torpor_hooks, due_next) ||
           torpor->hooks->due_next == NULL ||
           torpor->hooks->due_next(torpor->hook_data, step, time, next_step, next_time) != 0;
}

double
torpor_due_time(struct torpor *torpor, double time)
{
    return torpor == NULL || !TORPOR_HAS(torpor->hooks, struct torpor_hooks, due_time) ||
                   torpor->hooks->due_time == NULL
               ? HUGE_VAL
               : torpor->hooks->due_time(torpor->hook_data, time);
}

int32_t
torpor_begin_run(struct torpor *torpor, uint64_t run, struct torpor_error *error)
{
    return torpor == NULL || !TORPOR_HAS(torpor->hooks, struct torpor_hooks, begin_run) ||
                   torpor->hooks->begin_run == NULL
               ? TORPOR_STATUS_OK
               : torpor->hooks->begin_run(torpor->hook_data, run, error);
}

int32_t
torpor_share_origin(struct torpor *torpor, const struct torpor *with, struct torpor_error *error)
{
    if (torpor == NULL || with == NULL ||
        !TORPOR_HAS(torpor->hooks, struct torpor_hooks, share_origin) ||
        torpor->hooks->share_origin == NULL)
        return TORPOR_STATUS_OK;
    if (torpor->plugin == with->plugin)
        return torpor->hooks->share_origin(torpor->hook_data, with->hook_data, error);
    return torpor_error_set(error, TORPOR_STATUS_INVALID,
                            "share_origin: the sessions are of two plugins, %s and %s",
                            torpor->path, with->path);
}

int32_t
torpor_wait(struct torpor *torpor, struct torpor_outcome *out, struct torpor_error *error)
{
    return torpor == NULL ? TORPOR_STATUS_OK
                          : torpor->hooks->outcome(torpor->hook_data, out, error);
}

const char *
torpor_report(struct torpor *torpor)
{
    return torpor == NULL ? "" : torpor->plugin->report(torpor->session);
}

int32_t
torpor_peek(struct torpor *torpor, const char *path, torpor_look_fn look, void *look_data,
            int32_t *found, struct torpor_error *error)
{
    if (torpor != NULL)
        return torpor->plugin->peek(torpor->session, path, look, look_data, found, error);
    if (found != NULL)
        *found = 0;
    return TORPOR_STATUS_OK;
}

int32_t
torpor_host_selfcheck(struct torpor *torpor, torpor_advance_fn advance, uint64_t n_steps,
                      struct torpor_error *error)
{
    return torpor == NULL ? TORPOR_STATUS_OK
                          : torpor->plugin->selfcheck(torpor->session, advance, n_steps, error);
}

const char *
torpor_plugin_path(const struct torpor *torpor)
{
    return torpor == NULL ? NULL : torpor->path;
}

const char *
torpor_plugin_version(const struct torpor *torpor)
{
    return torpor == NULL ? NULL : torpor->plugin->version;
}
