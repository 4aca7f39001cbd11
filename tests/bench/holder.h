/* A host that holds populations of plain columns and does not compute; the sides of a pair that
 * save and load it. */
#ifndef TORPOR_BENCH_HOLDER_H
#define TORPOR_BENCH_HOLDER_H

#include <torpor/loader.h>

#include "raw.h"

#define MAX_ARRAYS 10

struct holder {
    struct torpor *torpor;
    struct torpor_population populations[MAX_ARRAYS];
    uint32_t n_populations;
    uint64_t step;
    char ours_path[2048];
    char raw_path[2048];
    struct raw_array arrays[MAX_ARRAYS]; /* the same memory, or where it is not packed a copy */
    int n_arrays;
    int is_durable;
};

/* Open the plugin for this holder; files go below `folder`. Exits with the error's text on any
 * failure, as all here do. */
void holder_attach(struct holder *holder, const char *folder, const struct torpor_type *type,
                   const char *mode, int is_durable);
void holder_detach(struct holder *holder);

/* `byte_length` bytes of doubles that differ from row to row. */
void *holder_allocate(uint64_t byte_length);

/* Sides of a pair; data is the holder. */
double holder_save(void *data);
double holder_load(void *data);
double holder_raw_save(void *data);
double holder_origin(void *data); /* digests the state, as before the first step of a run */
double holder_raw_load(void *data);

/* What the hook says became of the last save. */
struct torpor_outcome holder_settle(struct holder *holder);

#endif
