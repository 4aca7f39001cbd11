/* The ABI seam: the entry table, and GError -> torpor_error. All else is in torpor-core. */
#include <signal.h>

#include "session/hooks.h"
#include "session/peek.h"
#include "session/selfcheck.h"

/* ---- hooks ---- */

static int32_t
hook_step(void *hook_data, uint64_t step, double time)
{
    return torpor_session_step(hook_data, step, time);
}

static int32_t
hook_save(void *hook_data, const char *path, struct torpor_error *error)
{
    GError *failure = NULL;
    torpor_session_save(hook_data, path, &failure);
    return torpor_error_export(failure, error);
}

static int32_t
hook_restore(void *hook_data, const char *path, int32_t *resumed, struct torpor_error *error)
{
    GError *failure = NULL;
    gboolean is_resumed = FALSE;
    if (torpor_session_restore(hook_data, path, &is_resumed, &failure) && resumed != NULL)
        *resumed = is_resumed;
    return torpor_error_export(failure, error);
}

static void
hook_stop(void *hook_data)
{
    torpor_session_stop(hook_data);
}

static int32_t
hook_outcome(void *hook_data, struct torpor_outcome *out, struct torpor_error *error)
{
    GError *failure = NULL;
    torpor_session_outcome(hook_data, out, &failure);
    return torpor_error_export(failure, error);
}

static int32_t
hook_begin_run(void *hook_data, uint64_t run, struct torpor_error *error)
{
    GError *failure = NULL;
    torpor_session_begin_run(hook_data, run, &failure);
    return torpor_error_export(failure, error);
}

static int32_t
hook_share_origin(void *hook_data, const void *other_hook_data, struct torpor_error *error)
{
    GError *failure = NULL;
    torpor_session_share_origin(hook_data, other_hook_data, &failure);
    return torpor_error_export(failure, error);
}

static int32_t
hook_due_next(void *hook_data, uint64_t step, double time, uint64_t next_step, double next_time)
{
    return torpor_session_due_next(hook_data, step, time, next_step, next_time);
}

static double
hook_due_time(void *hook_data, double time)
{
    return torpor_session_due_time(hook_data, time);
}

static const struct torpor_hooks hooks = {
    .struct_size = sizeof hooks,
    .step = hook_step,
    .save = hook_save,
    .restore = hook_restore,
    .stop = hook_stop,
    .outcome = hook_outcome,
    .begin_run = hook_begin_run,
    .share_origin = hook_share_origin,
    .due_next = hook_due_next,
    .due_time = hook_due_time,
};

/* ---- entry table ---- */

static gboolean
register_hooks(TorporSession *session, GError **error)
{
    const TorporHost *host = &session->host;
    gint32 status = host->table->register_hooks(host->data, &hooks, session);
    const struct torpor_error no_text = torpor_host_error_new();
    return torpor_host_result(status, &no_text, error, "the host's register_hooks");
}

/* The host's own handlers are back: a signal that came is theirs now, so that schedulers see the
 * true status. Does not return if that ends the process. */
static void
end_session(TorporSession *session)
{
    int signal_number = torpor_session_free(session);
    if (signal_number != 0)
        (void)raise(signal_number);
}

static int32_t
attach(const struct torpor_host *host, void *host_data, const char *const *options,
       uint64_t n_options, struct torpor_session **out, struct torpor_error *error)
{
    GError *failure = NULL;
    TorporSession *session = torpor_session_new(host, host_data, options, n_options, &failure);
    if (session != NULL && out == NULL)
        g_set_error_literal(&failure, TORPOR_ERROR, TORPOR_STATUS_INVALID, "attach: out is NULL");
    if (session != NULL && out != NULL && register_hooks(session, &failure))
        *out = g_steal_pointer(&session);
    int32_t status = torpor_error_export(failure, error);
    end_session(session);
    return status;
}

static int32_t
declare_type(struct torpor_session *session, const struct torpor_type *type,
             struct torpor_error *error)
{
    GError *failure = NULL;
    if (torpor_session_enter(session, &failure)) {
        torpor_catalogue_add_type(session->catalogue, type, &failure);
        torpor_session_leave(session);
    }
    return torpor_error_export(failure, error);
}

static int32_t
declare_codec(struct torpor_session *session, const struct torpor_codec *codec,
              struct torpor_error *error)
{
    GError *failure = NULL;
    if (torpor_session_enter(session, &failure)) {
        torpor_catalogue_add_codec(session->catalogue, codec, &failure);
        torpor_session_leave(session);
    }
    return torpor_error_export(failure, error);
}

static int32_t
declare_migration(struct torpor_session *session, const struct torpor_migration *migration,
                  struct torpor_error *error)
{
    GError *failure = NULL;
    if (torpor_session_enter(session, &failure)) {
        torpor_catalogue_add_migration(session->catalogue, migration, &failure);
        torpor_session_leave(session);
    }
    return torpor_error_export(failure, error);
}

static const char *
report(struct torpor_session *session)
{
    return torpor_session_report(session);
}

static int32_t
peek(struct torpor_session *session, const char *path, torpor_look_fn look, void *look_data,
     int32_t *found, struct torpor_error *error)
{
    GError *failure = NULL;
    gboolean is_found = FALSE;
    if (torpor_session_peek(session, path, look, look_data, &is_found, &failure) && found != NULL)
        *found = is_found;
    return torpor_error_export(failure, error);
}

static int32_t
selfcheck(struct torpor_session *session, torpor_advance_fn advance, uint64_t n_steps,
          struct torpor_error *error)
{
    GError *failure = NULL;
    torpor_selfcheck(session, advance, n_steps, &failure);
    return torpor_error_export(failure, error);
}

static int32_t
detach(struct torpor_session *session, struct torpor_error *error)
{
    GError *failure = NULL;
    if (session != NULL)
        torpor_session_outcome(session, NULL, &failure);
    int32_t status = torpor_error_export(failure, error);
    end_session(session);
    return status;
}

extern const struct torpor_plugin torpor_plugin;

__attribute__((visibility("default"))) const struct torpor_plugin torpor_plugin = {
    .abi_major = TORPOR_ABI_MAJOR,
    .abi_minor = TORPOR_ABI_MINOR,
    .struct_size = sizeof torpor_plugin,
    .name = "torpor",
    .version = TORPOR_VERSION,
    .attach = attach,
    .declare_type = declare_type,
    .declare_codec = declare_codec,
    .declare_migration = declare_migration,
    .report = report,
    .peek = peek,
    .selfcheck = selfcheck,
    .detach = detach,
};
