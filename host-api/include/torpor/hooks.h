/* torpor/hooks.h: what Torpor registers with a host, for the host to call.
 *
 * SPDX-License-Identifier: MIT
 *
 * The table is Torpor's and valid until the session ends. threads: [host-thread], and never while
 * the state is being changed; `stop` from any thread. */
#ifndef TORPOR_HOOKS_H
#define TORPOR_HOOKS_H

#include <torpor/error.h>

/* What `step` returns. */
#define TORPOR_GO_ON 0
#define TORPOR_STOP 1 /* leave the loop and close the session */

/* What became of the last checkpoint. */
struct torpor_outcome {
    uint32_t struct_size;
    int32_t status;         /* TORPOR_STATUS_OK, or why the last save failed */
    uint64_t step;          /* of the newest durable checkpoint */
    uint64_t byte_length;   /* of its file */
    double stall_seconds;   /* how long the host had to wait for it */
    double durable_seconds; /* from the start of the save until it was durable */
    const char *path;       /* NULL: there is none yet. Valid until the next hook */
};
#define TORPOR_OUTCOME_INIT .struct_size = sizeof(struct torpor_outcome)

struct torpor_hooks {
    uint32_t struct_size;
    uint32_t reserved;
    /* Call at each point where the state is consistent. Saves if a checkpoint is due; costs a few
     * ns if none is. `step` and `time` as in torpor_clock. A save that fails does not stop the run:
     * it is logged and tried again when the next one is due; if that fails too, `outcome` and the
     * detach report it. */
    int32_t (*step)(void *hook_data, uint64_t step, double time);
    /* Save now. path NULL: into the folder, under its usual name; else to that file, which
     * retention does not touch, and which puts off no checkpoint of the folder. On return the state
     * has been captured; in mode `sync` it is durable. */
    int32_t (*save)(void *hook_data, const char *path, struct torpor_error *error);
    /* Restore. path NULL: what option `resume` says; else that file. *resumed is 1 if state was
     * restored, 0 if the run starts fresh. On an error the live state is untouched, but for
     * TORPOR_STATUS_TORN. */
    int32_t (*restore)(void *hook_data, const char *path, int32_t *resumed,
                       struct torpor_error *error);
    /* Ask for a save and a stop at the next step. threads: any; also from a signal handler. */
    void (*stop)(void *hook_data);
    /* Wait until the last save is durable, and learn what became of it. A failure is reported once.
     */
    int32_t (*outcome)(void *hook_data, struct torpor_outcome *out, struct torpor_error *error);
    /* (optional) Run number `run` of the user's script begins, counted from 0, and the model is as
     * the script has set it: see origin.h. For hosts whose users run, change the model, and run
     * again. Call it also for each run that a resume passes over, before `restore`: what users set
     * is then compared with what it was when that run began. Under origin=error,
     * TORPOR_STATUS_FINGERPRINT names what differs. A host that does not call this needs to do
     * nothing: run 0 begins at `restore`, or else at the first `step`. */
    int32_t (*begin_run)(void *hook_data, uint64_t run, struct torpor_error *error);
    /* (optional) For a host that opens a session for each run of a script: what the sessions know
     * of the script's runs is one thing from now on, until all of them have ended. other_hook_data
     * is that of a session of the same plugin that is still open. Call it before any other hook. */
    int32_t (*share_origin)(void *hook_data, const void *other_hook_data,
                            struct torpor_error *error);
    /* (optional) For a host whose threads would have to wait for one another at each step. Call
     * this at a step in place of `step`: 0 if it need not call `step` at next_step, the next point
     * at which its state is consistent. So its threads learn one step ahead whether they meet
     * there. A signal, or the end of a time budget, is answered a step later than by calling `step`
     * each time. Costs as little as `step`. */
    int32_t (*due_next)(void *hook_data, uint64_t step, double time, uint64_t next_step,
                        double next_time);
    /* (optional) For a host that can end a step at any time, as with a variable step: the first
     * multiple of option `every` after `time`, in the unit of its clock. A host that ends a step
     * there and calls `step` saves there. Infinity: there is none, or the run has not begun. */
    double (*due_time)(void *hook_data, double time);
};

#endif /* TORPOR_HOOKS_H */
