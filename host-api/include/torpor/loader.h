/* torpor/loader.h: find, open and negotiate with the Torpor plugin (library torpor-host, over
 * libltdl).
 *
 * SPDX-License-Identifier: MIT
 *
 * The plugin torpor.so is searched in this order: the file or the folders in TORPOR_PLUGIN_PATH
 * (separated by ':'), the install prefix, the folder that this library was loaded from (and
 * ../lib/torpor beside it).
 *
 * The whole life of a host, errors left out:
 *
 *     struct torpor *torpor = torpor_open(&host, model, options, n_options, &error);
 *     torpor_declare_type(torpor, &neuron_type, &error);
 *     torpor_restore(torpor, NULL, &resumed, &error);          // what option `resume` says
 *     while (model->step < n_steps) {
 *         advance(model);
 *         if (torpor_step(torpor, model->step, model->time_ms) == TORPOR_STOP) break;
 *     }
 *     torpor_close(torpor, &error);
 *
 * Every function is to be called from the host's own thread; torpor_stop from any thread or a
 * signal handler. Every status-returning function fills `error` (caller's memory, may be NULL) if
 * and only if the status is not 0.
 */
#ifndef TORPOR_LOADER_H
#define TORPOR_LOADER_H

#include <torpor/host.h>

#ifdef __cplusplus
extern "C" {
#endif

struct torpor; /* an opened plugin with this host attached */

/* Find the plugin, compare versions, attach. NULL on error: TORPOR_STATUS_NOT_FOUND lists the
 * places searched, TORPOR_STATUS_VERSION both versions, TORPOR_STATUS_INVALID the slot or option
 * that is wrong. */
struct torpor *torpor_open(const struct torpor_host *host, void *host_data,
                           const char *const *options, uint64_t n_options,
                           struct torpor_error *error);

/* The same with this plugin file instead of a search. */
struct torpor *torpor_open_file(const char *plugin_path, const struct torpor_host *host,
                                void *host_data, const char *const *options, uint64_t n_options,
                                struct torpor_error *error);

/* Detach, waiting for a save in flight, and free. The status is that of a save which failed and was
 * not told yet. The plugin's code stays mapped until the process ends. NULL is allowed. */
int32_t torpor_close(struct torpor *torpor, struct torpor_error *error);

/* See torpor_plugin in host.h. */
int32_t torpor_declare_type(struct torpor *torpor, const struct torpor_type *type,
                            struct torpor_error *error);
int32_t torpor_declare_codec(struct torpor *torpor, const struct torpor_codec *codec,
                             struct torpor_error *error);
int32_t torpor_declare_migration(struct torpor *torpor, const struct torpor_migration *migration,
                                 struct torpor_error *error);

/* See torpor_hooks in host.h. */
int32_t torpor_step(struct torpor *torpor, uint64_t step, double time);
int32_t torpor_save(struct torpor *torpor, const char *path, struct torpor_error *error);
int32_t torpor_restore(struct torpor *torpor, const char *path, int32_t *resumed,
                       struct torpor_error *error);
void torpor_stop(struct torpor *torpor);
int32_t torpor_post_checkpoint(struct torpor *torpor, struct torpor_outcome *out,
                               struct torpor_error *error);
const char *torpor_report(struct torpor *torpor);

/* Certify an adapter: save, advance n_steps, restore, advance n_steps, compare; see
 * torpor_plugin.selfcheck. */
int32_t torpor_host_selfcheck(struct torpor *torpor, torpor_advance_fn advance, uint64_t n_steps,
                              struct torpor_error *error);

/* The file that the plugin was loaded from, and its version. Valid until torpor_close. */
const char *torpor_plugin_path(const struct torpor *torpor);
const char *torpor_plugin_version(const struct torpor *torpor);

#ifdef __cplusplus
}
#endif

#endif /* TORPOR_LOADER_H */
