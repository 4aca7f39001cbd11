/* One rank of a measurement under mpirun: ranks-mpi WHAT FOLDER MIB, see ranks.py. Rank 0 prints
 * seconds: to write, to read, to read what is not in memory, and to hash. */
#include <torpor/loader.h>
#include <torpor/mpi.h>

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <xxhash.h>

#include "keyed_cells.h"

#define BLOCK_BYTES ((size_t)4 << 20)
#define CACHED_BYTES ((size_t)128 << 10)
#define N_SMALL 40

static struct torpor_mpi mpi;
static struct {
    double *values;
    uint32_t *ids;
    uint64_t n, step;
} model;

static void
fail(const char *what)
{
    fprintf(stderr, "ranks-mpi: %s\n", what);
    MPI_Abort(MPI_COMM_WORLD, 1);
}

/* From the same moment on all ranks. */
static double
begin(void)
{
    struct torpor_error error = {TORPOR_ERROR_INIT};
    if (mpi.collective.barrier(&mpi, &error) != 0)
        fail(error.message);
    return MPI_Wtime();
}

/* Until the last rank is done. */
static double
since(double start)
{
    return begin() - start;
}

/* The next read comes from the disk. */
static void
forget(const char *path)
{
    int fd = open(path, O_RDONLY);
    if (fd < 0 || posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED) != 0 || close(fd) != 0)
        fail(path);
}

/* ---- the bound: each rank writes, or reads, a file of its own ---- */

static double
write_raw(const char *path)
{
    double start = begin();
    int fd = open(path, O_CREAT | O_TRUNC | O_WRONLY, 0600);
    const char *bytes = (const char *)model.values;
    for (size_t done = 0, total = model.n * sizeof(double); fd >= 0 && done < total;) {
        size_t wanted = total - done < BLOCK_BYTES ? total - done : BLOCK_BYTES;
        ssize_t n = write(fd, bytes + done, wanted);
        if (n <= 0)
            fail("write");
        done += (size_t)n;
    }
    if (fd < 0 || fsync(fd) != 0 || close(fd) != 0)
        fail("fsync");
    return since(start);
}

static double
read_raw(const char *path)
{
    double start = begin();
    int fd = open(path, O_RDONLY);
    char *bytes = (char *)model.values;
    ssize_t n = 1;
    for (size_t done = 0; n > 0; done += (size_t)n)
        n = read(fd, bytes + done, BLOCK_BYTES);
    if (fd < 0 || n < 0 || close(fd) != 0)
        fail("read");
    return since(start);
}

/* What a restore does before it may write: all bytes pass through a cache. */
static double
hash_raw(const char *path)
{
    static char bytes[CACHED_BYTES];
    static volatile uint64_t sum; /* keeps the compiler from leaving the hashes out */
    double start = begin();
    int fd = open(path, O_RDONLY);
    ssize_t n = 1;
    while (fd >= 0 && (n = read(fd, bytes, sizeof bytes)) > 0)
        sum += XXH3_64bits(bytes, (size_t)n);
    if (fd < 0 || n < 0 || close(fd) != 0)
        fail("read");
    return since(start);
}

/* ---- the host ---- */

static int32_t
get_clock(void *host_data, struct torpor_clock *out, struct torpor_error *error)
{
    (void)host_data, (void)error;
    out->step = model.step;
    out->time = (double)model.step;
    out->unit = "ms";
    return TORPOR_STATUS_OK;
}

static int32_t
describe(void *host_data, const struct torpor_description *description, struct torpor_error *error)
{
    (void)host_data, (void)error;
    return keyed_cells_describe(model.ids, model.values, model.n, description);
}

static int32_t
commit(void *host_data, const struct torpor_clock *clock, struct torpor_error *error)
{
    (void)host_data, (void)error;
    model.step = clock->step;
    return TORPOR_STATUS_OK;
}

static void
be_quiet(void *host_data, int32_t level, const char *message)
{
    (void)host_data;
    if (level >= TORPOR_LOG_ERROR)
        fprintf(stderr, "%s\n", message);
}

