/* The physical bound: arrays as they lie in memory to and from a file, hashed in blocks, and
 * nothing else. */
#ifndef TORPOR_BENCH_RAW_H
#define TORPOR_BENCH_RAW_H

#include <stdint.h>

struct raw_array {
    void *data;
    uint64_t byte_length;
};

/* Write all arrays to path (temp, rename) as fast as one thread can: room asked for at once, XXH3
 * of each 4 MiB, written in pieces of 256 KiB. Seconds; exits on failure. */
double raw_save(const char *path, const struct raw_array *arrays, int n_arrays, int is_durable);
/* pread into place in 4 MiB pieces, XXH3 of each. Seconds; exits on failure. */
double raw_load(const char *path, const struct raw_array *arrays, int n_arrays);

#endif
