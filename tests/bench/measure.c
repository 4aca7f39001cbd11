#include "measure.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

double
bench_now(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

static int
compare_doubles(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double
median(double *values, int count)
{
    qsort(values, (size_t)count, sizeof *values, compare_doubles);
    return count % 2 ? values[count / 2] : (values[count / 2 - 1] + values[count / 2]) / 2;
}

static int is_small;

uint64_t
bench_divisor(char **argv)
{
    is_small = strcmp(argv[1], "--small") == 0;
    return is_small ? 100 : 1;
}

/* What a side left to do beside it, as freeing the file that it replaced, is no matter of the next
 * one. */
static double
rested(bench_side side, void *data)
{
    const struct timespec rest = {.tv_nsec = 300000000};
    if (!is_small)
        (void)nanosleep(&rest, NULL);
    return side(data);
}

struct bench_pair
bench_run_pair(bench_side ours, bench_side reference, void *data, int n_pairs)
{
    double a[64], b[64], ratios[64];
    n_pairs = n_pairs > 64 ? 64 : n_pairs;
    (void)ours(data);
    (void)reference(data);
    for (int i = 0; i < n_pairs; i++) {
        if (i % 2 == 0) {
            a[i] = rested(ours, data);
            b[i] = rested(reference, data);
        } else {
            b[i] = rested(reference, data);
            a[i] = rested(ours, data);
        }
        ratios[i] = a[i] / b[i];
    }
    return (struct bench_pair){.value = median(a, n_pairs),
                               .reference = median(b, n_pairs),
                               .ratio = median(ratios, n_pairs)};
}

void
bench_row(const char *name, double value, const char *unit, const char *reference,
          double reference_value, double ratio, double goal, int goal_is_value)
{
    double judged = goal_is_value ? value : ratio;
    printf("{\"name\": \"%s\", \"value\": %.6g, \"unit\": \"%s\", \"reference\": \"%s\", "
           "\"reference_value\": %.6g, \"ratio\": %.4g, \"goal\": %.4g, \"met\": %s}\n",
           name, value, unit, reference, reference_value, ratio, goal,
           judged <= goal ? "true" : "false");
    fflush(stdout);
}

void
bench_row_known(const char *name, const char *reference, struct bench_pair pair)
{
    printf("{\"name\": \"%s\", \"value\": %.6g, \"unit\": \"s\", \"reference\": \"%s\", "
           "\"reference_value\": %.6g, \"ratio\": %.4g, \"goal\": null, \"met\": null}\n",
           name, pair.value, reference, pair.reference, pair.ratio);
    fflush(stdout);
}

void
bench_row_pair(const char *name, const char *reference, struct bench_pair pair, double goal)
{
    bench_row(name, pair.value, "s", reference, pair.reference, pair.ratio, goal, 0);
}

/* A line "<key>: <number> kB" of /proc/self/status, in bytes. */
static uint64_t
status_bytes(const char *format)
{
    char line[256];
    unsigned long long kib = 0;
    FILE *file = fopen("/proc/self/status", "r");
    while (file != NULL && fgets(line, sizeof line, file) != NULL) {
        if (sscanf(line, format, &kib) == 1)
            break;
    }
    if (file != NULL)
        fclose(file);
    return (uint64_t)kib * 1024;
}

static uint64_t marked;

void
bench_memory_mark(void)
{
    FILE *file = fopen("/proc/self/clear_refs", "w"); /* "5" resets the peak */
    if (file != NULL) {
        fputs("5", file);
        fclose(file);
    }
    marked = status_bytes("VmRSS: %llu");
}

uint64_t
bench_memory_peak(void)
{
    uint64_t peak = status_bytes("VmHWM: %llu");
    return peak > marked ? peak - marked : 0;
}
