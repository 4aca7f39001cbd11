#include "raw.h"

#include <fcntl.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <xxhash.h>

#include "measure.h"

#define BLOCK ((uint64_t)4 << 20)         /* hashed at once */
#define WRITE_PIECE ((uint64_t)256 << 10) /* the page cache takes larger ones more slowly */

static volatile uint64_t hash_sum; /* keeps the compiler from leaving the hashes out */

static void
check(int ok, const char *what)
{
    if (!ok) {
        perror(what);
        exit(1);
    }
}

static void
write_block(int fd, const char *from, uint64_t length)
{
    for (uint64_t done = 0; done < length;) {
        uint64_t piece = length - done < WRITE_PIECE ? length - done : WRITE_PIECE;
        ssize_t written = write(fd, from + done, piece);
        check(written > 0, "write");
        done += (uint64_t)written;
    }
}

double
raw_save(const char *path, const struct raw_array *arrays, int n_arrays, int is_durable)
{
    char temp[4096], folder[4096];
    snprintf(temp, sizeof temp, "%s.raw-tmp", path);
    snprintf(folder, sizeof folder, "%s", path);
    double begin = bench_now();
    int fd = open(temp, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    check(fd >= 0, temp);
    uint64_t total = 0;
    for (int i = 0; i < n_arrays; i++)
        total += arrays[i].byte_length;
    (void)fallocate(fd, FALLOC_FL_KEEP_SIZE, 0, (off_t)total); /* as ours: faster where it works */
    for (int i = 0; i < n_arrays; i++) {
        for (uint64_t done = 0; done < arrays[i].byte_length;) {
            uint64_t piece = arrays[i].byte_length - done;
            const char *from = (const char *)arrays[i].data + done;
            piece = piece < BLOCK ? piece : BLOCK;
            hash_sum += XXH3_64bits(from, piece);
            write_block(fd, from, piece);
            done += piece;
        }
    }
    if (is_durable)
        check(fsync(fd) == 0, "fsync");
    check(close(fd) == 0, "close");
    check(rename(temp, path) == 0, "rename");
    if (is_durable) {
        int dir = open(dirname(folder), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        check(dir >= 0 && fsync(dir) == 0, "fsync of the folder");
        close(dir);
    }
    return bench_now() - begin;
}

double
raw_load(const char *path, const struct raw_array *arrays, int n_arrays)
{
    double begin = bench_now();
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    check(fd >= 0, path);
    for (int i = 0; i < n_arrays; i++) {
        for (uint64_t done = 0; done < arrays[i].byte_length;) {
            uint64_t piece = arrays[i].byte_length - done;
            char *to = (char *)arrays[i].data + done;
            piece = piece < BLOCK ? piece : BLOCK;
            ssize_t got = read(fd, to, piece);
            check(got > 0, "read");
            hash_sum += XXH3_64bits(to, (size_t)got);
            done += (uint64_t)got;
        }
    }
    close(fd);
    return bench_now() - begin;
}
