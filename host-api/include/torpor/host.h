/* torpor/host.h: what a simulator (the host) and the Torpor plugin say to each other across dlopen.
 *
 * SPDX-License-Identifier: MIT
 *
 * Plain C11, also C++17; needs <stddef.h> and <stdint.h> only. How the pieces meet:
 *
 *   host --(loader.h: find, open, negotiate)--> plugin
 *   plugin --(torpor_host.register_hooks)-----> the host keeps the hooks (hooks.h)
 *   host --(declare_type, declare_codec, ...)-> what objects consist of (type.h, codec.h)
 *   host --(hooks.restore)--------------------> resumes, or learns that the run starts fresh
 *   host --(hooks.step at each consistent point)--> saves when due; says whether to stop
 *   plugin --(torpor_host.describe)-----------> where all is now (description.h), asked again
 *                                               at each save and restore, since memory moves
 *
 * Rules for every slot, unless its comment says otherwise:
 *
 * - ownership: Neither side frees what the other allocated. What is handed over is copied, texts
 *   included; comments say what must stay where it is.
 * - threads: [host-thread] is the thread that called the hook; every slot is called from there.
 *   [any-thread]: from several threads at once.
 * - errors: see error.h. Callbacks must not throw, longjmp or exit through the plugin.
 * - growth: see version.h.
 * - NULL: a slot marked (optional) may be NULL. */
#ifndef TORPOR_HOST_H
#define TORPOR_HOST_H

#include <torpor/clock.h>
#include <torpor/codec.h>
#include <torpor/collective.h>
#include <torpor/description.h>
#include <torpor/error.h>
#include <torpor/hooks.h>
#include <torpor/type.h>
#include <torpor/version.h>

/* ---- flags of a host ---- */

#define TORPOR_HOST_CONCURRENT 1u /* accessors may be called from several threads at once */
#define TORPOR_HOST_NO_SIGNALS 2u /* never install signal handlers in this process */
/* Taking a checkpoint changes the run, for instance because post_checkpoint re-initialises a
 * solver. So all runs must take them at the same times, and only the schedule in simulated time
 * asks for one. Option `every` must be given, `every_wall` must not; a signal, the hook `stop` and
 * the end of a time budget save and stop where the next one is due. post_checkpoint is called there
 * whatever becomes of the save, also with checkpoints=no: all such runs end the same. A checkpoint
 * says what `every` was, and option `origin` judges a resume with another one. What the host saves
 * by itself, with the hook `save`, it must save in every run. */
#define TORPOR_HOST_CHECKPOINT_CHANGES_RUN 4u
/* Callbacks may run in a forked child, as mode=fork needs: accessors, late values and codecs' data
 * then are read there, from a copy of the host's memory as it was at the save, by one thread. The
 * slot parallel_for is not used there, nor progress or log. So no callback may need another thread,
 * a lock that another thread may hold at a save, or a device; and no other thread may be inside
 * GLib at a save. (malloc is sound.) The child ends by _exit; if the host waits for any child
 * (wait(-1)), it may get this one. */
#define TORPOR_HOST_FORKABLE 8u
/* No checkpoint with another fingerprint can be restored, because all that it names decides about
 * the layout of the state. Option `fingerprint` has no effect then, and no error proposes it. */
#define TORPOR_HOST_FINGERPRINT_MUST_MATCH 16u

#define TORPOR_LOG_DEBUG 0
#define TORPOR_LOG_INFO 1
#define TORPOR_LOG_WARNING 2
#define TORPOR_LOG_ERROR 3

/* The host's table. Copied when the session opens. */
struct torpor_host {
    uint32_t abi_major;
    uint32_t abi_minor;
    uint32_t struct_size;
    uint32_t flags;      /* TORPOR_HOST_... */
    const char *name;    /* "torpor-demo", "nest" */
    const char *version; /* of the host */

    /* (optional) Keep hooks and hook_data, and call them from now on. The functions of loader.h do
     * this for the host. */
    int32_t (*register_hooks)(void *host_data, const struct torpor_hooks *hooks, void *hook_data);

    /* Time, unit and step now. */
    int32_t (*clock)(void *host_data, struct torpor_clock *out, struct torpor_error *error);
    /* List all that there is to save and restore, where it lies in memory now. Called after
     * save_begin or restore_begin. */
    int32_t (*describe)(void *host_data, const struct torpor_description *description,
                        struct torpor_error *error);
    /* (optional) Which model this is, such as "coba n=4000 seed=1 dt=0.1 ms": a checkpoint with
     * another text is of another model. Must not name what may change at a resume (threads,
     * folders). Write it, with its NUL, into out[0 .. size), as far as it fits, and set *length to
     * the length of the whole text without its NUL, as snprintf does; Torpor asks again with more
     * room. */
    int32_t (*fingerprint)(void *host_data, char *out, uint64_t size, uint64_t *length,
                           struct torpor_error *error);
    /* (optional) Number of threads that simulate, for people to read in the checkpoint. */
    int32_t (*n_threads)(void *host_data, uint32_t *out, struct torpor_error *error);
    /* (optional) NULL: a single process. Copied. */
    const struct torpor_collective *collective;

    /* (optional) Save, before anything is read: bring state into memory; refuse what cannot be
     * saved exactly. */
    int32_t (*save_begin)(void *host_data, struct torpor_error *error);
    /* (optional) Save: the state was captured, or the save failed. Follows each save_begin that
     * succeeded. */
    void (*save_end)(void *host_data);

    /* (optional) Restore, prepare phase, before anything else: get ready to be described and
     * overwritten, or refuse. */
    int32_t (*restore_begin)(void *host_data, const struct torpor_clock *clock,
                             struct torpor_error *error);
    /* Restore, commit phase, after all else: set time and step, and compute what follows from
     * state. A failure leaves the live state torn. */
    int32_t (*restore_commit)(void *host_data, const struct torpor_clock *clock,
                              struct torpor_error *error);
    /* (optional) The restore failed after restore_begin: give back what was kept aside. */
    void (*restore_abort)(void *host_data);
    /* (optional) After each checkpoint and each restore: do what must happen both in the run that
     * goes on and in the one that resumes, such as re-initialise a solver. */
    void (*post_checkpoint)(void *host_data, uint64_t step);

    /* (optional) Where messages go; `level` is TORPOR_LOG_... NULL: all but
     * debugging goes to stderr, a line each, as "torpor: saved ..." and "torpor: warning: ...".
     * threads: [any-thread]. */
    void (*log)(void *host_data, int32_t level, const char *message);
    /* (optional) Long work: `done` of `total` bytes. threads: [any-thread], one at a time. */
    void (*progress)(void *host_data, const char *what, uint64_t done, uint64_t total);
    /* (optional) Run task(task_data, i) for i in [0, n_tasks) on the host's own threads; return
     * when all have run. */
    void (*parallel_for)(void *host_data, uint64_t n_tasks,
                         void (*task)(void *task_data, uint64_t index), void *task_data);
};
#define TORPOR_HOST_INIT                                                                           \
    .abi_major = TORPOR_ABI_MAJOR, .abi_minor = TORPOR_ABI_MINOR,                                  \
    .struct_size = sizeof(struct torpor_host)

#endif /* TORPOR_HOST_H */
