/* A plugin that does nothing, and nothing wrong. A case redefines one word of it and includes it.
 *
 * Its hooks count their calls, so that tests see which session was reached. */
#ifndef TESTS_BROKEN_PLUGIN_H
#define TESTS_BROKEN_PLUGIN_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <torpor/plugin.h>

#define EXPORT __attribute__((visibility("default")))

struct torpor_session {
    int n_steps;
    char seen[150]; /* what attach was given */
    char report[200];
};

extern EXPORT int n_attached; /* calls of attach so far */
int n_attached;

static inline int32_t
fine_step(void *hook_data, uint64_t step, double time)
{
    struct torpor_session *session = hook_data;
    session->n_steps++;
    return step == 100 && time > 0 ? TORPOR_STOP : TORPOR_GO_ON;
}

static inline int32_t
fine_save(void *hook_data, const char *path, struct torpor_error *error)
{
    (void)hook_data, (void)path, (void)error;
    return TORPOR_STATUS_OK;
}

static inline int32_t
fine_restore(void *hook_data, const char *path, int32_t *resumed, struct torpor_error *error)
{
    (void)hook_data, (void)path, (void)error;
    *resumed = 0;
    return TORPOR_STATUS_OK;
}

static inline void
fine_stop(void *hook_data)
{
    (void)hook_data;
}

static inline int32_t
fine_outcome(void *hook_data, struct torpor_outcome *out, struct torpor_error *error)
{
    (void)hook_data, (void)out, (void)error;
    return TORPOR_STATUS_OK;
}

#ifndef HOOKS_SIZE
#define HOOKS_SIZE sizeof(struct torpor_hooks)
#endif
#ifndef HOOK_STEP
#define HOOK_STEP fine_step
#endif
#ifndef REGISTER
#define REGISTER(host, host_data, session)                                                         \
    (host)->register_hooks((host_data), &fine_hooks, (session))
#endif

static const struct torpor_hooks fine_hooks = {
    .struct_size = HOOKS_SIZE,
    .step = HOOK_STEP,
    .save = fine_save,
    .restore = fine_restore,
    .stop = fine_stop,
    .outcome = fine_outcome,
};

static inline int32_t
fine_attach(const struct torpor_host *host, void *host_data, const char *const *options,
            uint64_t n_options, struct torpor_session **out, struct torpor_error *error)
{
    (void)host, (void)host_data, (void)options, (void)error;
    __atomic_add_fetch(&n_attached, 1, __ATOMIC_RELAXED); /* sessions may open in several threads */
    struct torpor_session *session = calloc(1, sizeof *session);
    int32_t status = REGISTER(host, host_data, session);
    if (status != TORPOR_STATUS_OK) {
        free(session);
        return status;
    }
    snprintf(session->seen, sizeof session->seen, "%s, %llu options, table of %u bytes", host->name,
             (unsigned long long)n_options, (unsigned)host->struct_size);
    *out = session;
    return TORPOR_STATUS_OK;
}

static inline int32_t
fine_declare_type(struct torpor_session *session, const struct torpor_type *type,
                  struct torpor_error *error)
{
    (void)session, (void)type, (void)error;
    return TORPOR_STATUS_OK;
}

static inline int32_t
fine_declare_codec(struct torpor_session *session, const struct torpor_codec *codec,
                   struct torpor_error *error)
{
    (void)session, (void)codec, (void)error;
    return TORPOR_STATUS_OK;
}

static inline int32_t
fine_declare_migration(struct torpor_session *session, const struct torpor_migration *migration,
                       struct torpor_error *error)
{
    (void)session, (void)migration, (void)error;
    return TORPOR_STATUS_OK;
}

static inline const char *
fine_report(struct torpor_session *session)
{
    snprintf(session->report, sizeof session->report, "%s, %d steps", session->seen,
             session->n_steps);
    return session->report;
}

static inline int32_t
fine_peek(struct torpor_session *session, const char *path, torpor_look_fn look, void *look_data,
          int32_t *found, struct torpor_error *error)
{
    (void)session, (void)path, (void)look, (void)look_data, (void)error;
    *found = 0;
    return TORPOR_STATUS_OK;
}

static inline int32_t
fine_selfcheck(struct torpor_session *session, torpor_advance_fn advance, uint64_t n_steps,
               struct torpor_error *error)
{
    (void)session, (void)advance, (void)n_steps, (void)error;
    return TORPOR_STATUS_OK;
}

static inline int32_t
fine_detach(struct torpor_session *session, struct torpor_error *error)
{
    (void)error;
    free(session);
    return TORPOR_STATUS_OK;
}

#ifndef ABI_MAJOR
#define ABI_MAJOR TORPOR_ABI_MAJOR
#endif
#ifndef ABI_MINOR
#define ABI_MINOR TORPOR_ABI_MINOR
#endif
#ifndef STRUCT_SIZE
#define STRUCT_SIZE sizeof(struct torpor_plugin)
#endif
#ifndef NAME
#define NAME "fine"
#endif
#ifndef ATTACH
#define ATTACH fine_attach
#endif
#ifndef DETACH
#define DETACH fine_detach
#endif

#ifndef TABLE /* a case may export something else in place of the table */
extern EXPORT const struct torpor_plugin torpor_plugin;
const struct torpor_plugin torpor_plugin = {
    .abi_major = ABI_MAJOR,
    .abi_minor = ABI_MINOR,
    .struct_size = STRUCT_SIZE,
    .name = NAME,
    .version = "1.2.3",
    .attach = ATTACH,
    .declare_type = fine_declare_type,
    .declare_codec = fine_declare_codec,
    .declare_migration = fine_declare_migration,
    .report = fine_report,
    .peek = fine_peek,
    .selfcheck = fine_selfcheck,
    .detach = DETACH,
};
#endif

#endif
