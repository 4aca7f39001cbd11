/* torpor/plugin.h: the table of functions that the plugin exports. Simulators call it through
 * loader.h.
 *
 * SPDX-License-Identifier: MIT */
#ifndef TORPOR_PLUGIN_H
#define TORPOR_PLUGIN_H

#include <torpor/host.h>

/* Symbol that a plugin exports: `const struct torpor_plugin torpor_plugin`. */
#define TORPOR_PLUGIN_SYMBOL "torpor_plugin"

struct torpor_session; /* one attached host; the plugin's */

/* Self-check: advance the model by n_steps without calling any hook. */
typedef int32_t (*torpor_advance_fn)(void *host_data, uint64_t n_steps, struct torpor_error *error);

/* What torpor_peek shows of a checkpoint. Valid inside the callback. */
struct torpor_glimpse {
    uint32_t struct_size;
    uint32_t reserved;
    const char *path; /* of the file */
    const char *host_name;
    const char *host_version;
    const char *fingerprint;
    const struct torpor_clock *clock; /* in the file's unit */
    /* The whole file as one tree: "trees/kernel", "populations/neurons/V_m" (a column; one row if
     * all rows are equal), "layout/neurons/count". On several ranks, of a checkpoint of as many,
     * what this rank has saved. */
    const struct torpor_tree_reader *reader;
};
typedef int32_t (*torpor_look_fn)(void *look_data, const struct torpor_glimpse *glimpse,
                                  struct torpor_error *error);

struct torpor_plugin {
    uint32_t abi_major;
    uint32_t abi_minor;
    uint32_t struct_size;
    uint32_t flags;
    const char *name;    /* "torpor" */
    const char *version; /* "0.2.0" */

    /* Open a session: check the host's table, take options ("every=500 ms", ...; TORPOR_<KEY> in
     * the environment wins), register hooks. Nothing is read or written on disk yet. */
    int32_t (*attach)(const struct torpor_host *host, void *host_data, const char *const *options,
                      uint64_t n_options, struct torpor_session **out, struct torpor_error *error);
    /* Each checks its declaration (names, units, offsets, shapes) and refuses it with the reason;
     * TORPOR_STATUS_EXISTS is a name that is taken. Not to be called inside a callback. */
    int32_t (*declare_type)(struct torpor_session *session, const struct torpor_type *type,
                            struct torpor_error *error);
    int32_t (*declare_codec)(struct torpor_session *session, const struct torpor_codec *codec,
                             struct torpor_error *error);
    int32_t (*declare_migration)(struct torpor_session *session,
                                 const struct torpor_migration *migration,
                                 struct torpor_error *error);
    /* What the last restore changed, converted, kept or missed, one line each; "" if nothing. Valid
     * until the next hook. */
    const char *(*report)(struct torpor_session *session);
    /* Read from a checkpoint without restoring it: `look` is called once. path NULL: the one that
     * `restore` would take; *found is 0, and `look` is not called, if there is none. A status of
     * `look` is returned. The live model plays no part: any fingerprint will do. */
    int32_t (*peek)(struct torpor_session *session, const char *path, torpor_look_fn look,
                    void *look_data, int32_t *found, struct torpor_error *error);
    /* Run n_steps, one more and n_steps more, saving in between; repeat that in three resumes; and
     * compare. So numbers of steps are odd and even, and a resume follows another. `advance` is
     * called with n_steps and with 1, and makes 5 n_steps + 2 steps in all.
     * TORPOR_STATUS_MISMATCH names the first field that differs, or the bytes of an object that
     * change though no field covers them. TORPOR_STATUS_INVALID: nothing but the clock changed, so
     * nothing was proved; the log names single fields of which that is true, and types without
     * object_size, whose uncovered bytes it cannot find. The live state ends
     * where it began. Needs a folder for five files: option `dir`. */
    int32_t (*selfcheck)(struct torpor_session *session, torpor_advance_fn advance,
                         uint64_t n_steps, struct torpor_error *error);
    /* Close the session: waits for a save in flight. All of the session's memory is gone, also on
     * an error, which is that of a save that failed and was not reported yet. */
    int32_t (*detach)(struct torpor_session *session, struct torpor_error *error);
};

#endif /* TORPOR_PLUGIN_H */
