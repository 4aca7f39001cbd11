/* Paired measurements: the two sides run in turn, in one process, and the ratio is taken pair by
 * pair. */
#ifndef TORPOR_BENCH_MEASURE_H
#define TORPOR_BENCH_MEASURE_H

#include <stdint.h>

/* One side of a pair. Returns seconds. */
typedef double (*bench_side)(void *data);

double bench_now(void); /* seconds, monotonic */

/* What sizes are divided by: 100 with "--small", which shows that a benchmark runs and measures
 * nothing, so that its sides need no rest either; else 1. */
uint64_t bench_divisor(char **argv);

struct bench_pair {
    double value;     /* median of ours, seconds */
    double reference; /* median of theirs */
    double ratio;     /* median of ours/theirs, pair by pair */
};

/* One warm-up and n_pairs (at most 64) counted pairs, the order swapped from pair to pair. */
struct bench_pair bench_run_pair(bench_side ours, bench_side reference, void *data, int n_pairs);

/* Print one row of bench.json on stdout. goal: the ratio, or with goal_is_value the value, must not
 * exceed it. */
void bench_row(const char *name, double value, const char *unit, const char *reference,
               double reference_value, double ratio, double goal, int goal_is_value);
/* The same without a goal: the figure is to be known. */
void bench_row_known(const char *name, const char *reference, struct bench_pair pair);
void bench_row_pair(const char *name, const char *reference, struct bench_pair pair, double goal);

/* Bytes by which the resident memory of the process peaked above that at bench_memory_mark. */
void bench_memory_mark(void);
uint64_t bench_memory_peak(void);

#endif
