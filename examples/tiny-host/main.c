/* tiny-host [--selfcheck] [--steps N] [--spikes FILE] [KEY=VALUE...]
 *
 * Simulates a small network for N steps. Kill it at any moment, run the same command again, and it
 * goes on from its last checkpoint. KEY=VALUE are Torpor's options, such as "every=100 ms". */
#include "adapter.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Restore, simulate, checkpoint. Returns 0, or 1 with `error` filled. */
static int
simulate(struct model *model, struct torpor *torpor, uint64_t n_steps, struct torpor_error *error)
{
    int32_t resumed;
    if (torpor_restore(torpor, NULL, &resumed, error) != TORPOR_STATUS_OK)
        return 1;
    printf("%s at %.1f ms\n", resumed ? "resumed" : "started", model_time_ms(model));
    fflush(stdout);
    if (model->step > n_steps)
        return torpor_error_set(error, TORPOR_STATUS_INVALID,
                                "--steps %llu ends before the checkpoint, which is of step %llu: "
                                "give more steps, or another dir= to start afresh",
                                (unsigned long long)n_steps, (unsigned long long)model->step) != 0;
    while (model->step < n_steps) {
        model_advance(model);
        /* The state is consistent here. This saves if a checkpoint is due; mostly none is, and the
         * call costs a few nanoseconds. */
        if (torpor_step(torpor, model->step, model_time_ms(model)) == TORPOR_STOP) {
            printf("stopped at %.1f ms; the same command goes on from here\n",
                   model_time_ms(model));
            return 0;
        }
    }
    printf("digest %016llx spikes %llu\n", (unsigned long long)model_digest(model),
           (unsigned long long)model_n_spikes(model));
    return 0;
}

static int
selfcheck(struct torpor *torpor, struct torpor_error *error)
{
    if (adapter_selfcheck(torpor, 1000, error) != TORPOR_STATUS_OK)
        return 1;
    puts("selfcheck passed: all state is covered");
    return 0;
}

int
main(int argc, char **argv)
{
    uint64_t n_steps = 20000;
    const char *spikes = NULL;
    int only_check = 0, first = 1;
    for (; first < argc && strncmp(argv[first], "--", 2) == 0; first++) {
        if (strcmp(argv[first], "--selfcheck") == 0) {
            only_check = 1;
        } else if (strcmp(argv[first], "--steps") == 0 && first + 1 < argc) {
            n_steps = strtoull(argv[++first], NULL, 10);
        } else if (strcmp(argv[first], "--spikes") == 0 && first + 1 < argc) {
            spikes = argv[++first];
        } else {
            int is_asked = strcmp(argv[first], "--help") == 0;
            fprintf(is_asked ? stdout : stderr,
                    "usage: tiny-host [--selfcheck] [--steps N] [--spikes FILE] [KEY=VALUE...]\n");
            return is_asked ? 0 : 2;
        }
    }
    struct torpor_error error = {TORPOR_ERROR_INIT};
    struct model *model = model_new(1000, 1);
    if (model == NULL) {
        fprintf(stderr, "tiny-host: no memory\n");
        return 1;
    }
    if (spikes != NULL && model_open_spikes(model, spikes) != 0) {
        perror(spikes);
        model_free(model);
        return 1;
    }
    const char *const *options = (const char *const *)(argv + first);
    struct torpor *torpor = adapter_open(model, options, (uint64_t)(argc - first), &error);
    int failed = torpor == NULL || (only_check ? selfcheck(torpor, &error)
                                               : simulate(model, torpor, n_steps, &error));
    /* Waits for the last checkpoint, and fails if one could not be written. */
    if (failed)
        torpor_close(torpor, NULL);
    else
        failed = torpor_close(torpor, &error) != TORPOR_STATUS_OK;
    if (failed)
        fprintf(stderr, "tiny-host: %s\n", error.message);
    model_free(model);
    return failed;
}