static struct torpor *
open_torpor(const char *folder, const char *fsync)
{
    struct torpor_host host = {TORPOR_HOST_INIT,         .name = "ranks-mpi",
                               .version = "1",           .flags = TORPOR_HOST_NO_SIGNALS,
                               .clock = get_clock,       .describe = describe,
                               .restore_commit = commit, .log = be_quiet};
    struct torpor_error error = {TORPOR_ERROR_INIT};
    char dir[600], durable[32];
    const char *options[] = {dir,      durable,          "mode=sync",
                             "keep=1", "every_wall=off", "origin=ignore"};
    host.collective = &mpi.collective;
    snprintf(dir, sizeof dir, "dir=%s/checkpoints", folder);
    snprintf(durable, sizeof durable, "fsync=%s", fsync);
    struct torpor *torpor = torpor_open(&host, NULL, options, 6, &error);
    if (!torpor || torpor_declare_type(torpor, &keyed_cells_type, &error) != 0)
        fail(error.message);
    return torpor;
}

static void
checked(int32_t status, const struct torpor_error *error)
{
    if (status != 0)
        fail(error->message);
}

static double
save(struct torpor *torpor)
{
    struct torpor_error error = {TORPOR_ERROR_INIT};
    double start = begin();
    model.step++;
    checked(torpor_save(torpor, NULL, &error), &error);
    return since(start);
}

static double
load(struct torpor *torpor)
{
    struct torpor_error error = {TORPOR_ERROR_INIT};
    int32_t resumed = 0;
    double start = begin();
    checked(torpor_restore(torpor, NULL, &resumed, &error), &error);
    if (!resumed)
        fail("nothing was restored");
    return since(start);
}

int
main(int argc, char **argv)
{
    struct torpor_error error = {TORPOR_ERROR_INIT};
    if (argc != 4 || MPI_Init(&argc, &argv) != MPI_SUCCESS ||
        torpor_mpi_init(&mpi, MPI_COMM_WORLD, 300) != MPI_SUCCESS)
        return 2;
    const uint32_t rank = mpi.collective.rank, n_ranks = mpi.collective.n_ranks;
    const char *what = argv[1];
    model.n = ((uint64_t)atoi(argv[3]) << 20) / sizeof(double);
    if (model.n == 0)
        model.n = 100;
    model.values = malloc(model.n * sizeof(double));
    model.ids = malloc(model.n * sizeof(uint32_t));
    if (!model.values || !model.ids)
        fail("no memory");
    for (uint64_t i = 0; i < model.n; i++) {
        model.ids[i] = (uint32_t)(i * n_ranks + rank);
        model.values[i] = 0.1 * (double)(i ^ 0x5555) + rank;
    }
    char path[600];
    snprintf(path, sizeof path, "%s/raw-%u", argv[2], rank);
    double first = 0, second = 0, third = 0, fourth = 0;
    if (strcmp(what, "raw") == 0) {
        first = write_raw(path);
        second = read_raw(path);
        fourth = hash_raw(path);
        forget(path);
        third = read_raw(path);
        unlink(path);
    } else {
        struct torpor *torpor = open_torpor(argv[2], strcmp(what, "small") == 0 ? "no" : "yes");
        if (strcmp(what, "large") == 0) {
            first = save(torpor);
            second = load(torpor);
            snprintf(path, sizeof path, "%s/checkpoints/ckpt-%016u.shard-%u-of-%u.msgpack", argv[2],
                     (unsigned)model.step, rank, n_ranks);
            forget(path);
            third = load(torpor);
        } else {
            save(torpor);
            for (int i = 0; i < N_SMALL; i++)
                first += save(torpor) / N_SMALL;
        }
        checked(torpor_close(torpor, &error), &error);
    }
    if (rank == 0)
        printf("%.6f %.6f %.6f %.6f\n", first, second, third, fourth);
    torpor_mpi_free(&mpi);
    MPI_Finalize();
    return 0;
}
