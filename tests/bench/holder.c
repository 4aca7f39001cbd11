#include "holder.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "measure.h"

static void
fail_if(int32_t status, const struct torpor_error *error)
{
    if (status != TORPOR_STATUS_OK) {
        fprintf(stderr, "bench: %s\n", error->message);
        exit(1);
    }
}

static int32_t
holder_clock(void *data, struct torpor_clock *out, struct torpor_error *error)
{
    const struct holder *holder = data;
    (void)error;
    out->time = 0.1 * (double)holder->step;
    out->unit = "ms";
    out->step = holder->step;
    return TORPOR_STATUS_OK;
}

static int32_t
holder_describe(void *data, const struct torpor_description *description,
                struct torpor_error *error)
{
    const struct holder *holder = data;
    (void)error;
    for (uint32_t i = 0; i < holder->n_populations; i++)
        description->add_population(description->data, &holder->populations[i]);
    return TORPOR_STATUS_OK;
}

static int32_t
holder_restored(void *data, const struct torpor_clock *clock, struct torpor_error *error)
{
    (void)error;
    ((struct holder *)data)->step = clock->step;
    return TORPOR_STATUS_OK;
}

static const struct torpor_host holder_host = {TORPOR_HOST_INIT,
                                               .flags = TORPOR_HOST_FORKABLE,
                                               .name = "bench",
                                               .version = "1",
                                               .clock = holder_clock,
                                               .describe = holder_describe,
                                               .restore_commit = holder_restored};

void
holder_attach(struct holder *holder, const char *folder, const struct torpor_type *type,
              const char *mode, int is_durable)
{
    struct torpor_error error = {TORPOR_ERROR_INIT};
    char dir[2100], mode_option[64];
    snprintf(dir, sizeof dir, "dir=%s/checkpoints", folder);
    snprintf(mode_option, sizeof mode_option, "mode=%s", mode);
    const char *options[] = {dir, mode_option, is_durable ? "fsync=yes" : "fsync=no",
                             "every_wall=1000 h"};
    holder->is_durable = is_durable;
    snprintf(holder->ours_path, sizeof holder->ours_path, "%s/ours.msgpack", folder);
    snprintf(holder->raw_path, sizeof holder->raw_path, "%s/raw.bin", folder);
    holder->torpor = torpor_open(&holder_host, holder, options, 4, &error);
    fail_if(holder->torpor == NULL ? error.status : TORPOR_STATUS_OK, &error);
    fail_if(torpor_declare_type(holder->torpor, type, &error), &error);
}

void
holder_detach(struct holder *holder)
{
    struct torpor_error error = {TORPOR_ERROR_INIT};
    fail_if(torpor_close(holder->torpor, &error), &error);
    unlink(holder->ours_path);
    unlink(holder->raw_path);
}

void *
holder_allocate(uint64_t byte_length)
{
    uint8_t *bytes = malloc(byte_length);
    if (bytes == NULL) {
        fprintf(stderr, "bench: no memory for %llu bytes\n", (unsigned long long)byte_length);
        exit(1);
    }
    uint64_t x = 88172645463325252u; /* xorshift64: bytes that differ from row to row */
    for (uint64_t i = 0; i < byte_length / 8; i++) {
        x ^= x << 13;
        x ^= x >> 7;
        x ^= x << 17;
        double value = (double)(x >> 11) * 0x1p-53;
        memcpy(bytes + 8 * i, &value, 8);
    }
    return bytes;
}

double
holder_save(void *data)
{
    struct holder *holder = data;
    struct torpor_error error = {TORPOR_ERROR_INIT};
    double begin = bench_now();
    fail_if(torpor_save(holder->torpor, holder->ours_path, &error), &error);
    return bench_now() - begin;
}

double
holder_raw_save(void *data)
{
    struct holder *holder = data;
    return raw_save(holder->raw_path, holder->arrays, holder->n_arrays, holder->is_durable);
}

double
holder_origin(void *data)
{
    struct holder *holder = data;
    struct torpor_error error = {TORPOR_ERROR_INIT};
    double begin = bench_now();
    fail_if(torpor_begin_run(holder->torpor, 0, &error), &error);
    return bench_now() - begin;
}

double
holder_load(void *data)
{
    struct holder *holder = data;
    struct torpor_error error = {TORPOR_ERROR_INIT};
    int32_t resumed = 0;
    double begin = bench_now();
    fail_if(torpor_restore(holder->torpor, holder->ours_path, &resumed, &error), &error);
    return bench_now() - begin;
}

double
holder_raw_load(void *data)
{
    struct holder *holder = data;
    return raw_load(holder->raw_path, holder->arrays, holder->n_arrays);
}

struct torpor_outcome
holder_settle(struct holder *holder)
{
    struct torpor_error error = {TORPOR_ERROR_INIT};
    struct torpor_outcome outcome = {TORPOR_OUTCOME_INIT};
    fail_if(torpor_wait(holder->torpor, &outcome, &error), &error);
    return outcome;
}
