/* torpor/loader.h: find, open and use the Torpor plugin (library torpor-host, over libltdl). The
 * one header that a simulator in C includes; C++ has host.hpp on top.
 *
 * SPDX-License-Identifier: MIT
 *
 * The plugin torpor.so is looked for in this order: the file or the folders in TORPOR_PLUGIN_PATH
 * (separated by ':'), the install prefix, the folder that this library was loaded from (and
 * ../lib/torpor beside it), and where the program's libraries are searched.
 *
 * The whole life of a host, without its error checks:
 *
 *     struct torpor_error error = {TORPOR_ERROR_INIT};
 *     struct torpor *torpor = torpor_open(&host, model, options, n_options, &error);
 *     torpor_declare_type(torpor, &neuron_type, &error);
 *     torpor_restore(torpor, NULL, &resumed, &error);          // what option `resume` says
 *     while (model->step < n_steps) {
 *         advance(model);
 *         if (torpor_step(torpor, model->step, model->time_ms) == TORPOR_STOP)
 *             break;
 *     }
 *     torpor_close(torpor, &error);
 *
 * Every function accepts a NULL session: it does nothing and succeeds, with *resumed and *found 0.
 * So a simulator runs without the plugin, too, once it has reported the error of torpor_open.
 *
 * Call every function from the thread that opened the session; torpor_stop from any thread or a
 * signal handler. */
#ifndef TORPOR_LOADER_H
#define TORPOR_LOADER_H

#include <torpor/plugin.h>

#ifdef __cplusplus
extern "C" {
#endif

struct torpor; /* a session: an opened plugin with this host attached */

/* Find the plugin, compare versions, attach. NULL on an error: TORPOR_STATUS_NOT_FOUND lists the
 * places searched, TORPOR_STATUS_VERSION both versions, TORPOR_STATUS_INVALID the slot or option
 * that is wrong. */
struct torpor *torpor_open(const struct torpor_host *host, void *host_data,
                           const char *const *options, uint64_t n_options,
                           struct torpor_error *error);

/* The same with this plugin file instead of a search. */
struct torpor *torpor_open_file(const char *plugin_path, const struct torpor_host *host,
                                void *host_data, const char *const *options, uint64_t n_options,
                                struct torpor_error *error);

/* Detach, waiting for a save in flight, and free. The status is that of a save that failed and was
 * not reported yet. The plugin's code stays mapped until the process ends.
 *
 * If the run was stopped by a signal, the signal is raised again here, so that a batch system sees
 * how the process ended: by default this call does not return then. Print results and close files
 * before it. (Option signals=none leaves signals to the host.) */
int32_t torpor_close(struct torpor *torpor, struct torpor_error *error);

/* See type.h and codec.h. */
int32_t torpor_declare_type(struct torpor *torpor, const struct torpor_type *type,
                            struct torpor_error *error);
int32_t torpor_declare_codec(struct torpor *torpor, const struct torpor_codec *codec,
                             struct torpor_error *error);
int32_t torpor_declare_migration(struct torpor *torpor, const struct torpor_migration *migration,
                                 struct torpor_error *error);

/* See hooks.h. */
int32_t torpor_step(struct torpor *torpor, uint64_t step, double time);
int32_t torpor_save(struct torpor *torpor, const char *path, struct torpor_error *error);
int32_t torpor_restore(struct torpor *torpor, const char *path, int32_t *resumed,
                       struct torpor_error *error);
void torpor_stop(struct torpor *torpor);
/* Must torpor_step be called at `next_step` (hook `due_next`)? 1 with a plugin that lacks the hook.
 */
int32_t torpor_due_next(struct torpor *torpor, uint64_t step, double time, uint64_t next_step,
                        double next_time);
/* When the next checkpoint is due by option `every` (hook `due_time`). Infinity with a plugin that
 * lacks the hook. */
double torpor_due_time(struct torpor *torpor, double time);
/* Run number `run` of the user's script begins (hook `begin_run`). With a plugin that lacks the
 * hook, nothing is done. */
int32_t torpor_begin_run(struct torpor *torpor, uint64_t run, struct torpor_error *error);
/* The session goes on with the runs of the script that `with` knows of, an open session of the same
 * plugin (hook `share_origin`). If one of the two is NULL, nothing is done. */
int32_t torpor_share_origin(struct torpor *torpor, const struct torpor *with,
                            struct torpor_error *error);
/* Wait until the last save is durable, and learn what became of it (hook `outcome`). `out` may be
 * NULL. */
int32_t torpor_wait(struct torpor *torpor, struct torpor_outcome *out, struct torpor_error *error);

/* What the last restore changed, converted, kept or missed, one line each; "" if nothing. Valid
 * until the next call. */
const char *torpor_report(struct torpor *torpor);

/* Read from a checkpoint without restoring it: see torpor_plugin.peek. */
int32_t torpor_peek(struct torpor *torpor, const char *path, torpor_look_fn look, void *look_data,
                    int32_t *found, struct torpor_error *error);

/* Certify an adapter: save, advance n_steps, restore, advance n_steps, compare; and again with
 * other numbers of steps, in a network that is active. See torpor_plugin.selfcheck. */
int32_t torpor_host_selfcheck(struct torpor *torpor, torpor_advance_fn advance, uint64_t n_steps,
                              struct torpor_error *error);

/* The file that the plugin was loaded from, and its version. Valid until torpor_close. NULL without
 * a session. */
const char *torpor_plugin_path(const struct torpor *torpor);
const char *torpor_plugin_version(const struct torpor *torpor);

/* For callbacks: fill `error` (may be NULL) as printf does, and return `status`. A text that is too
 * long loses part of its middle. */
int32_t torpor_error_set(struct torpor_error *error, int32_t status, const char *format, ...)
#if defined(__GNUC__)
    __attribute__((format(printf, 3, 4)))
#endif
    ;

#ifdef __cplusplus
}
#endif

#endif /* TORPOR_LOADER_H */
